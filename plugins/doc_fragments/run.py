# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a whole run is like. No module has these options: they are variables of the role and the playbooks."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of the run, without the C(octopus_) of their variables."""

    DOCUMENTATION = r"""
options:
  preflight_strict:
    description: Fail for all hosts, before any is touched, when the inputs of one are wrong.
    type: bool
    default: false
  allow_rekey:
    description:
      - Whether machines may get new certificates although most of the fleet would, which is how a lost or wrong identity store looks.
      - What counts are the hosts of the play, the limit left out, that have a record of their name with a thumbprint. When more than half
        of them, and two at least, have one that the store does not hold, none of these and no new host is touched. Hosts whose certificate
        the store holds go on. A certificate that you supply does not count.
    type: bool
    default: false
  manage:
    description:
      - What a run makes, before anything else, when its hosts name it and the server lacks it - C(environments), C(worker_pools),
        C(tenants), C(tag_sets) with the tags of tenants.
      - Nothing is removed or changed. A name that is written wrong would be made, too, so look at what the run says in check mode.
      - Unset, what the server lacks is an error that lists near misses.
    type: list
    elements: str
  health_check:
    description: Whether Octopus checks the health of what changed or is not well.
    type: bool
    default: true
  health_strict:
    description:
      - Whether a machine with warnings is not well.
      - A new Tentacle often has warnings until Calamari is installed.
    type: bool
    default: false
  allow_variables:
    description:
      - Names of variables of your own that begin with C(octopus_) or C(tentacle_).
      - A name that looks like a variable of this collection, and is not one, is refused as a likely mistake, unless it is listed here.
    type: list
    elements: str
  debug:
    description:
      - One machine at a time, in the foreground, telling each step, until the first failure.
      - The playbooks read it before they know any host, so give it with C(-e).
    type: bool
    default: false
  serial:
    description:
      - How many hosts go together through a playbook - a number, a percentage such as V(25%), or a list of these.
      - The playbooks read it before they know any host, so give it with C(-e). Unset is V(100%), all of them.
    type: raw
  hosts:
    description:
      - Pattern of the hosts that a playbook is for.
      - The playbooks read it before they know any host, so give it with C(-e). Unset is the group V(tentacles).
    type: raw
  fail_when_empty:
    description:
      - Whether a run that came to no host of the inventory has failed, with exit code 1, as after a mistyped group or tag.
      - The callback P(octoboot.octopus.report#callback) sees to it, and knows no host's variables then, so give it with C(-e).
    type: bool
    default: true
  prune_include_healthy:
    description:
      - Whether the playbook C(prune) also removes records of machines that are gone from the inventory and still answer Octopus.
      - A bootstrap does not use it. Give it with C(-e).
    type: bool
    default: false
  prune_most:
    description:
      - How many records the playbook C(prune) removes at most; when more would go, it removes none.
      - A bootstrap does not use it. Give it with C(-e). Unset is V(half of the fleet's records).
    type: int
"""
