# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.

"""Reading, once for the whole fleet, what the server holds."""

from __future__ import annotations

from .._core.errors import NotFound, NotOctopus
from .._core.octopus import kinds
from .._core.octopus.kinds import Kind
from .._core.octopus.snapshot import Snapshot
from .client import Client, Resource
from .permissions import NEEDED, read_permissions

_CERTIFICATE = "configuration/certificates/certificate-global"
_CERTIFICATE_OF_OLD = "certificates/certificate-global"


def read_snapshot(client: Client) -> Snapshot:
    """Read the server, the client's space and its targets: eight requests for up to 1,000 targets. Raises OctopusError.

    What the key may not see is left empty, so that all missing permissions can be told at once.
    """
    version = str(client.root()["Version"])
    space = client.space
    missing = tuple(read_permissions(client).lacks(NEEDED, space.id))
    policies = _seen(client, kinds.MACHINE_POLICY, missing)
    return Snapshot(
        url=client.connection.url,
        server_version=version,
        space_id=space.id,
        space_name=space.name,
        thumbprint=_thumbprint(client),
        environments=_names(_seen(client, kinds.ENVIRONMENT, missing)),
        machine_policies=_names(policies),
        default_machine_policy_id=next((policy["Id"] for policy in policies if policy.get("IsDefault")), None),
        missing_permissions=missing,
        machines=tuple(_seen(client, kinds.MACHINE, missing)),
    )


def _seen(client: Client, kind: Kind, missing: tuple[str, ...]) -> list[Resource]:
    return [] if kind.view in missing else client.list_all(kind)


def _names(resources: list[Resource]) -> dict[str, str]:
    return {resource["Id"]: resource["Name"] for resource in resources}


def _thumbprint(client: Client) -> str:
    """Return what Tentacles must trust (octopus-api.md 7)."""
    try:
        certificate = client.get(f"/api/{_CERTIFICATE}")
    except NotFound:
        certificate = client.get(f"/api/{_CERTIFICATE_OF_OLD}")
    thumbprint = certificate.get("Thumbprint") if isinstance(certificate, dict) else None
    if not thumbprint:
        raise NotOctopus(f"{client.connection.url} does not tell the thumbprint that Tentacles must trust (GET /api/{_CERTIFICATE}).")
    return str(thumbprint).upper()
