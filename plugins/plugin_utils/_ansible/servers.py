# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Which Octopus Servers an instance trusts and polls, as a task and its host's variables say."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._core.errors import InputError
from .._core.inputs import RegistrationInputs
from .._core.tentacle import wanted
from .._core.tentacle.nodes import Nodes, of_one_server
from .._store.snapshot import SnapshotFile
from .nodes import read_nodes

if TYPE_CHECKING:
    from .action import OctopusAction


def servers_of(action: OctopusAction, snapshots: Sequence[SnapshotFile]) -> dict[str, Any]:
    """Return the servers that the instance trusts (`trust`), and those that it polls, if it polls (`servers`). Raises InputError.

    Trusted are those that are said, else all that are to know it.
    """
    said = action.arguments.get("trust")
    # A server may be known by several spaces, and by several URLs: the first is as good as any.
    known: dict[str, str] = {}
    nodes = read_nodes(action.variables, os.environ, server=action.given_of_records, instance=action.given) if snapshots else {}
    polled: dict[str, Nodes] = {}
    for each in snapshots:
        held = each.meta()
        known.setdefault(held.thumbprint, held.url)
        if found := of_one_server(polled.get(held.thumbprint), nodes.get(held.url)):
            polled[held.thumbprint] = found
    trust = list(known) if said is None else list(said)
    if not trust:
        raise InputError("is empty: give the thumbprint of the Octopus Server that may connect.", option="trust")
    return {"trust": trust, "servers": wanted.servers_to_poll(action.arguments, trust=trust, known=known, nodes=polled)}


def without_effect(options: Mapping[str, Any], registrations: Sequence[RegistrationInputs]) -> list[str]:
    """Return what to warn of: what was said of the other style, or of how Octopus reaches a machine that connects by itself."""
    style = options.get("communication_style")
    names: list[str] = []
    if style == "listening":
        names = [each.names["server_addresses"] for each in registrations if "server_addresses" in each.names]
    elif style == "polling":
        names = [each.names.get(option, option) for each in registrations for option in _of_the_way(each)]
    told = [*wanted.without_effect(options), *(f"'{name}' has no effect on a {style} Tentacle." for name in names)]
    return list(dict.fromkeys(told))


def _of_the_way(inputs: RegistrationInputs) -> list[str]:
    """Return the options that say how Octopus reaches a machine, of those that were said of a record."""
    said = inputs.registration
    ways = {"public_hostname": not said.implied, "public_port": said.port is not None, "proxy": bool(said.said.get("proxy"))}
    return [option for option, there in ways.items() if there]
