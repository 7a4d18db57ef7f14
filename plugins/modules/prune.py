#!/usr/bin/python
# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: prune
short_description: Remove the records of machines that are gone from the inventory
description:
  - Removes deployment targets and workers of machines that were this fleet's and are no longer in the inventory. In check mode, it lists
    them.
  - A record goes when all of this is so - it is a Tentacle's; its thumbprint is, or was, that of an identity in an identity store of the
    fleet; no host of the inventory has that identity or, as a supplied certificate, that thumbprint; no host has its name in Octopus; and
    Octopus finds it V(Unavailable) or V(Unknown), or it is disabled.
  - Any other record is left alone. Of those whose identity is of no host, RV(kept) says why they stay.
  - All hosts of the inventory are read, whatever the limit of the run. When the variables of one cannot be, nothing is removed, as it is
    not known then what is its own.
  - Each record is read once more before it is removed, and left when its name or thumbprint has changed, or the machine answers again.
  - Identities stay in the store, so a machine that comes back is the same machine.
version_added: 0.1.0
author: The octoboot.octopus authors (@octoboot)
extends_documentation_fragment:
  - octoboot.octopus.connection
  - octoboot.octopus.attributes
  - octoboot.octopus.attributes.action_group
options:
  hosts:
    description:
      - Pattern of the hosts that are the fleet. Their variables say which identity stores, servers and spaces are looked at.
      - An unset one is read from the variable C(octopus_hosts).
    type: raw
    default: tentacles
  include_healthy:
    description:
      - Whether records of machines that answer Octopus are removed too.
      - An unset one is read from the variable C(octopus_prune_include_healthy).
    type: bool
    default: false
  most:
    description:
      - How many records are removed at most. When more would go, none is, and the task fails, in check mode too.
      - An unset one is read from the variable C(octopus_prune_most). Unset is V(half of the fleet's records), which are those with a
        thumbprint of its identities; one may always go.
    type: int
notes:
  - Runs once, best in a play for V(localhost). The connection is each host's own, from its variables; an option that the task gives wins
    for all hosts.
  - A server that cannot be read, or refuses, does not keep the others. They are pruned, then the task fails, and says why.
  - Inventories that share an identity store do not know one another's machines. Give all of them to the run (C(-i one -i other)).
  - A further instance of a host is known by its identity's name, which has the host's name for a part, such as V(web01-batch).
"""

EXAMPLES = r"""
- name: Prune, or with --check, list what would go
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Remove what Octopus has of machines that the inventory has no more
      octoboot.octopus.prune:
        most: 5
"""

RETURN = r"""
vanished:
  description: The records of machines that are gone; those that were removed, or would be, are in RV(changes).
  returned: when the fleet could be read
  type: list
  elements: dict
  contains:
    kind:
      description: What it is - V(target) or V(worker).
      type: str
      returned: always
      sample: target
    id:
      description: Its id.
      type: str
      returned: always
      sample: Machines-12
    name:
      description: Its name.
      type: str
      returned: always
      sample: web07
    server:
      description: URL of the server.
      type: str
      returned: always
      sample: https://octopus.example.com
    space:
      description: Name of the space.
      type: str
      returned: always
      sample: Default
    health:
      description: How Octopus found it.
      type: str
      returned: always
      sample: Unavailable
    thumbprint:
      description: Its thumbprint.
      type: str
      returned: always
      sample: 8CB3A1D0C4E2F5B69788A9B0C1D2E3F405162738
kept:
  description: Records whose identity is of no host, and that stay all the same.
  returned: when the fleet could be read
  type: list
  elements: dict
  contains:
    kind:
      description: What it is - V(target) or V(worker).
      type: str
      returned: always
      sample: target
    id:
      description: Its id.
      type: str
      returned: always
      sample: Machines-12
    name:
      description: Its name.
      type: str
      returned: always
      sample: web07
    server:
      description: URL of the server.
      type: str
      returned: always
      sample: https://octopus.example.com
    space:
      description: Name of the space.
      type: str
      returned: always
      sample: Default
    health:
      description: How Octopus found it.
      type: str
      returned: always
      sample: Unavailable
    thumbprint:
      description: Its thumbprint.
      type: str
      returned: always
      sample: 8CB3A1D0C4E2F5B69788A9B0C1D2E3F405162738
    reason:
      description: Why it stays, in one sentence.
      type: str
      returned: always
      sample: "Octopus finds it Healthy: the machine runs. 'include_healthy' takes such ones too."
changes:
  description: What was removed, or would be.
  returned: when the fleet could be read
  type: list
  elements: dict
  contains:
    path:
      description: The record.
      type: str
      returned: always
      sample: deployment target 'web07' (Machines-12) in space 'Default' of https://octopus.example.com
    before:
      description: Its name.
      type: raw
      returned: always
      sample: web07
    after:
      description: Null, as it is gone.
      type: raw
      returned: always
      sample: null
servers:
  description: The servers that were read.
  returned: when the fleet could be read
  type: list
  elements: dict
  sample: [{"url": "https://octopus.example.com", "version": "2026.3.15581", "space": "Default", "thumbprint": "2B1A4F0F..."}]
"""

# The code is the action plugin of the same name: it runs on the controller.
