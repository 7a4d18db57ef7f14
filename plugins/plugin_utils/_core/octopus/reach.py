# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""How Octopus is to reach a machine: from what was said, what the machine shows, and what its own record has."""

from __future__ import annotations

from ..tentacle.communication import DEFAULT_PORT
from ..tentacle.trust import NEW_SUBSCRIPTION
from .endpoint import Endpoint, ListeningEndpoint, PollingEndpoint
from .field import Record
from .registration import Known, Registration
from .uri import host_of, listening_uri, port_of


def wanted_endpoint(said: Registration, known: Known, port: int | None, own: Record | None, server: str, proxy_id: str | None) -> Endpoint:
    """Return the endpoint: what was said, else what the machine's own record has, else what the Tentacle has, else its default.

    `own` is that record, None where there is none; `server` the server's thumbprint, `proxy_id` its proxy on the way to a machine that
    listens. A machine that was not seen yet, whose `port` and subscriptions are not known, is taken to poll as it is said to, or as its
    record has it. One whose subscriptions are known, but not that of this server, keeps the id of its record.
    """
    held = (own.get("Endpoint") or {}) if own else {}
    polled = held.get("CommunicationStyle") == PollingEndpoint.style
    uri = held.get("Uri")
    if known.subscriptions is not None or (port is None and (polled if said.polling is None else said.polling)):
        subscription = (known.subscriptions or {}).get(server) or (uri if polled else None)
        return PollingEndpoint(subscription or NEW_SUBSCRIPTION, known.thumbprint)
    uri = None if polled else uri
    hostname = (host_of(uri) if said.implied else None) or said.hostname
    return ListeningEndpoint(listening_uri(hostname, said.port or port_of(uri) or port or DEFAULT_PORT), known.thumbprint, proxy_id)
