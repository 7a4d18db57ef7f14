# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""From what is wanted and what the server holds to the changes between the two, and to what is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..change import Change
from ..errors import InputError, UnknownName
from ..near import unknown
from ..text import shown
from .endpoint import Endpoint, endpoint_body, endpoint_changes
from .field import LEFT_OUT, Compare, Field, Record
from .match import same_name
from .resources import TAG_SET, ResourceType
from .snapshot import Named, Snapshot
from .tenancy import canonical_tags

_NAME = Field("name", "Name")


@dataclass(frozen=True)
class Wanted:
    """A resource as it is wanted. `values` are the fields that were said, by option, with ids in place of names."""

    name: str
    values: Mapping[str, Any] = field(default_factory=dict)
    endpoint: Endpoint | None = None


@dataclass(frozen=True)
class Plan:
    """What is to change, and the whole body that makes it so. No changes: nothing is to be sent."""

    changes: tuple[Change, ...]
    body: Mapping[str, Any]


def resolve(kind: ResourceType, said: Mapping[str, Any], snapshot: Snapshot) -> dict[str, Any]:
    """Return the values of the fields with names turned into ids: by name, slug or id; "" where that says none.

    Raises UnknownName, which lists near misses, and InputError for tags that do not go together and for what takes no others, such as a
    dynamic worker pool.
    """
    return {each.option: _resolved(each, said[each.option], snapshot) for each in kind.stated if said.get(each.option) is not None}


def require_fields(kind: ResourceType, values: Mapping[str, Any]) -> None:
    """Raise InputError for a new resource that lacks what it needs."""
    for each in kind.fields:
        if each.required and not values.get(each.option):
            needed = "at least one" if each.compare is Compare.SET else "it"
            raise InputError(f"is empty, and a new {kind.words} needs {needed}.", option=each.option)
    if kind.needs_one_of and not any(values.get(option) for option in kind.needs_one_of):
        first, *others = kind.needs_one_of
        there = " or ".join(f"'{option}'" for option in others)
        raise InputError(f"is empty, and a new {kind.words} needs at least one here or in {there}.", option=first)


def plan(kind: ResourceType, wanted: Wanted, record: Record | None, *, space_id: str, template: Mapping[str, Any] | None = None) -> Plan:
    """List what differs in the fields that were said, and write the body: of a PUT, which replaces all (octopus-api.md 5.4), or of a POST.

    `record` None: there is none, and a new one begins as `template` where there is one. Nothing of a record is touched but what differs.

    Raises InputError for what contradicts the record, or cannot be changed any more.
    """
    held: Record = record or {}
    values = kind.finish(wanted.values, held) if kind.finish else wanted.values
    body = dict(held) if record is not None else {**(template or {}), **_new(kind, space_id)}
    changes = [] if record is not None else [Change(kind.noun, None, wanted.name)]
    for each, after in ((_NAME, wanted.name), *_said(kind, values)):
        before = each.of_record(held)
        if not each.same(before, after):
            if each.fixed and record is not None:
                raise InputError(f"is '{before}' and cannot be changed: remove this {kind.words} first.", option=each.option)
            each.put(body, after)
            changes.append(Change(each.option, each.told(before), each.told(each.of_record(body))))
    if wanted.endpoint is not None:
        differences = endpoint_changes(wanted.endpoint, held.get("Endpoint") or {})
        changes += differences
        if differences:
            body["Endpoint"] = endpoint_body(wanted.endpoint, held.get("Endpoint") or {})
        if differences and record is not None:  # the server mirrors these two (octopus-api.md 4.1), and a body must not contradict itself
            body.update({member: body["Endpoint"][member] for member in ("Thumbprint", "Uri")})
    return Plan(tuple(changes), body)


def with_names(kind: ResourceType, changes: Iterable[Change], snapshot: Snapshot) -> tuple[Change, ...]:
    """Return the changes with names in place of ids, as an operator knows them."""
    known = {each.option: {named.id: named.name for named in snapshot.named(each.kind)} for each in kind.stated if each.kind}
    known |= {each.option: {word: ours for ours, word in each.words.items()} for each in kind.stated if each.words}

    def named(path: str, value: Any) -> Any:
        if isinstance(value, list):
            return [named(path, item) for item in value]
        return known.get(path, {}).get(value, value) if isinstance(value, str) else value

    return tuple(replace(change, before=named(change.path, change.before), after=named(change.path, change.after)) for change in changes)


def _resolved(each: Field, value: Any, snapshot: Snapshot) -> Any:
    if each.kind is TAG_SET:
        return canonical_tags(value, snapshot.named(TAG_SET), _in_space(snapshot), each.option)
    if each.compare is Compare.SET:
        ids = (
            {_id_of(each, each.kind, item, snapshot): None for item in value} if each.kind else {str(item).strip(): None for item in value}
        )
        return tuple(ids)
    if each.kind and value != "":
        return _id_of(each, each.kind, value, snapshot)
    return each.words.get(value, value) if each.words else value


def _said(kind: ResourceType, values: Mapping[str, Any]) -> Iterator[tuple[Field, Any]]:
    return ((each, values[each.option]) for each in kind.fields if each.option in values)


def _new(kind: ResourceType, space_id: str) -> dict[str, Any]:
    initial = {each.member: each.initial for each in kind.fields if each.initial is not LEFT_OUT}
    place = {"SpaceId": space_id} if kind.in_space else {}
    return {**place, **{member: list(value) if isinstance(value, tuple) else value for member, value in {**kind.new, **initial}.items()}}


def _id_of(field: Field, kind: ResourceType, text: str, snapshot: Snapshot) -> str:
    """Find what a text names in the order in which Octopus's own registration looks (octopus-api.md 11.1)."""
    listed = snapshot.named(kind)
    for spelling in ("name", "slug", "id"):
        found = next((each for each in listed if same_name(getattr(each, spelling), text)), None)
        if found is not None:
            return _open(field, kind, found, listed)
    names = [shown(each.name, 100) for each in listed]
    where = _in_space(snapshot) if kind.in_space else ""
    raise UnknownName(unknown(kind.words, shown(text, 100), names, where=where, permission=kind.view))


def _in_space(snapshot: Snapshot) -> str:
    return f"in space '{snapshot.space_name}'" if snapshot.space_name else ""


def _open(field: Field, kind: ResourceType, found: Named, listed: Iterable[Named]) -> str:
    """Return the id of what takes others. Raises InputError for a pool that Octopus itself fills (octopus-api.md 9.2)."""
    if not found.closed:
        return found.id
    others = ", ".join(f"'{shown(each.name, 100)}'" for each in listed if not each.closed)
    there_are = f"choose among {others}" if others else f"there is no other {kind.words}: make one in Octopus"
    raise InputError(
        f"names '{shown(found.name, 100)}', a dynamic {kind.words}, for which Octopus makes the machines itself: {there_are}.",
        option=field.option,
    )
