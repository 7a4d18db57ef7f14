#!/usr/bin/python
# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: machine_proxy
short_description: Manage a machine proxy in Octopus
description:
  - Makes a proxy through which Octopus Server reaches machines, brings it to the wanted state, or removes it.
version_added: 0.1.0
author: The octoboot.octopus authors (@octoboot)
extends_documentation_fragment:
  - octoboot.octopus.prerequisite
  - octoboot.octopus.connection
  - octoboot.octopus.attributes
  - octoboot.octopus.attributes.action_group
options:
  host:
    description: Name or address of the proxy. A new one needs it.
    type: str
  port:
    description:
      - Port of the proxy.
      - Unset is V(80) for a new one.
    type: int
  username:
    description: User at the proxy. An empty text is none.
    type: str
  password:
    description: Password of the user. The server never tells it, so that it cannot be compared (see O(update_password)).
    type: str
  update_password:
    description:
      - When O(password) is written - V(on_create) where the server has none, V(always) in every run, which then reports a change.
    type: str
    choices: [on_create, always]
    default: on_create
"""

EXAMPLES = r"""
- name: Have the proxy to the perimeter network
  octoboot.octopus.machine_proxy:
    url: https://octopus.example.com
    name: dmz
    host: proxy.example.com
    port: 3128
    username: octopus
    password: "{{ vault_proxy_password }}"
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
  sample: Proxies-1
name:
  description: Its name, as the server spells it.
  returned: success
  type: str
  sample: dmz
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
      sample: dmz
"""

# The code is the action plugin of the same name: it runs on the controller.
