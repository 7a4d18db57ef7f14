# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Things in a record that have names, such as the tags of a tag set: some are said, and what is said of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_MEMBERS = {"name": "Name", "color": "Color", "description": "Description"}
_NEW = {"Description": "", "Color": "#333333"}


@dataclass(frozen=True)
class Items:
    """What was said of items, each by the options `name`, `color` and `description`. `exclusive`: there are to be no others."""

    said: tuple[Mapping[str, Any], ...]
    exclusive: bool = False


def merged(held: Iterable[Mapping[str, Any]], wanted: Items) -> list[Mapping[str, Any]]:
    """Return the items of a record as they shall be: those that it has keep their order, spelling and whatever was not said."""
    said = {_key(each["name"]): _members(each) for each in wanted.said}
    kept = [_changed(item, said[key]) if (key := _key(item.get("Name"))) in said else item for item in held]
    kept = [item for item in kept if not wanted.exclusive or _key(item.get("Name")) in said]
    there = {_key(item.get("Name")) for item in kept}
    new = [{**_NEW, **members} for key, members in said.items() if key not in there]
    order = [item["SortOrder"] for item in kept if isinstance(item.get("SortOrder"), int)]
    first = max(order, default=-1) + 1
    return [*kept, *({**item, "SortOrder": first + place} for place, item in enumerate(new))]


def told(items: Iterable[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    """Return items as a change tells them."""
    return [{option: item.get(member) for option, member in _MEMBERS.items()} for item in items or ()]


def _changed(item: Mapping[str, Any], said: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an item with what was said of it, in its own spelling where only case differs: to Octopus that is the same."""
    differing = {
        member: value
        for member, value in said.items()
        if (_key(value) != _key(item.get(member)) if member in ("Name", "Color") else value != (item.get(member) or ""))
    }
    return {**item, **differing}


def _members(said: Mapping[str, Any]) -> dict[str, Any]:
    return {member: str(said[option]).strip() for option, member in _MEMBERS.items() if said.get(option) is not None}


def _key(text: object) -> str:
    return str(text or "").strip().casefold()
