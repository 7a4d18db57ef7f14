# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What a port of the host really presents."""

from __future__ import annotations

import hashlib
import socket
import ssl
import time
from collections.abc import Mapping
from typing import Any

from . import services

_CONNECT_SECONDS = 5
_PAUSE_SECONDS = 0.3


def certificate(step: Mapping[str, Any]) -> str:
    """Return the thumbprint of the certificate that a port presents (tentacle.md 8.2), waiting at most `wait` seconds for it.

    `expect`: the thumbprint to wait for; `unit`: the service behind the port, whose death ends the wait. Raises OSError.
    """
    until = time.monotonic() + step["wait"]
    while True:
        try:
            found = _thumbprint(step["address"], step["port"])
            if step.get("expect") in (None, found):
                return found
            raise OSError(f"the port presents the certificate {found}")
        except OSError:
            died = services.death(step["unit"]) if step.get("unit") else None
            if died:
                raise OSError(died) from None
            if time.monotonic() >= until:
                raise
        time.sleep(_PAUSE_SECONDS)


def _thumbprint(address: str, port: int) -> str:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # the thumbprint is what is trusted, and it is about to be read
    with socket.create_connection((address, port), timeout=_CONNECT_SECONDS) as plain, context.wrap_socket(plain) as encrypted:
        presented = encrypted.getpeercert(binary_form=True)
    return hashlib.sha1(presented or b"").hexdigest().upper()
