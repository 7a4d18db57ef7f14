# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.

"""The shape of what the server sends: read here and nowhere else, so that any other JSON ends in one line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn, TypeVar

from .._core.errors import NotOctopus
from .._core.octopus.field import Compare, Field
from .._core.octopus.resources import ResourceType
from .port import Method

T = TypeVar("T")

Resource = dict[str, Any]
"""Anything that the server keeps, as its API describes it."""

_MEMBERS = {"HealthStatus": str, "StatusSummary": str, "IsDisabled": bool, "Thumbprint": str, "Endpoint": dict}
_LONGEST_ID = 100
_ENDPOINT = {"CommunicationStyle": str, "Uri": str, "Thumbprint": str, "ProxyId": str}


class Reply:
    """The JSON of one reply, or a part of it, that knows where it came from. Every method raises NotOctopus for another shape."""

    def __init__(self, value: Any, server: str, method: Method, path: str) -> None:
        self.value = value
        self._from = (server, method, path)

    def refuse(self, what: str) -> NoReturn:
        """Say that the reply has not the shape that Octopus's API documents."""
        server, method, path = self._from
        raise NotOctopus(f"{server} answered {method} {path} with something that Octopus's API does not document: {what}.")

    def object(self) -> Resource:
        """Return the value, an object."""
        return self._typed(self.value, dict, "an object is missing")

    def items(self) -> list[Reply]:
        """Return the items of the value, a list."""
        return [Reply(item, *self._from) for item in self._typed(self.value, list, "a list is missing")]

    def __getitem__(self, member: str) -> Reply:
        return Reply(self.object().get(member), *self._from)

    def text(self, member: str, *, needed: bool = True) -> str:
        """Return a member that is a text; one that is not `needed` may be null or missing, and is "" then."""
        value = self.object().get(member)
        if value is None and not needed:
            return ""
        text: str = self._typed(value, str, f"'{member}' is not text")
        return text if text.strip() or not needed else self.refuse(f"'{member}' is empty")

    def id(self) -> str:
        """Return the id, which goes into paths and messages."""
        identifier = self.text("Id")
        return identifier if identifier.isprintable() and len(identifier) <= _LONGEST_ID else self.refuse("'Id' is not an id")

    def number(self, member: str) -> int:
        """Return a member that is a whole number."""
        value = self.object().get(member)
        return (
            self.refuse(f"'{member}' is not a number")
            if isinstance(value, bool)
            else self._typed(value, int, f"'{member}' is not a number")
        )

    def children(self, member: str) -> Iterator[Reply]:
        """Yield the items of a member that is a list; null and missing mean none."""
        value = self.object().get(member)
        return iter(() if value is None else self[member].items())

    def resource(self, kind: ResourceType) -> Resource:
        """Return the value, a resource of a type whose members have the shapes that `_core` trusts."""
        self.id()
        self.text(kind.name_member)
        for each in kind.fields:
            self._field(each)
        if kind.endpoint:
            self._members(self.value, _MEMBERS)
            self._members(self.value.get("Endpoint") or {}, _ENDPOINT)
        return self.object()

    def _field(self, each: Field) -> None:
        *path, last = each.member.split(".")
        part = self
        for name in path:
            if part.object().get(name) is None:
                return
            part = part[name]
        value = part.object().get(last)
        if value is None:
            return
        if each.compare is Compare.SET:
            for item in self._typed(value, list, f"'{each.member}' is not a list"):
                self._typed(item, str, f"'{each.member}' holds something other than text")
        elif each.compare is Compare.ITEMS:
            for item in self._typed(value, list, f"'{each.member}' is not a list"):
                Reply(item, *self._from).text("Name")
        else:
            kind = dict if each.compare is Compare.WRITE_ONLY else bool if isinstance(each.initial, bool) else each.of
            self._typed(value, kind, f"'{each.member}' has another type")

    def _members(self, value: Mapping[str, Any], types: Mapping[str, type]) -> None:
        for member, kind in types.items():
            if value.get(member) is not None:
                self._typed(value[member], kind, f"'{member}' has another type")

    def _typed(self, value: Any, kind: type[T], what: str) -> T:
        return value if isinstance(value, kind) else self.refuse(what)
