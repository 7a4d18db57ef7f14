# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What a credential may do, in which space and environments. Octopus filters lists instead of refusing them (octopus-api.md 1.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .resources import MACHINE_POLICY, TASK, ResourceType

ROLE = "The role 'Environment Manager' has all that is needed."


def needed(kind: ResourceType) -> tuple[str, ...]:
    """Return what it takes to register listening machines of a type and to check their health (octopus-api.md 5.5)."""
    places = [kind.places.kind.view] if kind.places and kind.places.kind else []
    machines, tasks = kind.permissions, TASK.permissions
    return tuple(dict.fromkeys((*places, kind.view, machines.create, machines.edit, MACHINE_POLICY.view, tasks.create, tasks.view)))


@dataclass(frozen=True)
class Granted:
    """The permissions of one credential. `unknown`: the server did not tell, or not all, so nothing is claimed.

    `grants` maps a permission to its grants, each a space (None: any) and the lower-case ids of the environments that it is
    restricted to (none: all). AdministerSystem does not count: it gives nothing in a space.
    """

    grants: Mapping[str, tuple[tuple[str | None, frozenset[str]], ...]] = field(default_factory=dict)
    unknown: bool = False

    def lacks(self, needed: Iterable[str], space_id: str) -> list[str]:
        """Return which of `needed` are granted nowhere in a space."""
        return [permission for permission in needed if not (self.unknown or self._limits(permission, space_id))]

    def beyond(self, permission: str, space_id: str, environment_ids: Iterable[str]) -> list[str]:
        """Return those of the environments in which a permission is not granted."""
        limits = self._limits(permission, space_id)
        if self.unknown or (limits and not all(limits)):
            return []
        reached = frozenset().union(*limits)
        return [identifier for identifier in environment_ids if identifier.lower() not in reached]

    def as_json(self) -> dict[str, Any]:
        """Return the permissions as JSON holds them."""
        grants = {name: [[space_id, sorted(limits)] for space_id, limits in grants] for name, grants in self.grants.items()}
        return {"grants": grants, "unknown": self.unknown}

    @classmethod
    def from_json(cls, read: Mapping[str, Any]) -> Granted:
        """Read what `as_json` gave."""
        grants = {name: tuple((space_id, frozenset(limits)) for space_id, limits in grants) for name, grants in read["grants"].items()}
        return cls(grants, read["unknown"])

    def _limits(self, permission: str, space_id: str) -> list[frozenset[str]]:
        return [limits for space, limits in self.grants.get(permission, ()) if space in (space_id, None)]


def lacking(granted: Granted, kind: ResourceType, space_id: str, wanted: Iterable[str], held: Iterable[str] | None) -> dict[str, list[str]]:
    """Return the permissions that a write would lack, each with the environments concerned.

    A new resource (`held` None) needs the permission to create in each of its environments. One that exists needs the permission to
    edit in one of those that it is in, and in each that it is put into (octopus-api.md 1.4; the server's own words are "in at least one").
    """
    needs = kind.permissions
    if held is None:
        refused = {needs.create: granted.beyond(needs.create, space_id, wanted)}
    else:
        present = list(held)
        out_of_reach = granted.beyond(needs.edit, space_id, present)
        added = [identifier for identifier in wanted if identifier.lower() not in {each.lower() for each in present}]
        beyond = granted.beyond(needs.edit, space_id, added)
        refused = {needs.edit: beyond if len(out_of_reach) < len(present) or not present else [*out_of_reach, *beyond]}
    return {permission: environments for permission, environments in refused.items() if environments}
