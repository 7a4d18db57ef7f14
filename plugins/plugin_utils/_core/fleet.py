# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What concerns many hosts at once: machines that would overwrite one another."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .inputs import HostInputs, InstanceInputs
from .octopus.resources import ResourceType
from .octopus.uri import canonical_host
from .secret import Secret
from .tentacle.communication import DEFAULT_PORT

_NAMED = 3


@dataclass(frozen=True)
class Claims:
    """What one host has that no other may have, each as keys that are equal where the thing is one. What is not known is missing."""

    identities: frozenset[Hashable] = frozenset()
    records: frozenset[Hashable] = frozenset()
    addresses: frozenset[Hashable] = frozenset()


def claims_of(inputs: HostInputs) -> Claims:
    """Return what a host claims by its inputs."""
    each = [(instance, registration) for instance in inputs.instances for registration in instance.registrations]
    return Claims(
        frozenset(key for instance in inputs.instances if (key := identity_key(instance.tentacle, inputs.host))),
        frozenset(record_key(at.registration.type, at.connection.url, at.connection.space, at.registration.name) for _instance, at in each),
        frozenset(
            address_key(at.registration.hostname, at.registration.port or instance.tentacle.get("port"))
            for instance, at in each
            if instance.tentacle.get("communication_style") != "polling"
        ),
    )


def doubles(hosts: Mapping[str, Claims]) -> dict[str, str]:
    """Return, for every host that shares its identity, its name in Octopus or its address with another, why that cannot be."""
    told: dict[str, str] = {}
    for kind, (words, remedy) in _KINDS.items():
        holders: dict[Hashable, dict[str, None]] = defaultdict(dict)
        for host, claims in hosts.items():
            for key in getattr(claims, kind):
                holders[key][host] = None
        for sharing in holders.values():
            for host in sharing if len(sharing) > 1 else ():
                others = _listed([other for other in sharing if other != host])
                told.setdefault(host, f"This machine has the same {words} as {others}: {remedy}.")
    return told


def identity_of(host: str, instance: InstanceInputs) -> str:
    """Return the name under which the identity of an instance is kept."""
    return str(instance.tentacle.get("identity_name") or host)


def identity_key(said: Mapping[str, Any], host: str) -> Hashable | None:
    """Return what two options `certificate`, or `identity_store` and `identity_name`, are equal by; None where there is no identity."""
    certificate: Secret | None = said.get("certificate")
    if certificate:
        return hashlib.sha256(certificate.reveal().encode()).hexdigest()
    return (said["identity_store"], str(said.get("identity_name") or host)) if said.get("identity_store") else None


def record_key(kind: ResourceType, url: str, space: str | None, name: str) -> Hashable:
    """Return what two names in Octopus are equal by: a target and a worker may have the same."""
    return kind.path, url, (space or "").casefold(), name.strip().casefold()


def address_key(hostname: str, port: int | None) -> Hashable:
    """Return what two addresses for Octopus to use are equal by."""
    return canonical_host(hostname), port or DEFAULT_PORT


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    if len(names) <= _NAMED:
        return ", ".join(names)
    return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more"


_KINDS = {
    "identities": (
        "identity",
        "one certificate is one machine to Octopus. Give each its own 'tentacle_identity_name' or 'tentacle_certificate'",
    ),
    "records": ("name in Octopus", "give each its own 'octopus_target_name' or 'octopus_worker_name'"),
    "addresses": ("address and port", "set 'ansible_host' or 'octopus_public_hostname' and 'octopus_public_port'"),
}
"""What no two hosts may share: what it is called, and the remedy."""
