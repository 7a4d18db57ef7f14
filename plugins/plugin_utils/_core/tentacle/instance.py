# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What an instance of Tentacle should be, and what it is."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..errors import InputError, OperatorError
from .accounts import service_account
from .communication import ANY_ADDRESS, DEFAULT_PORT, Listening
from .folders import Folder
from .paths import host_path, is_absolute, is_windows, normalised, path_key
from .proxy import Proxies, settle_proxies

DEFAULT_INSTANCE = "Tentacle"

_ACTIVE = 2
"""CommunicationStyle of a server that Tentacle connects to (tentacle.md 2.2)."""


@dataclass(frozen=True)
class WantedInstance:
    """An instance as the user wants it. None: not said, so that it stays as the host has it.

    `thumbprint` is that of the host's identity, empty while it is not known. `adopt_directories`: its folders may be such as hold
    something of others. `absent`: the instance is to go, of whatever style it is and whoever runs it.
    """

    name: str
    thumbprint: str = ""
    home: str | None = None
    application_directory: str | None = None
    adopt_directories: bool = False
    communication: Listening | None = None
    trust: tuple[str, ...] = ()
    trust_exclusive: bool = False
    service_account: str | None = None
    firewall: bool = True
    absent: bool = False
    proxies: Proxies = field(default_factory=dict)


@dataclass(frozen=True)
class Defaults:
    """What a new instance gets on this kind of host, where nothing is said of it. Paths are in the host's own notation."""

    home: str
    application_directory: str
    port: int = DEFAULT_PORT


@dataclass(frozen=True)
class Instance:
    """An instance as it should be, complete, and listening.

    `listen_ip` None: all addresses; `service_account` None: SYSTEM or root. Paths are in the host's own notation, normalised.
    `proxies` are those of which something was said.
    """

    name: str
    home: str
    application_directory: str
    thumbprint: str
    port: int
    listen_ip: str | None = None
    trust: tuple[str, ...] = ()
    trust_exclusive: bool = False
    service_account: str | None = None
    firewall: bool = True
    adopt_directories: bool = False
    proxies: Proxies = field(default_factory=dict)

    @property
    def place(self) -> tuple[object, ...]:
        """Where a visit has to look; two instances of one place are observed alike."""
        return (path_key(self.home), path_key(self.application_directory), self.port, self.listen_ip, self.service_account)


@dataclass(frozen=True)
class TrustedServer:
    """One entry of the trust list, as `show-configuration` tells it (tentacle.md 1.9)."""

    thumbprint: str
    style: int = 1
    address: str | None = None
    subscription_id: str | None = None


@dataclass(frozen=True)
class Configuration:
    """What is on disk: what Tentacle will use the next time that it starts. None: nothing is there."""

    home: str | None
    application_directory: str | None
    thumbprint: str | None
    port: int
    listen_ip: str | None
    listens: bool
    trusted: tuple[TrustedServer, ...] = ()


@dataclass(frozen=True)
class Service:
    """The instance's service, in the words of the service manager."""

    running: bool
    automatic: bool
    account: str
    command_line: str


@dataclass(frozen=True)
class Access:
    """Who may use a folder: account ids that have full control, ids that may read, and whether anybody else may do anything.

    `owner`: who owns it, where that is not who should.
    """

    full: frozenset[str] = frozenset()
    readers: frozenset[str] = frozenset()
    exclusive: bool = False
    owner: str | None = None


@dataclass(frozen=True)
class FirewallRule:
    """A rule of the host's firewall that lets TCP connections in."""

    open: bool
    ports: str


@dataclass(frozen=True)
class ObservedInstance:
    """What one visit saw of an instance.

    `configuration` is None when there is none; `broken` says by what evidence the instance has to be made anew, `unreadable` why nobody
    can tell what there is. `key_unreadable`: the key in it was encrypted on another machine; `unconfirmed`: it was read from its file,
    Tentacle itself did not tell it. `live_thumbprint` is what the port really presents; `restart_pending` is the marker that an earlier
    run left before its first change, `state_misfit` what is wrong with the folder of such markers; `firewall_active`: a firewall is at
    work, and lets in only what a rule names, `firewall_problem` why it cannot be asked; `unreachable` is what the service's account must
    pass or read, and cannot. `proxies` is looked at where something is said of them.
    """

    exists: bool = False
    configuration: Configuration | None = None
    broken: str | None = None
    unreadable: str | None = None
    key_unreadable: bool = False
    unconfirmed: bool = False
    service: Service | None = None
    live_thumbprint: str | None = None
    restart_pending: bool = False
    leftover_keys: bool = False
    firewall: FirewallRule | None = None
    firewall_active: bool = True
    firewall_problem: str | None = None
    home_access: Access | None = None
    application_access: Access | None = None
    unreachable: tuple[str, ...] = ()
    proxies: Proxies = field(default_factory=dict)
    home_folder: Folder = field(default_factory=Folder)
    application_folder: Folder = field(default_factory=Folder)
    state_misfit: str | None = None

    @property
    def shown_thumbprints(self) -> tuple[str, ...]:
        """The thumbprints by which the host can be known: what its port presents, and what its configuration says.

        A clone's configuration says the thumbprint of the machine that it was cloned from, whose key the clone cannot read: one that
        Tentacle did not decrypt proves nothing.
        """
        proven = self.configuration is not None and not self.key_unreadable and not self.unconfirmed
        configured = self.configuration.thumbprint if self.configuration and proven else None
        return tuple(dict.fromkeys(thumbprint for thumbprint in (self.live_thumbprint, configured) if thumbprint))


def complete(wanted: WantedInstance, observed: ObservedInstance | None, defaults: Defaults) -> Instance:
    """Complete what is wanted by what a visit saw; `observed` None: nothing was seen yet.

    Raises InputError for a path that cannot be one on this kind of host and for a proxy without a host, and OperatorError for an instance
    that does not listen while nobody said that it shall. All name the option.
    """
    now = observed.configuration if observed else None
    service = observed.service if observed else None
    said = wanted.communication or Listening(implied=True)
    if now is not None and said.implied and not now.listens and not wanted.absent:
        raise _does_not_listen(wanted.name, now)
    account = wanted.service_account or (service.account if service else None)
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
        port=said.port or _usable(now) or defaults.port,
        listen_ip=_listen_ip(said.address, now),
        trust=wanted.trust,
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


def _usable(now: Configuration | None) -> int | None:
    return now.port if now is not None and 1 <= now.port <= 65535 else None


def _listen_ip(said: str | None, now: Configuration | None) -> str | None:
    if said is not None:
        return None if said == ANY_ADDRESS else said
    return now.listen_ip if now is not None else None


def _does_not_listen(name: str, now: Configuration) -> OperatorError:
    does = "polls its Octopus Server" if any(entry.style == _ACTIVE for entry in now.trusted) else "does not listen on a port"
    return OperatorError(
        f"is not set, and the instance '{name}' {does}. Set it to 'listening' to make a listening Tentacle of it.",
        option="communication_style",
    )
