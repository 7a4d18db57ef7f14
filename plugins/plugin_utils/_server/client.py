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

from .._core.errors import Ambiguous, NotOctopus, TooOld, UnknownName
from .._core.near import unknown
from .._core.octopus.connection import Connection
from .._core.octopus.match import same_name
from .._core.octopus.resources import SPACE, ResourceType
from .._core.text import shown
from .port import HttpPort, Method
from .replies import read_reply
from .shapes import Reply, Resource

_TAKE = 1000
# Of a list that never ends: far more pages than any server has, also where it gives fewer items than it was asked for.
_PAGES = 10_000


@dataclass(frozen=True)
class Space:
    """A space of the server; `slug` is "" where the server has none."""

    id: str
    name: str
    slug: str = ""


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
        """The id of that space."""
        if self._space_id is None:
            self._space_id = self.space.id
        return self._space_id

    def version(self) -> str:
        """Return the server's version. Raises NotOctopus, and TooOld for a server without spaces (octopus-api.md 1.1, 1.2)."""
        root = self.get("/api")
        document = root.value if isinstance(root.value, dict) else {}
        if "Octopus" not in str(document.get("Application")) or not document.get("Version"):
            raise NotOctopus(f"What answers at {self.connection.url} is not Octopus Server: GET /api brought another application's reply.")
        version = shown(root.text("Version"), 50)
        if "Spaces" not in root["Links"].object():
            raise TooOld(
                f"Octopus Server at {self.connection.url} is of version {version}, which has no spaces: 2019.1 or newer is needed."
            )
        return version

    def resolve_space(self, wanted: str | None) -> Space:
        """Find a space by name, slug or id, in this order, without regard to case and outer blanks; None is the default space.

        Raises UnknownName, and Ambiguous for the id of one that is the name of another.
        """
        listed = self.get("/api/spaces/all").items()
        spaces = [Space(item.id(), item.text("Name"), item.text("Slug", needed=False)) for item in listed]
        if wanted is None:
            found = [space for space, item in zip(spaces, listed, strict=True) if item.value.get("IsDefault") is True]
        else:
            found, by_slug, by_id = (
                [space for space in spaces if same_name(getattr(space, part), wanted)] for part in ("name", "slug", "id")
            )
            if found and by_id and found != by_id:
                raise Ambiguous(
                    f"'{shown(wanted, 100)}' is the id of the space '{shown(by_id[0].name, 100)}' and the name of {found[0].id} on "
                    f"{self.connection.url}: give {found[0].id}'s slug '{shown(found[0].slug, 100)}', or the name of the other."
                )
            found = found or by_slug or by_id
        if not found:
            raise UnknownName(self._no_space(wanted, [shown(space.name, 100) for space in spaces]))
        return found[0]

    def get(self, path: str, **params: str) -> Reply:
        """Return the JSON of a path."""
        return self._call("GET", path, params=params)

    def get_one(self, kind: ResourceType, identifier: str) -> Resource:
        """Return one resource. Raises NotFound."""
        return self._resource("GET", kind, identifier)

    def list_all(self, kind: ResourceType, **filters: str | Iterable[str]) -> list[Resource]:
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
        for _page in range(_PAGES):
            page = self._call("GET", path, params={**chosen, "skip": str(skip), "take": str(_TAKE)})
            items = page["Items"].items()
            known = len(found)
            found.update((item.id(), item.resource(kind)) for item in items)
            # A server may give less than was asked for, so only what came counts.
            skip += len(items)
            if len(found) == known or skip >= page.number("TotalResults"):
                return list(found.values())
        raise NotOctopus(f"{self.connection.url} never comes to the last page of GET {path}.")

    def template(self, kind: ResourceType) -> Resource:
        """Return what a new resource is like when nothing is said of it, without what only a resource that is there has."""
        told = self.get(f"{self._path(kind)}/template").object()
        return {name: value for name, value in told.items() if name not in ("Id", "Links", "LastModifiedOn", "LastModifiedBy")}

    def find_by_name(self, kind: ResourceType, name: str) -> Resource | None:
        """Return the resource with this name, without regard to case and outer blanks; None when there is none. Raises Ambiguous."""
        wanted = name.strip()
        found = [item for item in self.list_all(kind, **{kind.name_filter: wanted}) if same_name(item["Name"], wanted)]
        if len(found) > 1:
            raise Ambiguous(f"The {kind.words} name '{wanted}' is not unique: {', '.join(item['Id'] for item in found)} have it.")
        return found[0] if found else None

    def create(self, kind: ResourceType, body: Mapping[str, Any]) -> Resource:
        """Create a resource. Raises Rejected, and ReplyLost when it may have been created."""
        return self._resource("POST", kind, None, body)

    def update(self, kind: ResourceType, identifier: str, body: Mapping[str, Any]) -> Resource:
        """Replace a resource: what the body lacks falls back to the server's defaults (octopus-api.md 5.4). Raises NotFound, Rejected."""
        return self._resource("PUT", kind, identifier, body)

    def delete(self, kind: ResourceType, identifier: str) -> None:
        """Delete a resource. Raises NotFound."""
        self._call("DELETE", self._path(kind, identifier))

    def _path(self, kind: ResourceType, identifier: str | None = None) -> str:
        scope = f"{quote(self.space_id, safe='')}/" if kind.in_space else ""
        return f"/api/{scope}{kind.path}" + (f"/{quote(identifier, safe='')}" if identifier else "")

    def _resource(self, method: Method, kind: ResourceType, identifier: str | None, body: Mapping[str, Any] | None = None) -> Resource:
        return self._call(method, self._path(kind, identifier), json=body).resource(kind)

    def _call(self, method: Method, path: str, *, params: Mapping[str, str] | None = None, json: Any = None) -> Reply:
        response = self._port.request(method, path, params=params or None, json=dict(json) if json is not None else None)
        return Reply(read_reply(response, method, path, self.connection), self.connection.url, method, path)

    def _no_space(self, wanted: str | None, names: list[str]) -> str:
        if wanted is not None:
            return unknown("space", wanted, names, where=f"on {self.connection.url}", permission=SPACE.view)
        others = f"; there are {', '.join(repr(name) for name in names)}" if names else ""
        return f"The default space of {self.connection.url} is disabled or closed to this key: set 'octopus_space'{others}."
