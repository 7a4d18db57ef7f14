#!/usr/bin/python
# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: health_check
short_description: Let Octopus check the health of many machines at once
description:
  - Starts one Health task for all machines of a server, waits for it and tells each host its verdict, with the server's words.
  - Without O(machines) and O(registered) it checks what this run registered on the host itself, together with all other hosts that wait for
    the same, in one task, whatever the number of forks or the strategy of the play. The task fails on a host that is not well.
  - With O(machines) it does not fail for a machine that is not well; RV(failures) has the reason for each.
  - Never sends an empty list of machines, which would mean all of them.
version_added: 0.1.0
author: The octoboot.octopus authors (@octoboot)
extends_documentation_fragment:
  - octoboot.octopus.connection
  - octoboot.octopus.attributes.info
  - octoboot.octopus.attributes.action_group
options:
  machines:
    description: "Ids of machines or workers by host, such as C(web01) with V(Machines-12)."
    type: dict
  registered:
    description:
      - Name of the variable in which the result of M(octoboot.octopus.deployment_target) or M(octoboot.octopus.worker) is registered.
        Every host of the batch that has it, with an id, is checked. Used when O(machines) is not given.
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
    description:
      - Whether a machine with warnings is not well. A new Tentacle often has warnings until Calamari is installed.
      - An unset one is read from the variable C(octopus_health_strict).
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Register with Octopus
  octoboot.octopus.deployment_target:

- name: Let Octopus check the health of what was registered
  octoboot.octopus.health_check:

- name: Check the health of machines that are there already
  octoboot.octopus.health_check:
    machines:
      web01: Machines-12
      web02: Machines-13
  delegate_to: localhost
  run_once: true
  register: health
"""

RETURN = r"""
tasks:
  description: Ids of the Health tasks, one for each server, space and kind of machine.
  returned: success
  type: list
  elements: str
  sample: [ServerTasks-4711]
status:
  description: What Octopus finds of the host itself.
  returned: when O(machines) and O(registered) are not given, and the host was checked
  type: str
  sample: Healthy
healthy:
  description: Whether the host itself is well, with O(strict) taken into account.
  returned: when O(machines) and O(registered) are not given, and the host was checked
  type: bool
  sample: true
messages:
  description: What the Health task said of the host itself, in the server's words.
  returned: when O(machines) and O(registered) are not given, and the host was checked
  type: list
  elements: str
  sample: []
hosts:
  description: The verdict for each host.
  returned: when O(machines) or O(registered) is given
  type: dict
  sample: {"web01": {"healthy": true, "status": "Healthy", "messages": []}}
failures:
  description: The reason, in one line, for each host that is not well.
  returned: when O(machines) or O(registered) is given
  type: dict
  sample: {"web02": "Octopus finds the machine (Machines-13) Unavailable: The remote host refused the connection."}
"""

# The code is the action plugin of the same name: it runs on the controller.
