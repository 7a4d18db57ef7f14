# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Who connects to whom: what is said of it, and what an instance does, as types."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Literal

from ..errors import InputError
from .version import Version

DEFAULT_PORT = 10933
"""On which a new Tentacle listens (tentacle.md 1.7)."""

ANY_ADDRESS = "any"
"""What stands for all addresses of the host, where one could be named (tentacle.md 1.7)."""

COUNTS_CONNECTIONS = Version.parse("9.2.4154")
"""The first Tentacle that can be told how many connections to keep (tentacle.md 1.7)."""

Style = Literal["listening", "polling"]


@dataclass(frozen=True)
class PolledServer:
    """An Octopus Server that Tentacle connects to: its thumbprint, and the addresses of its nodes as `read_address` returns them.

    `implied`: nobody said the addresses, so that a server which is polled already is polled where it is. `option`: what says them.
    """

    thumbprint: str
    addresses: tuple[str, ...] = ()
    implied: bool = False
    option: str = "server_addresses"


@dataclass(frozen=True)
class Listening:
    """Octopus Server connects to Tentacle. `address` None: at all addresses of the host.

    `said`: it was said, so that the servers it trusts are no longer polled.
    """

    port: int
    address: str | None = None
    said: bool = False


@dataclass(frozen=True)
class Polling:
    """Tentacle connects to Octopus Servers, and opens no port. `connections` to each address; None: as many as there are."""

    servers: tuple[PolledServer, ...]
    connections: int | None = None


@dataclass(frozen=True)
class Said:
    """What the options say, None where they say nothing. `address` may be ANY_ADDRESS.

    `servers` are those to poll where the instance polls, whoever said that it does.
    """

    style: Style | None = None
    port: int | None = None
    address: str | None = None
    servers: tuple[PolledServer, ...] = ()
    connections: int | None = None


def same_door(one: Listening | None, other: Listening) -> bool:
    """Tell whether two instances listen at the same port and address, or one does twice. None: it does not listen."""
    return one is not None and (one.port, one.address) == (other.port, other.address)


def plain_address(text: str) -> str | None:
    """Return an IP address in its shortest spelling; None for what is no such address."""
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        return None


def require_known_count(communication: Listening | Polling, version: Version | None) -> None:
    """Raise InputError for a Tentacle that cannot be told how many connections to keep. `version` None: not known."""
    if isinstance(communication, Polling) and communication.connections and version and version < COUNTS_CONNECTIONS:
        raise InputError(
            f"needs Tentacle {COUNTS_CONNECTIONS} or newer, and this machine has {version}: leave it out, or raise 'tentacle_version'.",
            option="polling_connection_count",
        )
