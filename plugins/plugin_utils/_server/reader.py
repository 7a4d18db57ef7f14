# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.

"""Reading, once for the whole fleet, what the server holds."""

from __future__ import annotations

from .._core.errors import InputError, NotFound, NotOctopus, PermissionDenied
from .._core.identity import normalise_thumbprint
from .._core.octopus.permissions import Granted
from .._core.octopus.resources import MACHINES, TAG_SET, ResourceType
from .._core.octopus.snapshot import Named, Snapshot
from .._core.text import shown
from .client import Client
from .permissions import read_permissions
from .shapes import Resource

_CERTIFICATE = "configuration/certificates/certificate-global"
_CERTIFICATE_OF_OLD = "certificates/certificate-global"


def read_snapshot(client: Client) -> Snapshot:
    """Read the server, the client's space and its machines: nine requests for up to 1,000 of each type. Raises OctopusError.

    What the key may not see is left empty, so that all missing permissions can be told at once.
    """
    version = client.version()
    space = client.space
    granted = read_permissions(client)
    named = dict.fromkeys(kind for machine in MACHINES for kind in machine.named)
    return Snapshot(
        url=client.connection.url,
        server_version=version,
        space_id=space.id,
        space_name=shown(space.name, 100),
        thumbprint=_thumbprint(client),
        lists={kind.path: tuple(Named.of(resource, kind) for resource in _seen(client, kind, granted, space.id)) for kind in named},
        granted=granted,
        records={kind.path: tuple(_seen(client, kind, granted, space.id)) for kind in MACHINES},
    )


def read_list(client: Client, kind: ResourceType, held: Snapshot) -> list[Named]:
    """Read all things of a type that the snapshot has not: one request for up to 1,000. Raises OctopusError.

    None where the key may not see them.
    """
    return [
        Named.of(resource, kind)
        for resource in _seen(client, kind, held.granted, held.space_id)
        if kind is not TAG_SET or _is_of_tenants(resource)
    ]


def _seen(client: Client, kind: ResourceType, granted: Granted, space_id: str) -> list[Resource]:
    try:
        return [] if granted.lacks([kind.view] if kind.view else [], space_id) else client.list_all(kind)
    except PermissionDenied:
        if granted.unknown:
            return []
        raise


def _is_of_tenants(tag_set: Resource) -> bool:
    """Tell whether tenants have its tags: servers of before its scopes knew no others."""
    scopes = tag_set.get("Scopes")
    return "Tenant" in scopes if isinstance(scopes, list) and scopes else True


def _thumbprint(client: Client) -> str:
    """Return what Tentacles must trust (octopus-api.md 7)."""
    try:
        certificate = client.get(f"/api/{_CERTIFICATE}")
    except NotFound:
        certificate = client.get(f"/api/{_CERTIFICATE_OF_OLD}")
    try:
        return normalise_thumbprint(certificate.text("Thumbprint"))
    except InputError:
        raise NotOctopus(
            f"{client.connection.url} does not tell the thumbprint that Tentacles must trust (GET /api/{_CERTIFICATE})."
        ) from None
