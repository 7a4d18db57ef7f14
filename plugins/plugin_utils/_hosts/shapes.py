# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What the value of each step looks like. What comes from a host is checked by it, once, before anybody reads it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .steps import Outcome

Shape = Callable[[Any], bool]


def misshapen(outcomes: Sequence[Outcome]) -> Outcome | None:
    """Return the first step that was carried out and whose value is not of its shape. More members than are known do not matter."""
    return next((outcome for outcome in outcomes if not outcome.skipped and outcome.error is None and not _fits(outcome)), None)


def _fits(outcome: Outcome) -> bool:
    name = outcome.step["do"]
    shape = _OWNERS if name == "access" and "paths" in outcome.step else SHAPES.get(name)
    return shape is None or shape(outcome.value)


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _switch(value: Any) -> bool:
    return isinstance(value, bool)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: Any) -> bool:
    return _whole(value) or isinstance(value, float)


def _or_none(shape: Shape) -> Shape:
    return lambda value: value is None or shape(value)


def _list(shape: Shape) -> Shape:
    return lambda value: isinstance(value, list) and all(map(shape, value))


def _members(**shapes: Shape) -> Shape:
    return lambda value: isinstance(value, dict) and all(name in value and shape(value[name]) for name, shape in shapes.items())


def _texts(*names: str) -> Shape:
    """Return the shape of a dictionary of texts that has these names."""
    return lambda value: isinstance(value, dict) and {*names} <= {*value} and all(map(_text, value.values()))


_PROCESS = _members(rc=_whole, stdout=_text, stderr=_text, seconds=_number)
_FILES = _list(_members(name=_text, content=_text))
_RULES = _members(protected=_switch, rules=_list(_members(sid=_text, rights=_whole, allow=_switch)))
_OWNERS = _list(_members(path=_text, owner=_text, mode=_whole))
"""Of `access` on Linux, which looks at several paths at once."""

SHAPES: dict[str, Shape] = {
    "access": _or_none(_RULES),
    "account": _or_none(_members(home=_text)),
    "certificate": _or_none(_text),
    "exists": _switch,
    "file": _or_none(_text),
    "files": _FILES,
    "firewall": _or_none(
        _members(enabled=_switch, inbound=_switch, allow=_switch, protocol=_whole, ports=_text, remote_addresses=_text),
    ),
    "instances": _members(files=_FILES, configuration=_or_none(_text), owner=_text, home=_or_none(_text)),
    "machine": _members(architecture=_text, systemd=_switch, tools=_list(_text)),
    "path": _text,
    "products": _list(_members(product_id=_text, version=_text)),
    "query": _PROCESS,
    "registry": _or_none(_text),
    "run": _PROCESS,
    "running": _switch,
    "services": _list(_members(name=_text, state=_text, start_mode=_text, account=_text, command_line=_text)),
    "settings": lambda value: isinstance(value, dict),
    "sid": _text,
    "tail": _or_none(_text),
    "units": _list(_texts("Id", "LoadState", "ActiveState", "SubState")),
}
"""By the step's name, for those that have a value (windows/batch.py, module_utils/_linux/batch.py)."""
