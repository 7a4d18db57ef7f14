#!/usr/bin/python
# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: registrations
short_description: Manage all that a machine is in Octopus
description:
  - Brings every record that the variables of the host ask for to the wanted state - as a deployment target, as a worker or as both
    (C(octopus_register_as)), in one space or in several spaces and on several servers (C(octopus_registrations)).
  - Each record is found and written as M(octoboot.octopus.deployment_target) and M(octoboot.octopus.worker) do.
  - A server that cannot be reached, or that refuses a record, does not keep the machine from the others. They are written, then the task
    fails, and says why in one sentence for each.
version_added: 0.1.0
author: The octoboot.octopus authors (@octoboot)
extends_documentation_fragment:
  - octoboot.octopus.machine
  - octoboot.octopus.attributes
notes:
  - What is wanted of each record is read from the variables C(octopus_*) of the host, and from C(octopus_registrations).
"""

EXAMPLES = r"""
- name: Register the machine that the task before brought up, as its variables say
  octoboot.octopus.registrations:

- name: Remove the machine from every server that knows it
  octoboot.octopus.registrations:
    state: absent
"""

RETURN = r"""
registrations:
  description: What was done with each record, or would be.
  returned: when a server was reached
  type: list
  elements: dict
  contains:
    kind:
      description: What the machine is there - V(target) or V(worker).
      type: str
      returned: always
      sample: worker
    url:
      description: URL of the server.
      type: str
      returned: always
      sample: https://octopus.example.com
    space:
      description: Name of the space.
      type: str
      returned: always
      sample: Default
    failure:
      description: Why it could not be brought to its state, in one sentence; null when it was.
      type: str
      returned: always
      sample: null
    result:
      description: What was done, or would be; null when it failed.
      type: str
      returned: always
      sample: created
    changed:
      description: Whether something changed.
      type: bool
      returned: always
      sample: true
    name:
      description: Name of the record.
      type: str
      returned: always
      sample: build01
    id:
      description: Id of the record; null when it does not exist.
      type: str
      returned: always
      sample: Workers-3
    thumbprint:
      description: Thumbprint of the machine; null when it failed.
      type: str
      returned: always
      sample: 8CB3A1D0C4E2F5B69788A9B0C1D2E3F405162738
    uri:
      description: The URI at which Octopus reaches the machine; null when it failed.
      type: str
      returned: always
      sample: https://build01.example.com:10933/
    sources:
      description: Which variable gave each item of the lists.
      type: dict
      returned: always
      sample: {"worker_pools": {"Build agents": "octopus_worker_pools__build"}}
    changes:
      description: What changed, or would change, in this record.
      type: list
      elements: dict
      returned: always
      sample: [{"path": "worker", "before": null, "after": "build01"}]
changes:
  description: What changed, or would change, in all of them.
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
