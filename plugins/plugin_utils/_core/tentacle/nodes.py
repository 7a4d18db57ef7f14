# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Where one of several servers is polled: each is polled at the nodes that are its own."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import InputError


@dataclass(frozen=True)
class Nodes:
    """The addresses of one server's nodes as `read_address` returns them, and by which name the operator knows what says so."""

    addresses: tuple[str, ...]
    name: str = "server_addresses"


def of_one_server(first: Nodes | None, other: Nodes | None) -> Nodes | None:
    """Return what is said of a server by two of its records; None says nothing. Raises InputError where they do not agree."""
    if first is None or other is None:
        return first or other
    if set(first.addresses) != set(other.addresses):
        raise InputError(
            f"says other addresses than '{first.name}' does, and both are about one server: leave one of them out.", option=other.name
        )
    return first
