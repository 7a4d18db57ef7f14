# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""From the servers that an instance trusts and polls to those that it should: pure, and in the words of Tentacle's command line.

`--remove-trust` removes every entry of a thumbprint, exactly as it is spelled; nothing removes a single address (tentacle.md 1.7).
So the entries of a server that is polled where it should not be are all made anew, and with them its subscription id. `--reset-trust`
is never used: it would erase the others' too.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from ..errors import InputError
from ..identity import normalise_thumbprint
from .communication import Listening, PolledServer, Polling
from .instance import ACTIVE, Configuration, Instance, TrustedServer
from .polling import read_subscription, same_server, server_comms_options

Setting = tuple[str, object, object]

NEW_SUBSCRIPTION = "poll://(a new subscription)/"
"""What stands for a subscription id that only a real run will make."""


@dataclass(frozen=True)
class TrustPlan:
    """What is to be done, in this order: thumbprints that `configure` removes and adds, and addresses that `server-comms` adds.

    `after`: the entries that are there then. Nothing is polled of a server that is not trusted first.
    """

    remove: tuple[str, ...]
    add: tuple[str, ...]
    poll: tuple[tuple[str, str], ...]
    after: tuple[TrustedServer, ...]


def plan_trust(wanted: Instance, trusted: tuple[TrustedServer, ...]) -> TrustPlan:
    """Compare, and list what differs. Trust is added to, unless it is said to be exclusive."""
    communication = wanted.communication
    servers = {server.thumbprint: server for server in communication.servers} if isinstance(communication, Polling) else {}
    remove = tuple(sorted({entry.thumbprint for entry in trusted if not _may_stay(entry, wanted, servers, trusted)}))
    after = [entry for entry in trusted if entry.thumbprint not in remove]
    add = tuple(thumbprint for thumbprint in wanted.trust if not _is_trusted(thumbprint, after, exactly=thumbprint in servers))
    for thumbprint in add:
        after = [entry for entry in after if entry.address is not None or entry.thumbprint.upper() != thumbprint]
        after.append(TrustedServer(thumbprint))
    poll: list[tuple[str, str]] = []
    for server in servers.values():
        for address in server.addresses:
            if not any(entry.polled and entry.thumbprint == server.thumbprint and same_server(entry.address, address) for entry in after):
                poll.append((server.thumbprint, address))
                subscription = subscription_of(server.thumbprint, after) or NEW_SUBSCRIPTION
                after.append(TrustedServer(server.thumbprint, ACTIVE, address, subscription))
    return TrustPlan(remove, add, tuple(poll), tuple(after))


def communication_options(wanted: Instance, now: Configuration | None) -> list[str]:
    """Return the options of `Tentacle configure` that say who connects to whom; none when that is so already."""
    options: list[str] = []
    said = wanted.communication
    if isinstance(said, Polling):
        if now is None or now.listens:
            options += ["--noListen", "True"]
        if said.connections and (now is None or now.connections != said.connections):
            options += ["--pollingConnectionCount", str(said.connections)]
    else:
        if now is None or now.port != said.port:
            options += ["--port", str(said.port)]
        if now is None or not now.listens:
            options += ["--noListen", "False"]
        if (now.listen_ip if now else None) != said.address:
            options += ["--listenIpAddress", said.address or "any"]
    trust = plan_trust(wanted, now.trusted if now else ())
    for thumbprint in trust.remove:
        options += ["--remove-trust", thumbprint]
    for thumbprint in trust.add:
        options += ["--trust", thumbprint]
    return options


def server_comms(wanted: Instance, now: Configuration | None) -> tuple[tuple[str, ...], ...]:
    """Return the options of each `Tentacle server-comms` that has to follow `configure`."""
    return tuple(server_comms_options(*server) for server in plan_trust(wanted, now.trusted if now else ()).poll)


def communication_settings(wanted: Instance, now: Configuration | None) -> list[Setting]:
    """Return who connects to whom as settings: what each is called, what it is and what it will be."""
    said, trusted = wanted.communication, now.trusted if now else ()
    after = plan_trust(wanted, trusted).after
    settings: list[Setting] = [("listens", now and now.listens, isinstance(said, Listening))]
    if isinstance(said, Listening):
        settings = [("port", now and now.port, said.port), *settings, ("listen_ip_address", now.listen_ip if now else None, said.address)]
    elif said.connections:
        settings.append(("polling_connection_count", now.connections if now else None, said.connections))
    return [
        *settings,
        ("trust", _once(entry.thumbprint for entry in trusted), _once(entry.thumbprint for entry in after)),
        ("polled_addresses", _once(entry.address for entry in trusted if entry.polled), _once(e.address for e in after if e.polled)),
        ("subscription_ids", _once(e.subscription_id for e in trusted if e.polled), _once(e.subscription_id for e in after if e.polled)),
    ]


def subscription_of(thumbprint: str, trusted: Iterable[TrustedServer]) -> str | None:
    """Return the id under which a server is polled, None when it is not."""
    found = (entry.subscription_id for entry in trusted if entry.polled and entry.thumbprint == thumbprint)
    return next(found, None)


def subscriptions_of(communication: Listening | Polling, trusted: Collection[TrustedServer]) -> dict[str, str] | None:
    """Return the ids under which the servers of an instance are polled, by their thumbprints; None for one that listens."""
    if not isinstance(communication, Polling):
        return None
    return {server.thumbprint: subscription_of(server.thumbprint, trusted) or NEW_SUBSCRIPTION for server in communication.servers}


def lasting_subscriptions(trusted: Iterable[TrustedServer]) -> dict[str, str]:
    """Return the ids under which servers are polled, by their thumbprints, as an identity keeps them.

    An entry that no server can be known by is left out: a thumbprint in another spelling (tentacle.md 8.4), an id that is none.
    """
    found: dict[str, str] = {}
    for entry in trusted:
        with contextlib.suppress(InputError):
            if entry.polled and normalise_thumbprint(entry.thumbprint) == entry.thumbprint:
                found.setdefault(entry.thumbprint, read_subscription(entry.subscription_id or ""))
    return found


def _may_stay(entry: TrustedServer, wanted: Instance, servers: Mapping[str, PolledServer], trusted: Iterable[TrustedServer]) -> bool:
    thumbprint, communication = entry.thumbprint.upper(), wanted.communication
    if thumbprint not in wanted.trust:
        return not wanted.trust_exclusive
    if isinstance(communication, Listening):
        return not (entry.polled and communication.said)
    server = servers.get(thumbprint)
    if server is None or (entry.address is None and entry.style != ACTIVE):
        return True
    # Of two subscriptions, the server's record can name one. A thumbprint in another case finds no server (tentacle.md 8.4).
    own = entry.polled and entry.subscription_id is not None and entry.subscription_id not in wanted.subscriptions_of_others
    right = own and entry.thumbprint == thumbprint and entry.subscription_id == subscription_of(thumbprint, trusted)
    return right and (server.implied or any(same_server(entry.address, address) for address in server.addresses))


def _is_trusted(thumbprint: str, trusted: Iterable[TrustedServer], *, exactly: bool) -> bool:
    return any(thumbprint == (entry.thumbprint if exactly else entry.thumbprint.upper()) for entry in trusted)


def _once(values: Iterable[str | None]) -> list[str | None]:
    return list(dict.fromkeys(values))
