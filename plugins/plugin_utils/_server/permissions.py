# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.

"""What the key may do. Octopus filters lists instead of refusing them, so a missing permission looks like an empty server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._core.errors import NotFound, PermissionDenied
from .client import Client

NEEDED = ("EnvironmentView", "MachineView", "MachineCreate", "MachineEdit", "MachinePolicyView", "TaskCreate", "TaskView")
"""What it takes to register listening targets and to check their health (octopus-api.md 5.5)."""

_BY_ENVIRONMENT = frozenset({"EnvironmentView", "MachineView", "MachineCreate", "MachineEdit", "MachineDelete"})
# What the server lists instead of an empty restriction.
_ALL_ENVIRONMENTS = frozenset({"environments-all", "environments-unrelated"})


@dataclass(frozen=True)
class Permissions:
    """The permissions of one credential. `unknown`: the server did not tell, or not all, so nothing is claimed.

    `grants` maps a permission to its grants, each a space (None: any) and the lower-case ids of the environments that it is
    restricted to (none: all). AdministerSystem is no grant: it gives nothing in a space.
    """

    grants: Mapping[str, tuple[tuple[str | None, frozenset[str]], ...]] = field(default_factory=dict)
    unknown: bool = False

    @classmethod
    def of(cls, reply: Any) -> Permissions:
        """Read the server's description of what a user may do."""
        told = reply.get("SpacePermissions") if isinstance(reply, dict) else None
        if not isinstance(told, dict) or reply.get("IsPermissionsComplete") is False:
            return cls(unknown=True)
        return cls({permission: tuple(_grant(grant) for grant in grants or ()) for permission, grants in told.items()})

    def lacks(self, needed: Iterable[str], space_id: str, environment_ids: Iterable[str] = ()) -> list[str]:
        """Return which of `needed` are not granted in a space, or not in one of these environments."""
        if self.unknown:
            return []
        wanted = {identifier.lower() for identifier in environment_ids}
        return [permission for permission in needed if not self._grants(permission, space_id, wanted)]

    def _grants(self, permission: str, space_id: str, environment_ids: set[str]) -> bool:
        restrictions = [restriction for space, restriction in self.grants.get(permission, ()) if space in (space_id, None)]
        if not restrictions or permission not in _BY_ENVIRONMENT:
            return bool(restrictions)
        return not all(restrictions) or environment_ids <= frozenset().union(*restrictions)


def read_permissions(client: Client) -> Permissions:
    """Return what the client's credential may do in the client's space. Raises NotAuthenticated."""
    user = client.get("/api/users/me")
    try:
        return Permissions.of(client.get(f"/api/users/{user['Id']}/permissions", spaces=client.space_id))
    except (NotFound, PermissionDenied):
        return Permissions(unknown=True)


def _grant(grant: Mapping[str, Any]) -> tuple[str | None, frozenset[str]]:
    restriction = frozenset(str(identifier).lower() for identifier in grant.get("RestrictedToEnvironmentIds") or ())
    return grant.get("SpaceId") or None, frozenset() if restriction & _ALL_ENVIRONMENTS else restriction
