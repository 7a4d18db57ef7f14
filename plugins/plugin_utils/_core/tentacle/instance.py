# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What an instance of Tentacle shall be, and what it is."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_INSTANCE = "Tentacle"


@dataclass(frozen=True)
class WantedInstance:
    """An instance as the user wants it. Paths are in the host's own notation."""

    name: str
    home: str
    application_directory: str
    thumbprint: str
    port: int = 10933
    listen_ip: str | None = None
    trust: tuple[str, ...] = ()
    trust_exclusive: bool = False
    service_account: str | None = None
    firewall: bool = True


@dataclass(frozen=True)
class TrustedServer:
    """One entry of the trust list, as `show-configuration` tells it (tentacle.md 1.9)."""

    thumbprint: str
    style: int = 1
    address: str | None = None
    subscription_id: str | None = None


@dataclass(frozen=True)
class Configuration:
    """What is on disk: what Tentacle will use the next time that it starts."""

    home: str
    application_directory: str
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
    """Who may use a folder: account ids that have full control, ids that may read, and whether anybody else may do anything."""

    full: frozenset[str] = frozenset()
    readers: frozenset[str] = frozenset()
    exclusive: bool = False


@dataclass(frozen=True)
class FirewallRule:
    """A rule of the host's firewall that lets TCP connections in."""

    open: bool
    ports: str


@dataclass(frozen=True)
class ObservedInstance:
    """What one visit saw of an instance.

    `configuration` is None when there is none or it cannot be read (`broken` then says why); `key_unreadable`: the key in it was
    encrypted on another machine; `live_thumbprint` is what the port really presents; `restart_pending` is the marker that an earlier
    run left before its first change; `firewall_active`: a firewall is at work, and lets in only what a rule names.
    """

    exists: bool = False
    configuration: Configuration | None = None
    broken: str | None = None
    key_unreadable: bool = False
    service: Service | None = None
    live_thumbprint: str | None = None
    restart_pending: bool = False
    leftover_keys: bool = False
    firewall: FirewallRule | None = None
    firewall_active: bool = True
    home_access: Access | None = None
    application_access: Access | None = None

    @property
    def shown_thumbprints(self) -> tuple[str, ...]:
        """The thumbprints by which the host can be known: what its port presents, and what its configuration says.

        A clone's configuration says the thumbprint of the machine that it was cloned from, whose key the clone cannot read.
        """
        configured = self.configuration.thumbprint if self.configuration and not self.key_unreadable else None
        return tuple(dict.fromkeys(thumbprint for thumbprint in (self.live_thumbprint, configured) if thumbprint))
