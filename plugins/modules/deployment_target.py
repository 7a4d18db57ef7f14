#!/usr/bin/python
# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: deployment_target
short_description: Manage a deployment target in Octopus
description:
  - Registers a machine, brings its record to the wanted state, or removes it. Runs on the controller; nothing is done on the machine.
  - The record is found by thumbprint and name; else by name; else by a single record with that thumbprint (see O(allow_rename)). A record
    with the same name and a thumbprint that is not known to have been this machine's is refused, unless O(on_thumbprint_mismatch=replace).
  - A record that is no Tentacle's (an SSH connection, a cloud region, an offline package drop) is neither written nor removed.
  - What is not said stays as the record has it. An unchanged target makes no request beyond the run's one reading of the server.
version_added: 0.1.0
author: The octoboot.octopus authors (@octoboot)
extends_documentation_fragment:
  - octoboot.octopus.machine
  - octoboot.octopus.record
  - octoboot.octopus.connection
  - octoboot.octopus.attributes
  - octoboot.octopus.attributes.action_group
options:
  name:
    description:
      - Name in Octopus.
      - Unset is the name of the host in the inventory.
    type: str
  environments:
    description:
      - Names, slugs or ids of environments, whatever their case.
      - Groups may each add theirs in a variable C(octopus_environments__<anything>); their sum counts when C(octopus_environments) itself
        is unset. Unset leaves what the record has; an empty list is none.
    type: list
    elements: str
  target_tags:
    description:
      - Target tags, once called roles.
      - Groups may each add theirs in a variable C(octopus_target_tags__<anything>) or C(octopus_roles__<anything>); their sum counts when
        C(octopus_target_tags) and C(octopus_roles) themselves are unset. Unset leaves what the record has; an empty list is none.
    type: list
    elements: str
    aliases: [roles]
  tenants:
    description:
      - Names, slugs or ids of the tenants whose machine it is, whatever their case.
      - Groups may each add theirs in a variable C(octopus_tenants__<anything>); their sum counts when C(octopus_tenants) itself is unset.
        Unset leaves what the record has; an empty list is none.
    type: list
    elements: str
  tenant_tags:
    description:
      - Tags of the tenants whose machine it is, with their tag sets, as C(Region/Europe), whatever their case.
      - Each must be in a tag set of the server. Of a tag set of which one tag may be chosen, two are refused.
      - Groups may each add theirs in a variable C(octopus_tenant_tags__<anything>); their sum counts when C(octopus_tenant_tags) itself is
        unset. Unset leaves what the record has; an empty list is none.
    type: list
    elements: str
  tenanted_participation:
    description:
      - In which deployments the machine takes part.
      - Unset leaves what the record has, unless O(tenants) or O(tenant_tags) are set and it does not go with them. Then a machine that is
        untenanted and gets tenants or tags becomes V(tenanted), and one that is tenanted and loses the last of them V(untenanted). The
        change is listed as any other.
      - V(untenanted) with tenants or tenant tags, and V(tenanted) without any, is refused.
    type: str
    choices: [untenanted, tenanted_or_untenanted, tenanted]
notes:
  - O(name) is read from C(octopus_target_name), O(target_tags) from C(octopus_target_tags) or C(octopus_roles).
  - Where C(octopus_registrations) names several deployment targets for the host, all of them are brought to the state, each as its entry
    says, and RV(registrations) tells of each. A task that gives an option of the connection, or O(name), is about that one.
"""

EXAMPLES = r"""
- name: Register the machine that the task before brought up
  octoboot.octopus.deployment_target:
    environments: [Staging]
    target_tags: [web-server]

- name: Register a machine whose Tentacle is configured by other means
  octoboot.octopus.deployment_target:
    thumbprint: 8CB3A1D0C4E2F5B69788A9B0C1D2E3F405162738
    public_hostname: web01.example.com
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
registrations:
  description: What became of each record, as M(octoboot.octopus.registrations) returns it.
  returned: when C(octopus_registrations) names several; the other values are those of the first
  type: list
  elements: dict
thumbprint:
  description: Thumbprint of the machine.
  returned: when O(state=present)
  type: str
  sample: 8CB3A1D0C4E2F5B69788A9B0C1D2E3F405162738
uri:
  description: The URI at which Octopus reaches the machine, or under which a polling one asks for work.
  returned: when O(state=present)
  type: str
  sample: https://web01.example.com:10933/
sources:
  description: Which variable gave each environment, target tag, tenant and tenant tag, for what was not given as an option.
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
