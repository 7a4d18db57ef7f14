# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Several instances of one host: what one of them has that no other may have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import InputError
from ..identity import NEW_CERTIFICATE
from .communication import same_door
from .instance import Configuration, Instance, ObservedInstance


@dataclass(frozen=True)
class Neighbour:
    """Another instance of the same host. `port` None: it does not listen; `listen_ip` None: on all addresses."""

    name: str
    thumbprint: str | None
    port: int | None
    listen_ip: str | None = None

    @classmethod
    def of(cls, name: str, configuration: Configuration) -> Neighbour:
        """Return the instance that has this configuration."""
        thumbprint = configuration.thumbprint and configuration.thumbprint.upper()
        return cls(name, thumbprint, configuration.port if configuration.listens else None, configuration.listen_ip)


def neighbour_to_be(wanted: Instance) -> Neighbour:
    """Return an instance as the others will know it."""
    at = wanted.listening
    return Neighbour(wanted.name, wanted.thumbprint, at.port if at else None, at.address if at else None)


def takes_a_place(wanted: Instance, observed: ObservedInstance) -> bool:
    """Tell whether an instance is going to have a certificate or a port that it has not had: whether its neighbours matter at all."""
    now = observed.configuration
    if now is None or now.thumbprint != wanted.thumbprint:
        return True
    return wanted.listening is not None and not same_door(now.listening, wanted.listening)


def require_own_place(wanted: Instance, neighbours: Iterable[Neighbour]) -> None:
    """Raise InputError for an instance that would have the certificate of another one of its host, or listen where that does.

    Octopus tells machines by their certificates: a shared one would turn the record of the one into the record of the other.
    """
    own = neighbour_to_be(wanted)
    for other in neighbours:
        if own.thumbprint not in ("", NEW_CERTIFICATE) and own.thumbprint == other.thumbprint:
            raise InputError(
                f"The instance '{other.name}' of this machine has the same certificate, and one certificate is one machine to Octopus: "
                "give each instance its own 'tentacle_identity_name' or 'tentacle_certificate', or take that one off ('state: absent')."
            )
        if own.port is not None and own.port == other.port and _meet(own.listen_ip, other.listen_ip):
            raise InputError(
                f"is {own.port}, on which the instance '{other.name}' of this machine listens. Give each its own, or take that one off "
                "('state: absent').",
                option="port",
            )


def _meet(one: str | None, other: str | None) -> bool:
    return one is None or other is None or one == other
