# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Who connects to whom: what is said of it, as a type."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from ..errors import InputError
from ..text import shown

ANY_ADDRESS = "any"
"""What stands for all addresses of the host, where one could be named (tentacle.md 1.7)."""

_LISTENING = "listening"


@dataclass(frozen=True)
class Listening:
    """Octopus Server connects to Tentacle. What was not said is None; `address` may be ANY_ADDRESS.

    `implied`: a port or an address was said, and the style itself was not.
    """

    port: int | None = None
    address: str | None = None
    implied: bool = False


@dataclass(frozen=True)
class Polling:
    """Tentacle connects to Octopus Servers, by their URLs, through a proxy or not. No option says so yet."""

    servers: tuple[str, ...]
    proxy: str | None = None


def communication(style: str | None, port: int | None, address: str | None) -> Listening | None:
    """Return what the options say; None when they say nothing. Raises InputError, which names the option."""
    if style is None and port is None and address is None:
        return None
    if style not in (None, _LISTENING):
        raise InputError(f"must be '{_LISTENING}', and is '{shown(str(style), 60)}'.", option="communication_style")
    if port is not None and not 1 <= port <= 65535:
        raise InputError(f"must be between 1 and 65535, and is {port}.", option="port")
    return Listening(port, None if address is None else _address(address), implied=style is None)


def plain_address(text: str) -> str | None:
    """Return an IP address in its shortest spelling; None for anything else."""
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        return None


def _address(text: str) -> str:
    address = ANY_ADDRESS if text.strip().lower() == ANY_ADDRESS else plain_address(text)
    if address is None:
        raise InputError(
            f"must be an IP address of the host, or '{ANY_ADDRESS}' for all of them, and is '{shown(text, 60)}'.",
            option="listen_ip_address",
        )
    return address
