# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Lists that inventory groups carry: a variable, or the sum of its parts."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import InputError
from .text import shown

_ITEMS = re.compile(r"[,\n]")
_SHOWN = 80


@dataclass(frozen=True)
class Gathered:
    """A list, and which variable gave each of its items. `values` is None when no variable says anything."""

    values: tuple[str, ...] | None
    sources: Mapping[str, str]


def gather(names: Iterable[str], variables: Mapping[str, Any]) -> Gathered:
    """Return the list called by one of `names` (several spellings of one thing), merged from what the groups carry.

    When none of `names` says anything, it is the sum of every variable `<name>__<anything>`, in the order of their names, without
    repeats (case does not count). Raises InputError, which has the variable's name as its `option`.
    """
    names = tuple(names)
    chosen = _said(names, variables)
    if not chosen:
        prefixes = tuple(f"{name}__" for name in names)
        chosen = _said(sorted(key for key in variables if key.startswith(prefixes)), variables)
    if not chosen:
        return Gathered(None, {})
    sources: dict[str, str] = {}
    spelled: dict[str, str] = {}
    for name, items in chosen.items():
        for item in items:
            if item.casefold() not in spelled:
                spelled[item.casefold()] = item
                sources[item] = name
    return Gathered(tuple(spelled.values()), sources)


def as_strings(value: Any) -> list[str] | None:
    """Return a list of strings; None for what says nothing (null, blank text).

    Text comes from `-e`, from INI and from surveys: a list in JSON or in Python's notation, or items with commas or line breaks between
    them. Raises InputError for anything else.
    """
    if value is None:
        return None
    if isinstance(value, str):
        value = _listed(value.strip())
        if value is None:
            return None
    if not isinstance(value, (list, tuple)):
        raise InputError(f"must be a list, and is {_called(value)}.")
    return [item for item in map(_item, value) if item]


def as_dictionaries(value: Any) -> list[dict[str, Any]] | None:
    """Return a list of dictionaries; None for what says nothing. Raises InputError, which repeats no value: there may be keys among them.

    Text comes from `-e` and from surveys, as JSON.
    """
    if isinstance(value, str):
        try:
            value = json.loads(value) if value.strip() else None
        except ValueError:
            raise InputError("must be a list of dictionaries, and cannot be read as one.") from None
    if value is not None and (not isinstance(value, (list, tuple)) or not all(isinstance(item, Mapping) for item in value)):
        raise InputError("must be a list of dictionaries.")
    return None if value is None else [dict(item) for item in value]


def _said(names: Iterable[str], variables: Mapping[str, Any]) -> dict[str, list[str]]:
    found = {}
    for name in names:
        try:
            items = as_strings(variables.get(name))
        except InputError as error:
            raise InputError(str(error), option=name) from None
        if items is not None:
            found[name] = items
    return found


def _listed(text: str) -> Any:
    if not text:
        return None
    if text.startswith(("[", "(", "{")):
        for read in (json.loads, ast.literal_eval):
            try:
                return read(text)
            except (ValueError, SyntaxError, MemoryError, RecursionError):
                continue
        raise InputError(f"must be a list, and cannot be read as one: {shown(text, _SHOWN)!r}.")
    if ";" in text:
        raise InputError(f"must be a list, or text with commas between its items, and is {shown(text, _SHOWN)!r}.")
    return _ITEMS.split(text)


def _item(item: Any) -> str:
    if isinstance(item, (int, float)) and not isinstance(item, bool):
        item = str(item)
    if not isinstance(item, str):
        raise InputError(f"must be a list of texts, and holds {_called(item)}.")
    text = item.strip()
    if any(ord(character) < 32 for character in text):
        raise InputError(f"must be a list of names of one line each, and holds {shown(repr(text), _SHOWN)}.")
    return text


def _called(value: Any) -> str:
    words = {bool: str(value).lower(), type(None): "null", dict: "a dictionary", list: "a list"}
    return words.get(type(value), f"of type {type(value).__name__}")
