# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""One field of a resource: what users call it, where its record holds it, and when it is as it is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from . import items
from .uri import same_uri

if TYPE_CHECKING:  # they are made of these
    from .resources import ResourceType

Record = Mapping[str, Any]
"""A resource as the server's API gives it. Its shape was checked when it was read (`_server/shapes.py`)."""


class Compare(Enum):
    """When a field is as it is wanted."""

    EXACT = "exact"
    """The same value; outer blanks of a text do not count."""
    CASELESS = "caseless"
    """The same text, whatever its case."""
    SET = "set"
    """The same items, whatever their order and case."""
    URI = "uri"
    """The same place, however it is written."""
    ITEMS = "items"
    """What was said of each item that was named; see items.py."""
    WRITE_ONLY = "write-only"
    """Never: the server tells only whether there is one (octopus-api.md 9.4)."""


LEFT_OUT = object()
"""The initial value of a member that is sent only when it is said: the server knows what a new resource gets."""


@dataclass(frozen=True)
class Field:
    """A field that users may state: the option, the member of the record, and the value of a new one when nothing is said.

    `kind`: the user gives names of these, and the server keeps their ids. `required`: a new resource needs a value that is not empty.
    `on_demand`: which of these there are is asked only when somebody names one. `words`: what users call the server's words.
    `member` may be that of an object in the record (`MachineUpdatePolicy.TentacleUpdateBehavior`). `of` is the type of its value.
    `fixed`: it cannot be changed once the resource is made. `theirs`: items that begin so are the server's own, and stay.
    `closing`: it is brought about before a resource is removed, too.
    """

    option: str
    member: str
    compare: Compare = Compare.EXACT
    kind: ResourceType | None = None
    required: bool = False
    initial: Any = None
    on_demand: bool = False
    words: Mapping[str, str] = field(default_factory=dict)
    of: type = str
    fixed: bool = False
    theirs: str = ""
    closing: bool = False

    def of_record(self, record: Record) -> Any:
        """Return what a record holds, the initial value where it holds nothing."""
        value: Any = record
        for part in self.member.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        if self.theirs and value:
            value = [item for item in value if not item.startswith(self.theirs)]
        return (None if self.initial is LEFT_OUT else self.initial) if value is None else value

    def put(self, body: dict[str, Any], value: Any) -> None:
        """Have a body say `value`; the objects that others hold too are replaced, not changed."""
        *path, last = self.member.split(".")
        for part in path:
            body[part] = body = dict(body.get(part) or {})
        if self.compare is Compare.ITEMS:
            value = items.merged(body.get(last) or (), value)
        elif self.compare is Compare.WRITE_ONLY:
            value = {"HasValue": True, "NewValue": value.reveal()}
        elif self.theirs:
            value = [*value, *(item for item in body.get(last) or () if item.startswith(self.theirs))]
        body[last] = list(value) if isinstance(value, tuple) else value

    def is_kept(self, record: Record) -> bool:
        """Tell whether a record has a value that the server never tells, so that none can be compared."""
        return self.compare is Compare.WRITE_ONLY and self.told(self.of_record(record)) is not None

    def told(self, value: Any) -> Any:
        """Return a value as a change tells it."""
        if self.compare is Compare.ITEMS:
            return items.told(value)
        if self.compare is Compare.WRITE_ONLY:
            held = value or {}
            return "(a new one)" if held.get("NewValue") else "(not told)" if held.get("HasValue") else None
        return list(value) if isinstance(value, tuple) else value

    def same(self, before: Any, after: Any) -> bool:
        """Tell whether what the server holds is what is wanted."""
        if self.compare is Compare.URI:
            return same_uri(before, after)
        if self.compare is Compare.ITEMS:
            return items.merged(before or (), after) == list(before or ())
        if self.compare is Compare.WRITE_ONLY:
            return False
        if self.compare is Compare.SET:
            return {str(item).strip().casefold() for item in before or ()} == {str(item).strip().casefold() for item in after}
        if self.compare is Compare.CASELESS:
            return str(before or "").casefold() == str(after or "").casefold()
        one, other = (value.strip() or None if isinstance(value, str) else value for value in (before, after))
        return bool(one == other)
