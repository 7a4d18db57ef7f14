# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.

"""Reading what the key may do."""

from __future__ import annotations

from urllib.parse import quote

from .._core.errors import NotFound, PermissionDenied
from .._core.octopus.permissions import Granted
from .client import Client
from .shapes import Reply

# What the server lists instead of an empty restriction.
_ALL_ENVIRONMENTS = frozenset({"environments-all", "environments-unrelated"})


def read_permissions(client: Client) -> Granted:
    """Return what the client's credential may do in the client's space. Raises NotAuthenticated."""
    user_id = client.get("/api/users/me").id()
    try:
        return granted(client.get(f"/api/users/{quote(user_id, safe='')}/permissions", spaces=client.space_id))
    except (NotFound, PermissionDenied):
        return Granted(unknown=True)


def granted(reply: Reply) -> Granted:
    """Read the server's description of what a user may do. One that is not complete claims nothing. Raises NotOctopus."""
    described = reply.object()
    if described.get("SpacePermissions") is None or described.get("IsPermissionsComplete") is False:
        return Granted(unknown=True)
    told = reply["SpacePermissions"]
    return Granted({permission: tuple(_grant(grant) for grant in told.children(permission)) for permission in told.object()})


def _grant(grant: Reply) -> tuple[str | None, frozenset[str]]:
    space_id = grant.text("SpaceId", needed=False)
    limits = frozenset(str(item.value).lower() for item in grant.children("RestrictedToEnvironmentIds"))
    return space_id or None, frozenset() if limits & _ALL_ENVIRONMENTS else limits
