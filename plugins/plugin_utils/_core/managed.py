# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What a run may make of the things that its inventory names and the server lacks (`octopus_manage`)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from .errors import InputError
from .near import near_misses
from .octopus import prerequisites
from .octopus.field import Record
from .octopus.items import Items
from .octopus.match import same_name
from .octopus.registration import Registration
from .octopus.resources import ResourceType
from .text import shown

KINDS: Mapping[str, ResourceType] = MappingProxyType(
    {
        "environments": prerequisites.ENVIRONMENT,
        "worker_pools": prerequisites.WORKER_POOL,
        "tenants": prerequisites.TENANT,
        "tag_sets": prerequisites.TAG_SET,
    }
)
"""What can be made by its name alone. Of a tag set, a registration names tags, as `Set/Tag`: both are made."""


@dataclass(frozen=True)
class Thing:
    """Something that is named, by its name; `tag`: of a tag set, one of its tags."""

    kind: ResourceType
    name: str
    tag: str = ""

    @property
    def key(self) -> str:
        """Tells it apart from others; names that differ in case alone are one."""
        return f"{self.kind.path}\n{self.name.casefold()}\n{self.tag.casefold()}"

    def __str__(self) -> str:
        return f"{self.name}/{self.tag}" if self.tag else self.name


def kinds(value: Iterable[str]) -> list[str]:
    """Return what is to be made, each once. Raises InputError."""
    for word in value:
        if word not in KINDS:
            near = near_misses(word.replace("-", "_"), KINDS, limit=1)
            meant = f" Did you mean '{near[0]}'?" if near else f" There are {', '.join(KINDS)}."
            raise InputError(f"holds '{shown(word, 60)}', which is nothing that can be made by its name.{meant}")
    return list(dict.fromkeys(value))


def things(registration: Registration, managed: Collection[str]) -> tuple[Thing, ...]:
    """Return what a registration names of the kinds that may be made, by the fields of its type."""
    by_path = {KINDS[word].path: KINDS[word] for word in managed}
    found: dict[str, Thing] = {}
    for each in registration.type.stated:
        kind = by_path.get(each.kind.path) if each.kind else None
        if kind is None:
            continue
        said = registration.said.get(each.option)
        for thing in _things(kind, [said] if isinstance(said, str) else said or ()):
            found.setdefault(thing.key, thing)
    return tuple(found.values())


def lacks(thing: Thing, listed: Iterable[Record]) -> bool:
    """Tell whether the server lacks a thing, among all of its type. What is written as an id is no name to make something of."""
    if thing.kind.owns(thing.name):
        return False
    record = namesake(thing.name, listed)
    return record is None or bool(thing.tag and record.get("Type") != "FreeText" and not _has_tag(record, thing.tag))


def namesake(name: str, listed: Iterable[Record]) -> Record | None:
    """Return what has a name, as its name, slug or id."""
    return next((each for each in listed if any(same_name(str(each.get(word) or ""), name) for word in ("Name", "Slug", "Id"))), None)


def said_of(things: Collection[Thing]) -> dict[str, Any]:
    """Return what is said of one that has to be made for things of the same name."""
    tags = tuple({"name": thing.tag} for thing in things if thing.tag)
    return {"tags": Items(tags)} if tags else {}


def _has_tag(record: Record, tag: str) -> bool:
    return any(same_name(str(each.get("Name") or ""), tag) for each in record.get("Tags") or ())


def _things(kind: ResourceType, names: Iterable[str]) -> Iterator[Thing]:
    if kind is not prerequisites.TAG_SET:
        yield from (Thing(kind, name.strip()) for name in names)
        return
    for name in names:
        tag_set, slash, tag = (part.strip() for part in name.partition("/"))
        if slash and tag_set and tag and "/" not in tag:  # what is no canonical name is refused where it is read
            yield Thing(kind, tag_set, tag)
