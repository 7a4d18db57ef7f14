#!/usr/bin/python
# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: environment
short_description: Manage an environment in Octopus
description:
  - Makes an environment, brings it to the wanted state, or removes it.
version_added: 0.1.0
author: The octoboot.octopus authors (@octoboot)
extends_documentation_fragment:
  - octoboot.octopus.prerequisite
  - octoboot.octopus.connection
  - octoboot.octopus.attributes
  - octoboot.octopus.attributes.action_group
options:
  description:
    description: Its description. An empty text is none.
    type: str
  sort_order:
    description: Its place in lists; those with smaller numbers come first.
    type: int
  guided_failure:
    description: Whether deployments use guided failure by default.
    type: bool
  dynamic_infrastructure:
    description: Whether deployments may create targets in it.
    type: bool
"""

EXAMPLES = r"""
- name: Have an environment
  octoboot.octopus.environment:
    url: https://octopus.example.com
    name: Staging
    description: As production, with less of it
    sort_order: 20
  delegate_to: localhost
  run_once: true

- name: Remove an environment, unless it is in use
  octoboot.octopus.environment:
    url: https://octopus.example.com
    name: Sandbox
    state: absent
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
result:
  description: What was done, or would be - V(created), V(updated), V(unchanged), V(deleted) or V(absent).
  returned: success
  type: str
  sample: created
id:
  description: Its id in Octopus; null when it does not exist.
  returned: success
  type: str
  sample: Environments-42
name:
  description: Its name, as the server spells it.
  returned: success
  type: str
  sample: Staging
changes:
  description: What changed, or would change.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The option.
      type: str
      returned: always
      sample: description
    before:
      description: What it was; null when it did not exist.
      type: raw
      returned: always
      sample: null
    after:
      description: What it is now; null when it is gone.
      type: raw
      returned: always
      sample: Staging
"""

# The code is the action plugin of the same name: it runs on the controller.
