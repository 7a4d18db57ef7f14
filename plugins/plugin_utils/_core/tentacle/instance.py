# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What an instance of Tentacle should be, and what it is."""

from __future__ import annotations

from dataclasses import dataclass, field

from .communication import DEFAULT_PORT, Listening, Polling, Said
from .folders import Folder
from .paths import path_key
from .proxy import Proxies

DEFAULT_INSTANCE = "Tentacle"

ACTIVE = 2
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
    communication: Said = field(default_factory=Said)
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
    """An instance as it should be, complete.

    `service_account` None: SYSTEM or root. Paths are in the host's own notation, normalised. `proxies` are those of which something was
    said, `subscriptions_of_others` those of its subscription ids under which another machine polls.
    """

    name: str
    home: str
    application_directory: str
    thumbprint: str
    communication: Listening | Polling
    trust: tuple[str, ...] = ()
    trust_exclusive: bool = False
    service_account: str | None = None
    firewall: bool = True
    adopt_directories: bool = False
    proxies: Proxies = field(default_factory=dict)
    subscriptions_of_others: frozenset[str] = frozenset()

    @property
    def listening(self) -> Listening | None:
        """Where it listens; None for one that polls, and opens no port."""
        return self.communication if isinstance(self.communication, Listening) else None

    @property
    def port(self) -> int | None:
        """The port on which it listens, None for one that polls."""
        return self.listening.port if self.listening else None

    @property
    def place(self) -> tuple[object, ...]:
        """Where a visit has to look; two instances of one place are observed alike."""
        door = (self.listening.port, self.listening.address) if self.listening else None
        return (path_key(self.home), path_key(self.application_directory), door, self.service_account)


@dataclass(frozen=True)
class TrustedServer:
    """One entry of the trust list, as `show-configuration` tells it (tentacle.md 1.9)."""

    thumbprint: str
    style: int = 1
    address: str | None = None
    subscription_id: str | None = None

    @property
    def polled(self) -> bool:
        """Whether Tentacle connects to it."""
        return self.style == ACTIVE and self.address is not None


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
    connections: int | None = None

    @property
    def listening(self) -> Listening | None:
        """Where it listens, None when it opens no port."""
        return Listening(self.port, self.listen_ip) if self.listens else None


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
