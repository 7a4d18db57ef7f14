# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task says of the machine whose record is meant, shared by all modules that write one."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of the machine."""

    DOCUMENTATION = r"""
options:
  state:
    description:
      - Whether what Octopus knows of the machine should exist.
      - V(absent) removes what V(present) would write, and nothing else. A record is read once more before it is removed, and left when it
        has become another machine's meanwhile.
    type: str
    choices: [present, absent]
    default: present
  instance:
    description:
      - Instance of Tentacle on this host that is meant, for what M(octoboot.octopus.tentacle) found or made of it in this run.
      - Unset is C(tentacle_instance), else the one that it brought last.
    type: str
  thumbprint:
    description:
      - Thumbprint of the machine's certificate.
      - Unset, it is what M(octoboot.octopus.tentacle) found or made on this host in this run; with O(state=absent), and of a host
        with C(tentacle_communication_style=polling), else that of the identity in C(tentacle_identity_store) or of
        C(tentacle_certificate).
    type: str
  former_thumbprints:
    description: Thumbprints that this machine is known to have had. A record with its name and one of these is adopted.
    type: list
    elements: str
    default: []
  subscription_id:
    description:
      - The id under which the machine polls its Octopus Server. A machine that has one is registered as a polling Tentacle.
      - Unset, it is what M(octoboot.octopus.tentacle) found or made on this host in this run; of a host with
        C(tentacle_communication_style=polling) that this run has not visited, else what the identity in C(tentacle_identity_store)
        remembers for that server.
    type: str
"""
