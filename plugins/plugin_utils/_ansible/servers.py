# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Which Octopus Servers an instance trusts and polls, as a task and its host's variables say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._core.errors import InputError
from .._core.inputs import RegistrationInputs
from .._core.tentacle import wanted
from .._store.snapshot import SnapshotFile

if TYPE_CHECKING:
    from .action import OctopusAction


def servers_of(action: OctopusAction, snapshots: Sequence[SnapshotFile]) -> dict[str, Any]:
    """Return the servers that the instance trusts (`trust`), and those that it polls, if it polls (`servers`). Raises InputError.

    Trusted are those that are said, else all that are to know it.
    """
    said = action.arguments.get("trust")
    # A server may be known by several spaces, and by several URLs: the first is as good as any.
    known: dict[str, str] = {}
    for each in snapshots:
        known.setdefault(each.meta().thumbprint, each.meta().url)
    trust = list(known) if said is None else list(said)
    if not trust:
        raise InputError("is empty: give the thumbprint of the Octopus Server that may connect.", option="trust")
    return {"trust": trust, "servers": wanted.servers_to_poll(action.arguments, trust=trust, known=known)}


def without_effect(options: Mapping[str, Any], registrations: Sequence[RegistrationInputs]) -> list[str]:
    """Return what to warn of: what was said of the other style, or of the address of a machine that connects by itself."""
    warnings = wanted.without_effect(options)
    if options.get("communication_style") != "polling":
        return warnings
    records = [each.registration for each in registrations]
    said = {
        "octopus_public_hostname": any(not each.implied for each in records),
        "octopus_public_port": any(each.port is not None for each in records),
        "octopus_proxy": any(each.said.get("proxy") for each in records),
    }
    return [*warnings, *(f"'{name}' has no effect on a polling Tentacle." for name, there in said.items() if there)]
