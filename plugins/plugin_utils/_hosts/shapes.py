# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What the value of each step looks like. What comes from a host is checked by it, once, before anybody reads it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .outcomes import Outcome

Shape = Callable[[Any], bool]


def misshapen(outcomes: Sequence[Outcome]) -> Outcome | None:
    """Return the first step that was carried out and whose value is not of its shape. More members than are known do not matter."""
    return next((outcome for outcome in outcomes if not outcome.skipped and outcome.error is None and not _fits(outcome)), None)


def _fits(outcome: Outcome) -> bool:
    name = outcome.step["do"]
    shape = _OWNERS if name == "access" and "paths" in outcome.step else SHAPES.get(name)
    return shape is None or shape(outcome.value)


def text(value: Any) -> bool:
    """Any text."""
    return isinstance(value, str)


def switch(value: Any) -> bool:
    """True or false."""
    return isinstance(value, bool)


def whole(value: Any) -> bool:
    """A whole number."""
    return isinstance(value, int) and not isinstance(value, bool)


def number(value: Any) -> bool:
    """Any number."""
    return whole(value) or isinstance(value, float)


def or_none(shape: Shape) -> Shape:
    """Return the shape of a value that may be missing."""
    return lambda value: value is None or shape(value)


def list_of(shape: Shape) -> Shape:
    """Return the shape of a list."""
    return lambda value: isinstance(value, list) and all(map(shape, value))


def members(**shapes: Shape) -> Shape:
    """Return the shape of a dictionary that has these members, and maybe more."""
    return lambda value: isinstance(value, dict) and all(name in value and shape(value[name]) for name, shape in shapes.items())


def _texts(*names: str) -> Shape:
    """Return the shape of a dictionary of texts that has these names."""
    return lambda value: isinstance(value, dict) and {*names} <= {*value} and all(map(text, value.values()))


def _pair(value: Any) -> bool:
    """Two texts."""
    return list_of(text)(value) and len(value) == 2


_PROCESS = members(rc=whole, stdout=text, stderr=text, seconds=number)
_FILES = list_of(members(name=text, content=text))
_FILES_AND_OWNERS = list_of(members(name=text, content=text, owner=or_none(text), owner_name=or_none(text)))
_RULES = list_of(members(sid=text, rights=whole, allow=switch, inherited=switch))
_OWNED = {"link": switch, "owner": or_none(text), "owner_name": or_none(text)}
_ABOVE = list_of(members(path=text, **_OWNED))
_ACCESS = members(exists=switch, folder=switch, protected=switch, rules=_RULES, holds=list_of(text), above=_ABOVE, **_OWNED)
_OWNERS = list_of(members(path=text, owner=text, mode=whole))
"""Of `access` on Linux, which looks at several paths at once."""

SHAPES: dict[str, Shape] = {
    "access": _ACCESS,
    "account": or_none(members(home=text, home_exists=switch, home_owned=switch, closed_store=or_none(text))),
    "certificate": or_none(text),
    "contents": _FILES,
    "exists": switch,
    "file": or_none(text),
    "files": _FILES_AND_OWNERS,
    "firewall": members(
        problem=or_none(text),
        rules=list_of(
            members(enabled=switch, inbound=switch, allow=switch, protocol=whole, ports=text, remote_addresses=text, profiles=whole)
        ),
    ),
    "folder": members(
        exists=switch,
        is_folder=switch,
        owner=text,
        link=or_none(text),
        exposed=or_none(_pair),
        closed=list_of(text),
        holds=list_of(text),
        marked=switch,
    ),
    "instances": members(files=_FILES, configuration=or_none(text), owner=text),
    "machine": members(architecture=text, systemd=switch, tools=list_of(text)),
    "path": text,
    "products": list_of(members(product_id=text, version=text)),
    "query": _PROCESS,
    "registry": or_none(text),
    "run": _PROCESS,
    "running": switch,
    "services": list_of(members(name=text, state=text, start_mode=text, account=text, sid=or_none(text), command_line=text)),
    "set_aside": or_none(text),
    "settings": members(there=switch, damage=or_none(text), values=_texts()),
    "sid": text,
    "tail": or_none(text),
    "units": list_of(_texts("Id", "LoadState", "ActiveState", "SubState")),
}
"""By the step's name, for those that have a value (windows/batch.py, module_utils/_linux/batch.py)."""
