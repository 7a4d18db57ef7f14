# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What a port of the host really presents."""

import contextlib
import hashlib
import socket
import ssl
import time
from collections.abc import Mapping
from typing import Any

from . import services, sockets

_ANSWER_SECONDS = 5
_FAREWELL_SECONDS = 2
"""How long connecting and the handshake may take together, and then the farewell; batch.ps1 has the same."""

_PAUSE_SECONDS = 0.3
_DISCOVERY = b"HELLO\n\n"
"""What the server's own discovery says. Tentacle logs an error of a client that says nothing, or leaves before it has its answer."""


def certificate(step: "Mapping[str, Any]") -> str:
    """Return the thumbprint of the certificate that a port presents (tentacle.md 8.2), waiting at most `wait` seconds for it.

    `expect`: the thumbprint to wait for; `unit`: the service behind the port, whose death ends the wait. Another agent of the same
    instance presents the same certificate, so with it the port has to be the unit's. Raises OSError.
    """
    until = time.monotonic() + step["wait"]
    while True:
        try:
            found = _thumbprint(step["address"], step["port"])
            if step.get("expect") not in (None, found):
                raise OSError(f"the port presents the certificate {found}")
            _require_own(step)
            return found
        except OSError:
            died = services.death(step["unit"]) if step.get("unit") else None
            if died:
                raise OSError(f"{died}{_and_who_is_there(step)}") from None
            if time.monotonic() >= until:
                raise
        time.sleep(_PAUSE_SECONDS)


def _thumbprint(address: str, port: int) -> str:
    until = time.monotonic() + _ANSWER_SECONDS
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # the thumbprint is what is trusted, and it is about to be read
    where = f"{address}:{port}"
    with _connected(address, port, where) as plain:
        plain.settimeout(max(until - time.monotonic(), 0.01))
        try:
            encrypted = context.wrap_socket(plain)
        except socket.timeout:
            raise OSError(f"{where} ended no TLS handshake within {_ANSWER_SECONDS} seconds") from None
        except OSError as error:
            raise OSError(f"{where} and this machine agreed on no TLS: {_why(error)}") from None
        with encrypted:
            presented = encrypted.getpeercert(binary_form=True)
            _take_leave(encrypted)
    return hashlib.sha1(presented or b"").hexdigest().upper()


def _connected(address: str, port: int, where: str) -> socket.socket:
    try:
        return socket.create_connection((address, port), timeout=_ANSWER_SECONDS)
    except socket.timeout:
        raise OSError(f"nothing answers on {where}") from None


def _why(error: OSError) -> str:
    """Say why a handshake failed, in the same words whatever the release of OpenSSL."""
    if isinstance(error, (ssl.SSLEOFError, ConnectionError)):
        return "the other side hung up"
    reason = getattr(error, "reason", None)
    return str(reason).replace("_", " ").lower() if reason else str(error)


def _take_leave(encrypted: ssl.SSLSocket) -> None:
    """Ask what a server asks, and stay for the answer, whatever it is."""
    until = time.monotonic() + _FAREWELL_SECONDS
    with contextlib.suppress(OSError):
        encrypted.sendall(_DISCOVERY)
        while time.monotonic() < until:
            encrypted.settimeout(max(until - time.monotonic(), 0.01))
            if not encrypted.recv(4096):
                return


def _require_own(step: "Mapping[str, Any]") -> None:
    stranger = sockets.stranger(step["port"], step["unit"]) if step.get("unit") else None
    if stranger:
        raise OSError(f"it is held by {stranger}, not by the unit {step['unit']}")


def _and_who_is_there(step: "Mapping[str, Any]") -> str:
    stranger = sockets.stranger(step["port"], step["unit"])
    return f", and the port is held by {stranger}" if stranger else ""
