#!/usr/bin/python
# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: health_check
short_description: Let Octopus check the health of many machines at once
description:
  - Starts one Health task for all machines of a server, waits for it and tells a verdict for each host, with the server's words.
  - Does not fail for a machine that is not well; RV(failures) has the reason for each host.
  - Never sends an empty list of machines, which would mean all of them.
version_added: 0.1.0
author: The octoboot.octopus authors (@octoboot)
extends_documentation_fragment:
  - octoboot.octopus.connection
  - octoboot.octopus.attributes.info
  - octoboot.octopus.attributes.action_group
options:
  machines:
    description: "Machine ids by host, such as C(web01) with V(Machines-12)."
    type: dict
  registered:
    description:
      - Name of the variable in which the result of M(octoboot.octopus.deployment_target) is registered. Every host of the batch that
        has it, with an id, is checked. Used when O(machines) is not given.
    type: str
  timeout_queued:
    description: Seconds that the task may wait behind others. Octopus runs five at a time.
    type: int
    default: 600
  timeout_running:
    description: Seconds that the task may run.
    type: int
    default: 900
  machine_timeout:
    description: Seconds that one machine may take.
    type: int
    default: 60
  strict:
    description: Whether a machine with warnings is not well. A new Tentacle often has warnings until Calamari is installed.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Register with Octopus
  octoboot.octopus.deployment_target:
    thumbprint: "{{ tentacle.thumbprint }}"
  register: target

- name: Check the health of all of them in one task
  octoboot.octopus.health_check:
    registered: target
  run_once: true
  register: health
"""

RETURN = r"""
tasks:
  description: Ids of the Health tasks, one for each server.
  returned: success
  type: list
  elements: str
  sample: [ServerTasks-4711]
hosts:
  description: The verdict for each host.
  returned: success
  type: dict
  sample: {"web01": {"healthy": true, "status": "Healthy", "messages": []}}
failures:
  description: The reason, in one line, for each host that is not well.
  returned: success
  type: dict
  sample: {"web02": "Octopus finds web02 (Machines-13) Unavailable: The remote host refused the connection."}
"""

# The code is the action plugin of the same name: it runs on the controller.
