# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What the server held when the run began."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ..errors import PermissionDenied
from ..text import shown
from .field import Record
from .permissions import ROLE, Granted, needed
from .resources import ResourceType


@dataclass(frozen=True)
class Named:
    """Something that users call by its name, its slug ("" where the server has none) or its id.

    `type`: which sort of it it is, where there are several; `tags`: the canonical names in a tag set; `closed`: it takes no others.
    """

    id: str
    name: str
    slug: str = ""
    type: str = ""
    tags: tuple[str, ...] = ()
    closed: bool = False

    @property
    def foreseen(self) -> bool:
        """Whether it is not there, but would be: then its name stands for an id."""
        return self.id == self.id_of_foreseen(self.name)

    @staticmethod
    def id_of_foreseen(name: str) -> str:
        """Return what stands for the id of something that is not there."""
        return f"({name})"

    @classmethod
    def of(cls, record: Record, kind: ResourceType) -> Named:
        """Read a record of a type. Only tag sets have tags (octopus-api.md 9.6)."""
        slug, sort = (value if isinstance(value, str) else "" for value in (record.get("Slug"), record.get("Type")))
        listed = record.get("Tags")
        found = [tag.get("CanonicalTagName") for tag in listed if isinstance(tag, Mapping)] if isinstance(listed, list) else []
        tags = tuple(name for name in found if isinstance(name, str))
        closed = bool(kind.open_member) and record.get(kind.open_member) is False
        return cls(record["Id"], record[kind.name_member], slug, sort, tags, closed)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return asdict(self)

    @classmethod
    def from_json(cls, read: Mapping[str, Any]) -> Named:
        """Read what `as_json` gave."""
        return cls(**{**read, "tags": tuple(read["tags"])})


@dataclass(frozen=True)
class Snapshot:
    """One space of one server as one credential sees it, read once for the whole fleet.

    `lists` are the things that others are given by, and `records` those that are compared whole, both by the path of their type.
    """

    url: str
    server_version: str
    space_id: str
    space_name: str
    thumbprint: str
    lists: Mapping[str, tuple[Named, ...]]
    granted: Granted = field(default_factory=Granted)
    records: Mapping[str, tuple[Record, ...]] = field(default_factory=dict)

    def missing_permissions(self, kind: ResourceType) -> tuple[str, ...]:
        """What the credential lacks wherever it would be used for machines of this type; empty too when the server did not tell."""
        return tuple(self.granted.lacks(needed(kind), self.space_id))

    def require_permissions(self, kind: ResourceType) -> None:
        """Raise PermissionDenied for a credential that lacks what it takes to register machines of this type."""
        missing = self.missing_permissions(kind)
        if missing:
            words = "the permission" if len(missing) == 1 else "the permissions"
            raise PermissionDenied(f"The API key lacks {words} {', '.join(missing)} in space '{self.space_name}' of {self.url}. {ROLE}")

    def with_list(self, kind: ResourceType, listed: Iterable[Named]) -> Snapshot:
        """Return the snapshot with all things of a type that it did not have."""
        return replace(self, lists={**self.lists, kind.path: tuple(listed)})

    def named(self, kind: ResourceType) -> tuple[Named, ...]:
        """Return the things of a type."""
        return self.lists.get(kind.path, ())

    def with_more(self, new: Mapping[str, Iterable[Named]]) -> Snapshot:
        """Return the snapshot with new things, by the path of their type, in place of their namesakes. Of a type that it has not, none.

        What is there is not replaced by what was only foreseen.
        """
        lists = dict(self.lists)
        for path, things in new.items():
            if path in lists:
                listed = {each.name.strip().casefold(): each for each in lists[path]}
                listed |= {key: each for each in things if (key := each.name.strip().casefold()) not in listed or not each.foreseen}
                lists[path] = tuple(listed.values())
        return replace(self, lists=lists)

    def name_of(self, kind: ResourceType, identifier: str) -> str:
        """Return the name that belongs to an id, or the id where there is none, fit for a message."""
        return shown(next((each.name for each in self.named(kind) if each.id == identifier), identifier), 100)

    def to_json(self) -> str:
        """Return everything but the records as JSON: they are many, and are kept where one can be looked up alone."""
        lists = {path: [each.as_json() for each in listed] for path, listed in self.lists.items()}
        rest = {name: value for name, value in vars(self).items() if name not in ("lists", "granted", "records")}
        return json.dumps({**rest, "lists": lists, "granted": self.granted.as_json()})

    @classmethod
    def from_json(cls, text: str) -> Snapshot:
        """Read what `to_json` wrote."""
        read: dict[str, Any] = json.loads(text)
        lists = {path: tuple(map(Named.from_json, listed)) for path, listed in read.pop("lists").items()}
        return cls(**read | {"lists": lists, "granted": Granted.from_json(read["granted"])})
