#!/usr/bin/python
# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: space
short_description: Manage a space in Octopus
description:
  - Makes a space, brings it to the wanted state, or removes it with all that is in it.
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
  task_queue_stopped:
    description:
      - Whether no task of the space is begun. Unset is V(false) for a new one.
      - The server removes a space only when this is so. With O(state=absent), V(true) is the consent to stop it before.
    type: bool
  manager_teams:
    description:
      - Names or ids of the teams that manage it. A new one needs one here or in O(managers).
      - The team that the server itself makes for each space stays.
    type: list
    elements: str
  managers:
    description: Names or ids of the users that manage it, beside the teams.
    type: list
    elements: str
"""

EXAMPLES = r"""
- name: Have a space
  octoboot.octopus.space:
    url: https://octopus.example.com
    name: Payments
    manager_teams: [Octopus Administrators]

- name: Remove a space with all that is in it
  octoboot.octopus.space:
    url: https://octopus.example.com
    name: Sandbox
    task_queue_stopped: true
    state: absent
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
  sample: Spaces-3
name:
  description: Its name, as the server spells it.
  returned: success
  type: str
  sample: Payments
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
      sample: Payments
"""

# The code is the action plugin of the same name: it runs on the controller.
