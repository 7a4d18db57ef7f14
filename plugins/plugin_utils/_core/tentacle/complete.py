# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""From what is said of an instance, and what there is of it, to what it should be: nothing that was not said is changed."""

from __future__ import annotations

from dataclasses import replace

from ..errors import InputError, OperatorError
from .accounts import service_account
from .communication import ANY_ADDRESS, Listening, PolledServer, Polling, Said, Style
from .instance import Configuration, Defaults, Instance, ObservedInstance, WantedInstance
from .paths import host_path, is_absolute, is_windows, normalised
from .polling import is_websocket, known_address
from .proxy import settle_proxies


def complete(wanted: WantedInstance, observed: ObservedInstance | None, defaults: Defaults) -> Instance:
    """Complete what is wanted by what a visit saw; `observed` None: nothing was seen yet.

    Raises InputError for a path or an address that cannot be one on this kind of host and for a proxy without a host, and OperatorError
    for an instance that neither listens nor polls while nobody said what it shall do. All name the option.
    """
    now = observed.configuration if observed else None
    service = observed.service if observed else None
    account = wanted.service_account or (service.account if service else None)
    communication = _communication(wanted, now, defaults)
    polled = [server.thumbprint for server in communication.servers] if isinstance(communication, Polling) else []
    return Instance(
        name=wanted.name,
        home=_path("home_directory", wanted.home, now.home if now else None, defaults.home),
        application_directory=_path(
            "application_directory",
            wanted.application_directory,
            now.application_directory if now else None,
            defaults.application_directory,
        ),
        thumbprint=wanted.thumbprint,
        communication=communication,
        trust=tuple(dict.fromkeys((*wanted.trust, *polled))),
        trust_exclusive=wanted.trust_exclusive,
        service_account=None if wanted.absent else service_account(account, windows=is_windows(defaults.home)),
        firewall=wanted.firewall,
        adopt_directories=wanted.adopt_directories,
        proxies=settle_proxies(wanted.proxies, observed.proxies if observed else None),
    )


def _path(option: str, said: str | None, found: str | None, default: str) -> str:
    if said is not None:
        try:
            return host_path(said, is_windows(default))
        except InputError as error:
            raise InputError(str(error), option=option) from None
    # Tentacle makes its paths full; one that is not was written by somebody else, and nothing can be found by it.
    return normalised(found) if found and is_absolute(found) else default


def _communication(wanted: WantedInstance, now: Configuration | None, defaults: Defaults) -> Listening | Polling:
    said = wanted.communication
    # To be removed, an instance is looked for at the port that it may have.
    style = "listening" if wanted.absent else said.style or _style(wanted.name, now)
    if style == "polling":
        return _polling(said, now, windows=is_windows(defaults.home))
    return Listening(said.port or _usable(now) or defaults.port, _listen_ip(said.address, now), said=said.style is not None)


def _style(name: str, now: Configuration | None) -> Style:
    """Return what an instance does that nobody said anything of: a new one listens."""
    if now is None or now.listens:
        return "listening"
    if not any(entry.polled for entry in now.trusted):
        raise OperatorError(
            f"is not set, and the instance '{name}' neither listens on a port nor polls an Octopus Server. "
            "Set it to 'listening' or 'polling'.",
            option="communication_style",
        )
    return "polling"


def _polling(said: Said, now: Configuration | None, *, windows: bool) -> Polling:
    found = [_with_addresses(server, now) for server in said.servers]
    servers = tuple(server for server in found if server.addresses)
    if said.style and not (servers and len(servers) == len(found)):
        raise InputError("is missing: give the addresses at which the Octopus Server waits for polling Tentacles.", "server_addresses")
    for server in servers:
        if not windows and any(map(is_websocket, server.addresses)):
            raise InputError("must be https:// addresses: Tentacle uses WebSockets (wss://) on Windows alone.", option=server.option)
    return Polling(servers, said.connections or (now.connections if now else None))


def _with_addresses(server: PolledServer, now: Configuration | None) -> PolledServer:
    """Return a server with the addresses at which it is polled already, where nobody said any."""
    found = [entry.address for entry in (now.trusted if now else ()) if entry.polled and entry.thumbprint == server.thumbprint]
    known = tuple(dict.fromkeys(address for text in found if text and (address := known_address(text))))
    return replace(server, addresses=known) if server.implied and known else server


def _usable(now: Configuration | None) -> int | None:
    return now.port if now is not None and 1 <= now.port <= 65535 else None


def _listen_ip(said: str | None, now: Configuration | None) -> str | None:
    if said is not None:
        return None if said == ANY_ADDRESS else said
    return now.listen_ip if now is not None else None
