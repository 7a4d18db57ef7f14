# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Metadata that inventory groups carry: a variable, or the sum of its parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import MetadataError


@dataclass(frozen=True)
class Gathered:
    """A list, and which variable gave each of its items. `values` is None when no variable says anything."""

    values: tuple[str, ...] | None
    sources: dict[str, str]


def gather(names: Iterable[str], variables: Mapping[str, Any]) -> Gathered:
    """Return the list called by one of `names` (several spellings of one thing), merged from what the groups carry.

    When none of `names` is set, it is the sum of every variable `<name>__<anything>`, in the order of their names, without
    repeats (case does not count). Raises MetadataError for what is neither a string nor a list of strings.
    """
    names = tuple(names)
    chosen = [name for name in names if variables.get(name) is not None]
    if not chosen:
        prefixes = tuple(f"{name}__" for name in names)
        chosen = sorted(key for key in variables if key.startswith(prefixes) and variables[key] is not None)
    if not chosen:
        return Gathered(None, {})
    sources: dict[str, str] = {}
    spelled: dict[str, str] = {}
    for name in chosen:
        for item in as_strings(name, variables[name]):
            if item.casefold() not in spelled:
                spelled[item.casefold()] = item
                sources[item] = name
    return Gathered(tuple(spelled.values()), sources)


def as_strings(name: str, value: Any) -> list[str]:
    """Return a list of strings; one string is split at its commas (AWX surveys give text). Raises MetadataError."""
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, (list, tuple)) or not all(isinstance(item, str) for item in items):
        raise MetadataError(f"'{name}' must be a list of strings, and is {value!r}")
    stripped = [str(item).strip() for item in items]
    return [item for item in stripped if item]
