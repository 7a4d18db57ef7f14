# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What concerns many hosts at once: machines that would overwrite one another."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from .inputs import HostInputs, InstanceInputs
from .tentacle.communication import DEFAULT_PORT

_NAMED = 3


@dataclass(frozen=True)
class _Kind:
    """A thing that no two hosts may share: what it is called, its keys on one instance, and the remedy."""

    words: str
    keys: Callable[[str, InstanceInputs], Iterator[Hashable]]
    remedy: str


def doubles(hosts: Mapping[str, HostInputs]) -> dict[str, str]:
    """Return, for every host that shares its identity, its name in Octopus or its address with another, why that cannot be."""
    told: dict[str, str] = {}
    for kind in _KINDS:
        holders: dict[Hashable, dict[str, None]] = defaultdict(dict)
        for host, inputs in hosts.items():
            for instance in inputs.instances:
                for key in kind.keys(host, instance):
                    holders[key][host] = None
        for sharing in holders.values():
            for host in sharing if len(sharing) > 1 else ():
                others = _listed([other for other in sharing if other != host])
                told.setdefault(host, f"This machine has the same {kind.words} as {others}: {kind.remedy}.")
    return told


def identity_of(host: str, instance: InstanceInputs) -> str:
    """Return the name under which the identity of an instance is kept."""
    return str(instance.tentacle.get("identity_name") or host)


def _identities(host: str, instance: InstanceInputs) -> Iterator[Hashable]:
    certificate = instance.tentacle.get("certificate")
    if certificate:
        yield hashlib.sha256(certificate.reveal().encode()).hexdigest()
    elif instance.tentacle.get("identity_store"):
        yield instance.tentacle["identity_store"], identity_of(host, instance)


def _records(_host: str, instance: InstanceInputs) -> Iterator[Hashable]:
    for each in instance.registrations:
        yield each.connection.url, (each.connection.space or "").casefold(), each.registration.name.casefold()


def _addresses(_host: str, instance: InstanceInputs) -> Iterator[Hashable]:
    for each in instance.registrations:
        yield each.registration.hostname.casefold(), each.registration.port or instance.tentacle.get("port") or DEFAULT_PORT


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    if len(names) <= _NAMED:
        return ", ".join(names)
    return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more"


_KINDS = (
    _Kind(
        "identity",
        _identities,
        "one certificate is one machine to Octopus. Give each its own 'tentacle_identity_name' or 'tentacle_certificate'",
    ),
    _Kind("name in Octopus", _records, "give each its own 'octopus_target_name'"),
    _Kind("address and port", _addresses, "set 'ansible_host' or 'octopus_public_hostname' and 'octopus_public_port'"),
)
