#!/usr/bin/python
# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: tenant
short_description: Manage a tenant in Octopus
description:
  - Makes a tenant, brings it to the wanted state, or removes it.
  - Its connected projects and their environments are left alone.
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
  disabled:
    description: Whether it is disabled.
    type: bool
  tags:
    description: Its tenant tags, by their canonical names (V(Region/North)). An empty list is none.
    type: list
    elements: str
"""

EXAMPLES = r"""
- name: Have a tenant
  octoboot.octopus.tenant:
    url: https://octopus.example.com
    name: Acme
    tags: [Region/North]
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
  sample: Tenants-12
name:
  description: Its name, as the server spells it.
  returned: success
  type: str
  sample: Acme
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
      sample: Acme
"""

# The code is the action plugin of the same name: it runs on the controller.
