#!/usr/bin/python
# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: preflight
short_description: Check every input of every host and look at each server, before any machine is touched
description:
  - A look alone - it changes nothing, on the machines, on the servers or in the identity stores, and no other module depends on it. The
    task is never changed.
  - Checks the variables of every host of the play (C(tentacle_*) and C(octopus_*)), and refuses what looks like a mistyped one.
  - Reads each server once for each distinct URL, space and credential, and compares the record of every host with it.
  - Looks for the identity of every host in its identity store. The module M(octoboot.octopus.tentacle) makes those that are missing.
  - A host whose inputs are wrong gets its reason in RV(hosts), and the others go on. When all are wrong, or with O(strict=true) when one
    is, this task fails.
version_added: 0.1.0
author: The octoboot.octopus authors (@octoboot)
extends_documentation_fragment:
  - octoboot.octopus.connection
  - octoboot.octopus.attributes.info
  - octoboot.octopus.attributes.action_group
options:
  strict:
    description:
      - Fail for all hosts when the inputs of one are wrong.
      - An unset one is read from the variable C(octopus_preflight_strict).
    type: bool
    default: false
notes:
  - Runs once for all hosts of a play. The connection is each host's own, from its variables; an option that the task gives wins for all
    hosts.
"""

EXAMPLES = r"""
- name: Look at what a bootstrap would find
  octoboot.octopus.preflight:
  run_once: true
  register: preflight
"""

RETURN = r"""
collection:
  description: Which version of the collection runs, and from where.
  returned: always
  type: dict
  sample: {"version": "0.1.0", "path": "/home/ops/bootstrap"}
servers:
  description: The servers that were read.
  returned: always
  type: list
  elements: dict
  sample: [{"url": "https://octopus.example.com", "version": "2026.3.15581", "space": "Default", "thumbprint": "2B1A4F0F..."}]
identities_missing:
  description: Hosts that have no identity yet.
  returned: always
  type: list
  elements: str
  sample: [web01]
hosts:
  description:
    - What was found for each host. It has C(name) and C(thumbprint) of the identity, C(machine_id), C(uri) (where Octopus is to reach
      the machine; of one that polls, its subscription id), C(record) (what a run would make of it - V(unchanged), V(created), V(updated)
      or V(adopted)), C(settled) (the record is as it is wanted, and Octopus finds it well), and C(failure) (the reason in one line).
  returned: always
  type: dict
  sample:
    web01:
      name: web01
      thumbprint: 8CB3A1D0...
      machine_id: Machines-12
      uri: https://web01:10933/
      record: unchanged
      settled: true
"""

# The code is the action plugin of the same name: it runs on the controller.
