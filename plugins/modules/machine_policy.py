#!/usr/bin/python
# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: machine_policy
short_description: Manage a machine policy in Octopus
description:
  - Makes a machine policy, brings it to the wanted state, or removes it.
  - A new one begins as the server's own template; of one that exists, nothing changes but what is said.
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
  default:
    description:
      - Whether it is the default of the space.
      - V(true) makes it so in place of the former one. The server refuses V(false) for the default.
    type: bool
  health_check_type:
    description: What a health check does.
    type: str
    choices: [RunScript, OnlyConnectivity]
  health_check_interval:
    description: Time between two health checks, as V(hh:mm:ss) or V(d.hh:mm:ss).
    type: str
  powershell_run_type:
    description: Which script checks machines that run PowerShell.
    type: str
    choices: [InheritFromDefault, Inline]
  powershell_script:
    description: The script for O(powershell_run_type=Inline).
    type: str
  bash_run_type:
    description: Which script checks machines that run Bash.
    type: str
    choices: [InheritFromDefault, Inline]
  bash_script:
    description: The script for O(bash_run_type=Inline).
    type: str
  connectivity:
    description: Whether a machine that cannot be reached fails the health check.
    type: str
    choices: [ExpectedToBeOnline, MayBeOfflineAndCanBeSkipped]
  cleanup:
    description: Whether Octopus deletes machines that cannot be reached for the time of O(cleanup_after).
    type: str
    choices: [DoNotDelete, DeleteUnavailableMachines]
  cleanup_after:
    description: How long a machine cannot be reached before it is deleted, as V(hh:mm:ss) or V(d.hh:mm:ss).
    type: str
  calamari_update:
    description: When Calamari is updated.
    type: str
    choices: [UpdateOnDeployment, UpdateOnNewMachine, UpdateAlways]
  tentacle_update:
    description: Whether Octopus updates Tentacle.
    type: str
    choices: [NeverUpdate, Update]
  polling_request_queue_timeout:
    description: How long a request waits for a polling Tentacle to fetch it, as V(hh:mm:ss) or V(d.hh:mm:ss).
    type: str
  connection_connect_timeout:
    description: How long one attempt to connect may take, as V(hh:mm:ss) or V(d.hh:mm:ss).
    type: str
  connection_retry_count_limit:
    description: How often an attempt to connect is repeated.
    type: int
  connection_retry_sleep_interval:
    description: Time between two attempts to connect, as V(hh:mm:ss) or V(d.hh:mm:ss).
    type: str
  connection_retry_time_limit:
    description: How long attempts to connect are repeated, as V(hh:mm:ss) or V(d.hh:mm:ss).
    type: str
"""

EXAMPLES = r"""
- name: Have a policy for machines that are often off
  octoboot.octopus.machine_policy:
    url: https://octopus.example.com
    name: Laptops
    connectivity: MayBeOfflineAndCanBeSkipped
    health_check_interval: 7.00:00:00
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
  sample: MachinePolicies-7
name:
  description: Its name, as the server spells it.
  returned: success
  type: str
  sample: Laptops
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
      sample: Laptops
"""

# The code is the action plugin of the same name: it runs on the controller.
