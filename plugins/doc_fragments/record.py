# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a machine's record in Octopus, which targets and workers share."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of the record."""

    DOCUMENTATION = r"""
options:
  public_hostname:
    description:
      - Name or address at which Octopus Server reaches the machine. Without effect for one that polls.
      - Unset leaves the address of the machine's record as it is. A new record, one that is taken over from another machine, and that of
        a machine whose instance is made anew gets C(ansible_host), else the name of the host. Set it to C("{{ ansible_host }}") to have
        records follow the inventory.
    type: str
  public_port:
    description:
      - Port at which Octopus Server reaches the machine. Without effect for one that polls.
      - Unset is C(tentacle_port), if that is set. Else the port of the machine's record stays as it is, and a new one gets the port on
        which the Tentacle listens.
    type: int
  machine_policy:
    description:
      - Name, slug or id of the machine policy.
      - Unset leaves what the record has. A new one gets the server's default.
    type: str
  proxy:
    description:
      - Name or id of the proxy, one that Octopus Server knows, through which the server reaches the machine.
      - An empty text is none. Unset leaves what the record has. Without effect for a machine that polls.
    type: str
  disabled:
    description:
      - Whether the machine is disabled in Octopus.
      - Unset leaves what the record has. A new one gets V(false).
    type: bool
  on_thumbprint_mismatch:
    description:
      - What to do when the record of this name has a thumbprint that is not known as this machine's; V(replace) takes the record over.
    type: str
    choices: [fail, replace]
    default: fail
  allow_rename:
    description:
      - Whether a record of another name that has this machine's certificate is this machine's, and is renamed.
      - Unset, it is renamed only when no other host of the inventory has that name; of a machine that the task gives by its thumbprint,
        only when the address is the same. Else it may be the record of the machine that this one was copied from, and is refused.
      - The same holds for a certificate that the machine shows before it gets its own.
    type: bool
    default: false
notes:
  - An option of the record that the task does not say is read from the variable C(octopus_<option>), such as C(octopus_machine_policy).
"""
