#!/usr/bin/python
# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: deployment_target
short_description: Manage a listening deployment target in Octopus
description:
  - Registers a machine, brings its record to the wanted state, or removes it. Runs on the controller; nothing is done on the machine.
  - The record is found by thumbprint and name; else by a single record with that thumbprint; else by name. A record with the same name and
    a thumbprint that is not known to have been this machine's is refused, unless O(on_thumbprint_mismatch=replace).
  - Only what is given is managed. An unchanged target makes no request beyond the run's one reading of the server.
version_added: 0.1.0
author: The octoboot.octopus authors (@octoboot)
extends_documentation_fragment:
  - octoboot.octopus.connection
  - octoboot.octopus.attributes
  - octoboot.octopus.attributes.action_group
options:
  state:
    description: Whether the target shall exist.
    type: str
    choices: [present, absent]
    default: present
  name:
    description: Name in Octopus. Falls back to the variable C(octopus_target_name), then to the name of the host in the inventory.
    type: str
  thumbprint:
    description: Thumbprint of the machine's certificate. Needed to register.
    type: str
  former_thumbprints:
    description: Thumbprints that this machine is known to have had. A record with its name and one of these is adopted.
    type: list
    elements: str
    default: []
  public_hostname:
    description:
      - Name or address at which Octopus Server reaches the machine.
      - Falls back to C(octopus_public_hostname), then to C(ansible_host), then to the name of the host.
    type: str
  public_port:
    description: Port at which Octopus Server reaches the machine. Falls back to C(octopus_public_port); otherwise it stays as it is,
      and is V(10933) for a new target.
    type: int
  environments:
    description:
      - Names, slugs or ids of environments, whatever their case. Falls back to the variable C(octopus_environments); when that is unset,
        to the sum of every variable C(octopus_environments__*).
    type: list
    elements: str
  target_tags:
    description:
      - Target tags, once called roles. Falls back to C(octopus_target_tags) or C(octopus_roles); when these are unset, to the sum of every
        variable C(octopus_target_tags__*) and C(octopus_roles__*).
    type: list
    elements: str
    aliases: [roles]
  machine_policy:
    description: Name or id of the machine policy. Falls back to C(octopus_machine_policy).
    type: str
  disabled:
    description: Whether the target is disabled. Falls back to C(octopus_disabled).
    type: bool
  on_thumbprint_mismatch:
    description:
      - What to do when a target of this name has a foreign thumbprint. V(replace) takes the record over.
      - Falls back to C(octopus_on_thumbprint_mismatch).
    type: str
    choices: [fail, replace]
    default: fail
"""

EXAMPLES = r"""
- name: Register a machine
  octoboot.octopus.deployment_target:
    thumbprint: "{{ tentacle.thumbprint }}"
    environments: [Staging]
    target_tags: [web-server]

- name: Remove a machine
  octoboot.octopus.deployment_target:
    state: absent
"""

RETURN = r"""
result:
  description: What was done, or would be.
  returned: success
  type: str
  sample: created
id:
  description: Id of the machine in Octopus; null when it does not exist.
  returned: success
  type: str
  sample: Machines-12
name:
  description: Name of the target.
  returned: success
  type: str
  sample: web01
thumbprint:
  description: Thumbprint of the machine.
  returned: when O(state=present)
  type: str
  sample: 8CB3A1D0C4E2F5B69788A9B0C1D2E3F405162738
uri:
  description: The URI at which Octopus reaches the machine.
  returned: when O(state=present)
  type: str
  sample: https://web01.example.com:10933/
sources:
  description: Which variable gave each environment and target tag, for what was not given as an option.
  returned: when O(state=present)
  type: dict
  sample: {"environments": {"Staging": "octopus_environments__staging"}, "target_tags": {"web-server": "octopus_target_tags__web"}}
changes:
  description: What changed, or would change.
  returned: always
  type: list
  elements: dict
  contains:
    path:
      description: The setting.
      type: str
      returned: always
      sample: port
    before:
      description: What it was; null when it did not exist.
      type: raw
      returned: always
      sample: null
    after:
      description: What it is now; null when it is gone.
      type: raw
      returned: always
      sample: 10933
"""

# The code is the action plugin of the same name: it runs on the controller.
