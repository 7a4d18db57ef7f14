#!/usr/bin/python
# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: linux_batch
short_description: Carry out a list of steps on a Linux host in one visit
description:
  - What M(octoboot.octopus.tentacle) runs on Linux hosts. It is not meant for playbooks - steps and results may change with any release.
  - Runs as root, with the standard library of Python alone. What the steps are is said in C(plugins/plugin_utils/_hosts/contract.py).
version_added: 0.1.0
requirements:
  - Python 3.6 or newer on the host, and what the release of ansible-core needs there
author: The octoboot.octopus authors (@octoboot)
attributes:
  check_mode:
    description: Can run in check mode and tell what would change, without changing anything.
    support: partial
    details: Steps that only read are carried out, any other fails.
  diff_mode:
    description: The task of M(octoboot.octopus.tentacle) shows the difference.
    support: none
  platform:
    description: Which hosts it works on.
    platforms: posix
    support: full
options:
  steps:
    description: The steps, in order.
    type: list
    elements: dict
    required: true
  secrets:
    description: What steps may name, and nobody may see.
    type: dict
    default: {}
  alone:
    description: Whether to wait until no other visit changes the host.
    type: bool
    default: true
  lock_timeout:
    description: Seconds to wait for another visit that still changes the host.
    type: int
    default: 300
"""

EXAMPLES = r"""
- name: See whether Tentacle is there
  octoboot.octopus.linux_batch:
    steps:
      - do: exists
        path: /opt/octopus/tentacle/Tentacle
"""

RETURN = r"""
outcomes:
  description: What came of each step - its value, an error, or that it was skipped after an error.
  returned: success
  type: list
  elements: dict
  sample: [{"value": true}]
"""

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.octoboot.octopus.plugins.module_utils._linux.batch import Busy, carry_out


def main() -> None:
    """Carry out the steps."""
    module = AnsibleModule(
        argument_spec={
            "steps": {"type": "list", "elements": "dict", "required": True},
            "secrets": {"type": "dict", "default": {}, "no_log": True},
            "alone": {"type": "bool", "default": True},
            "lock_timeout": {"type": "int", "default": 300},
        },
        supports_check_mode=True,
    )
    if os.geteuid() != 0:
        module.fail_json(
            msg=f"Tentacle's files belong to root, and this is user {os.geteuid()}. "
            "Set 'ansible_become: true' for this host, or connect as root."
        )
    parameters = module.params
    try:
        outcomes = carry_out(
            parameters["steps"],
            parameters["secrets"],
            check_mode=module.check_mode,
            alone=parameters["alone"],
            lock_timeout=parameters["lock_timeout"],
        )
    except Busy as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, outcomes=outcomes)


if __name__ == "__main__":
    main()
