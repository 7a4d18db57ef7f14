#!/usr/bin/python
# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: worker
short_description: Manage a worker in Octopus
description:
  - Registers a machine, brings its record to the wanted state, or removes it. Runs on the controller; nothing is done on the machine.
  - The record is found by thumbprint and name; else by name; else by a single record with that thumbprint (see O(allow_rename)). A record
    with the same name and a thumbprint that is not known to have been this machine's is refused, unless O(on_thumbprint_mismatch=replace).
  - A record that is no Tentacle's (an SSH connection, a Kubernetes agent) is neither written nor removed.
  - The same machine may be a deployment target too, with the same certificate and name; see C(octopus_register_as).
  - What is not said stays as the record has it. An unchanged worker makes no request beyond the run's one reading of the server.
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
  worker_pools:
    description:
      - Names, slugs or ids of worker pools, whatever their case. A dynamic pool takes no workers but its own, and is refused.
      - Groups may each add theirs in a variable C(octopus_worker_pools__<anything>); their sum counts when C(octopus_worker_pools) itself
        is unset. Unset leaves what the record has; a new one needs at least one.
    type: list
    elements: str
notes:
  - O(name) is read from C(octopus_worker_name).
  - Where C(octopus_registrations) names several workers for the host, all of them are brought to the state, each as its entry
    says, and RV(registrations) tells of each. A task that gives an option of the connection, or O(name), is about that one.
"""

EXAMPLES = r"""
- name: Register the machine that the task before brought up as a worker
  octoboot.octopus.worker:
    worker_pools: [Build agents]

- name: Register a machine whose Tentacle is configured by other means
  octoboot.octopus.worker:
    thumbprint: 8CB3A1D0C4E2F5B69788A9B0C1D2E3F405162738
    public_hostname: build01.example.com
    worker_pools: [Build agents]

- name: Remove a worker
  octoboot.octopus.worker:
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
  sample: Workers-3
name:
  description: Name of the worker.
  returned: success
  type: str
  sample: build01
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
  description: The URI at which Octopus reaches the machine.
  returned: when O(state=present)
  type: str
  sample: https://build01.example.com:10933/
sources:
  description: Which variable gave each worker pool, for what was not given as an option.
  returned: when O(state=present)
  type: dict
  sample: {"worker_pools": {"Build agents": "octopus_worker_pools__build"}}
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
