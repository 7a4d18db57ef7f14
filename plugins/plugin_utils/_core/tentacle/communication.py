# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Who connects to whom: what is said of it, as a type."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

DEFAULT_PORT = 10933
"""On which a new Tentacle listens (tentacle.md 1.7)."""

ANY_ADDRESS = "any"
"""What stands for all addresses of the host, where one could be named (tentacle.md 1.7)."""


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
    """Return what the options say, which were checked; None when they say nothing."""
    if style is None and port is None and address is None:
        return None
    return Listening(port, address, implied=style is None)


def plain_address(text: str) -> str | None:
    """Return an IP address in its shortest spelling; None for what is no such address."""
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        return None
