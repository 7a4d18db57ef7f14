# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.

"""A client of one Octopus Server: JSON, spaces, pages and names; no HTTP of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from .._core.errors import Ambiguous, NotFound, NotOctopus, TooOld, UnknownName
from .._core.near import unknown
from .._core.octopus import kinds
from .._core.octopus.connection import Connection
from .._core.octopus.kinds import Kind
from .port import HttpPort, Method
from .replies import read_reply

Resource = dict[str, Any]
"""Anything that the server keeps, as its API describes it."""

_TAKE = 1000


@dataclass(frozen=True)
class Space:
    """A space of the server."""

    id: str
    name: str


class Client:
    """Speaks to one server through a port. Every method raises OctopusError; `space_id`, when it is known, saves a look-up."""

    def __init__(self, port: HttpPort, connection: Connection, *, space_id: str | None = None) -> None:
        self.connection = connection
        self._port = port
        self._space_id = space_id
        self._space: Space | None = None

    @property
    def space(self) -> Space:
        """The space that the connection names; asked for once."""
        if self._space is None:
            self._space = self.resolve_space(self._space_id or self.connection.space)
        return self._space

    @property
    def space_id(self) -> str:
        """The id of that space. Costs no request when the connection names the space by its id."""
        if self._space_id is None:
            named = self.connection.space
            self._space_id = named if named and kinds.SPACE.owns(named) else self.space.id
        return self._space_id

    def root(self) -> Resource:
        """Return the root document. Raises NotOctopus, and TooOld for a server without spaces (octopus-api.md 1.1, 1.2)."""
        document = self.get("/api")
        if not isinstance(document, dict) or "Octopus" not in str(document.get("Application")) or not document.get("Version"):
            raise NotOctopus(f"What answers at {self.connection.url} is not Octopus Server: GET /api brought another application's reply.")
        if "Spaces" not in (document.get("Links") or {}):
            raise TooOld(
                f"Octopus Server at {self.connection.url} is of version {document['Version']}, which has no spaces: 2019.1 is needed."
            )
        return document

    def resolve_space(self, wanted: str | None) -> Space:
        """Find a space by id, name or slug, without regard to case and outer blanks; None is the default space. Raises UnknownName."""
        if wanted is not None and kinds.SPACE.owns(wanted):
            return self._space_by_id(wanted)
        listed = self._list_of(self.get("/api/spaces/all"), "/api/spaces/all")
        if wanted is None:
            found = next((space for space in listed if space.get("IsDefault")), None)
        else:
            found = _named(listed, "Name", wanted) or _named(listed, "Slug", wanted)
        if found is None:
            raise UnknownName(self._no_space(wanted, [str(space["Name"]) for space in listed]))
        return Space(found["Id"], found["Name"])

    def get(self, path: str, **params: str) -> Any:
        """Return the JSON of a path."""
        return self._call("GET", path, params=params)

    def get_one(self, kind: Kind, identifier: str) -> Resource:
        """Return one resource. Raises NotFound."""
        return self._resource("GET", self._path(kind, identifier))

    def list_all(self, kind: Kind, **filters: str | Iterable[str]) -> list[Resource]:
        """Return the resources that the filters admit, of all pages.

        A filter without values admits nothing, and is not sent: to Octopus it would mean that there is no filter (octopus-api.md 3.3).
        """
        chosen = {name: value if isinstance(value, str) else ",".join(value) for name, value in filters.items()}
        if not all(chosen.values()):
            return []
        path = self._path(kind)
        # By id: a page shifts when something is created or deleted before it meanwhile.
        found: dict[str, Resource] = {}
        skip = 0
        while True:
            page = self._call("GET", path, params={**chosen, "skip": str(skip), "take": str(_TAKE)})
            items = self._list_of(page.get("Items") if isinstance(page, dict) else None, path)
            found.update((item["Id"], item) for item in items)
            # A server may give less than was asked for, so only what came counts.
            skip += len(items)
            if not items or skip >= page.get("TotalResults", 0):
                return list(found.values())

    def find_by_name(self, kind: Kind, name: str) -> Resource | None:
        """Return the resource with this name, without regard to case and outer blanks; None when there is none. Raises Ambiguous."""
        wanted = name.strip()
        found = [item for item in self.list_all(kind, **{kind.name_filter: wanted}) if _same(item["Name"], wanted)]
        if len(found) > 1:
            raise Ambiguous(f"The {kind.words} name '{wanted}' is not unique: {', '.join(item['Id'] for item in found)} have it.")
        return found[0] if found else None

    def create(self, kind: Kind, body: Mapping[str, Any]) -> Resource:
        """Create a resource. Raises Rejected, and ReplyLost when it may have been created."""
        return self._resource("POST", self._path(kind), body)

    def update(self, kind: Kind, identifier: str, body: Mapping[str, Any]) -> Resource:
        """Replace a resource: what the body lacks falls back to the server's defaults (octopus-api.md 5.4). Raises NotFound, Rejected."""
        return self._resource("PUT", self._path(kind, identifier), body)

    def delete(self, kind: Kind, identifier: str) -> None:
        """Delete a resource. Raises NotFound."""
        self._call("DELETE", self._path(kind, identifier))

    def _path(self, kind: Kind, identifier: str | None = None) -> str:
        scope = f"{self.space_id}/" if kind.in_space else ""
        return f"/api/{scope}{kind.path}" + (f"/{quote(identifier, safe='')}" if identifier else "")

    def _resource(self, method: Method, path: str, body: Mapping[str, Any] | None = None) -> Resource:
        resource = self._call(method, path, json=body)
        if not isinstance(resource, dict):
            raise NotOctopus(f"{self.connection.url} answered {method} {path} with something else than one of Octopus's resources.")
        return resource

    def _call(self, method: Method, path: str, *, params: Mapping[str, str] | None = None, json: Any = None) -> Any:
        response = self._port.request(method, path, params=params or None, json=dict(json) if json is not None else None)
        return read_reply(response, method, path, self.connection)

    def _list_of(self, value: Any, path: str) -> list[Resource]:
        if not isinstance(value, list):
            raise NotOctopus(f"{self.connection.url} answered GET {path} with something else than one of Octopus's lists.")
        return value

    def _space_by_id(self, identifier: str) -> Space:
        try:
            found = self.get_one(kinds.SPACE, identifier)
        except NotFound:
            raise UnknownName(f"There is no space {identifier} on {self.connection.url}, or the key may not enter it.") from None
        return Space(found["Id"], found["Name"])

    def _no_space(self, wanted: str | None, names: list[str]) -> str:
        if wanted is not None:
            return unknown("space", wanted, names, where=f"on {self.connection.url}", permission=kinds.SPACE.view)
        others = f"; there are {', '.join(repr(name) for name in names)}" if names else ""
        return f"The default space of {self.connection.url} is disabled or closed to this key: set octopus_space{others}."


def _named(resources: list[Resource], field: str, wanted: str) -> Resource | None:
    return next((resource for resource in resources if _same(resource.get(field), wanted)), None)


def _same(one: Any, other: str) -> bool:
    return str(one or "").strip().casefold() == other.strip().casefold()
