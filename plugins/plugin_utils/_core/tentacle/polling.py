# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The addresses at which a polling Tentacle finds its Octopus Server."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from ..errors import InputError
from ..octopus.endpoint import check_address
from ..octopus.uri import canonical_host
from ..text import shown

DEFAULT_POLLING_PORT = 10943
"""On which Octopus Server waits for polling Tentacles (tentacle.md 1.8)."""

_CLOUD = ".octopus.app"
_CLOUD_PORT = 443
"""Octopus Cloud takes polling Tentacles at a name of its own, on the port that every firewall lets out (tentacle.md 5)."""

_SUBSCRIPTION = re.compile(r"poll://([a-z0-9][a-z0-9.-]*)/?")

_PORTS = {"https": DEFAULT_POLLING_PORT, "wss": 443}


def read_address(text: str) -> str:
    """Return an address to poll in one spelling: `https://host:port`, or `wss://host:port/path` for a WebSocket.

    Raises InputError for anything else. `host`, `host:port` and `https://host` are fine: the port is 10943, at Octopus Cloud 443.
    """
    bare = text.strip()
    try:
        parts = urlsplit(bare if "://" in bare else f"https://{bare}")
        port = parts.port
        host = check_address(parts.hostname or "")
    except (ValueError, InputError):
        raise _no_address(text) from None
    path = parts.path.rstrip("/") if parts.scheme == "wss" else ""
    clean = not (parts.username or parts.password or parts.query or parts.fragment) and parts.path.strip("/") == path.strip("/")
    if parts.scheme not in _PORTS or port == 0 or not clean:
        raise _no_address(text)
    usual = _CLOUD_PORT if host.endswith(_CLOUD) else _PORTS[parts.scheme]
    return f"{parts.scheme}://{_in_brackets(host)}:{port or usual}{path}"


def usual_address(url: str) -> str:
    """Return where a server is polled whose URL this is, when nobody says it."""
    host = canonical_host(urlsplit(url).hostname or "")
    if host.endswith(_CLOUD):
        return f"https://polling.{host}:{_CLOUD_PORT}"
    return f"https://{_in_brackets(host)}:{DEFAULT_POLLING_PORT}"


def known_address(text: str) -> str | None:
    """Return the address of an entry as `read_address` spells it; None for one that cannot be read."""
    try:
        return read_address(text)
    except InputError:
        return None


def same_server(one: str | None, other: str) -> bool:
    """Tell whether an entry's address is this one, however Tentacle or a user has spelled it (tentacle.md 2.2)."""
    return one is not None and known_address(one) == other


def read_subscription(text: str) -> str:
    """Return a subscription id as Octopus keeps it, `poll://…/` (tentacle.md 5). Raises InputError."""
    found = _SUBSCRIPTION.fullmatch(text.strip().lower())
    if found is None:
        raise InputError(f"must be the id under which a Tentacle polls, such as poll://wp2xxnhgpk6luexeyfnw/, and is '{shown(text, 60)}'.")
    return f"poll://{found[1]}/"


def is_websocket(address: str) -> bool:
    """Tell whether an address is a WebSocket's."""
    return address.startswith("wss:")


def server_comms_options(thumbprint: str, address: str) -> tuple[str, ...]:
    """Return the options of `Tentacle server-comms` by which a trusted server is polled at an address (tentacle.md 1.8)."""
    active = ("--style", "TentacleActive", "--thumbprint", thumbprint)
    if is_websocket(address):
        return (*active, "--web-socket", address)
    host, _colon, port = address.removeprefix("https://").rpartition(":")
    return (*active, "--host", host, "--port", port)


def _in_brackets(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _no_address(text: str) -> InputError:
    return InputError(
        "must be addresses of Octopus Server such as https://octopus.example.com:10943, without a path, "
        f"or wss://octopus.example.com:443/path, and is '{shown(text, 100)}'."
    )
