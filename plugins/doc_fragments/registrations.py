# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a machine is in Octopus. No module has these options: they are variables of the role and the playbooks."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of the registrations, without the C(octopus_) of their variables."""

    DOCUMENTATION = r"""
options:
  register_as:
    description:
      - What a machine is in Octopus, V(target), V(worker) or both.
      - Unset is V(target).
    type: list
    elements: str
  registrations:
    description:
      - Several registrations of one Tentacle, in several spaces or on several servers, a dictionary for each.
      - It may hold any option of the connection and of the record by its short name, such as C(url), C(space), C(api_key), C(name),
        C(environments), C(target_tags), C(worker_pools), and C(register_as). What it does not say holds as the variables C(octopus_*) of
        the host say.
      - An API key goes only to the server that it was given for. So an entry whose C(url) is not that of C(octopus_url) says its own
        C(api_key) or C(access_token).
      - The Tentacle trusts all of the servers.
      - C(server_addresses) of an entry says where a polling Tentacle finds the server of that entry, as C(tentacle_server_addresses) says
        it of the host's own server, that of C(octopus_url). Two entries about one server may not say different ones.
    type: list
    elements: dict
"""
