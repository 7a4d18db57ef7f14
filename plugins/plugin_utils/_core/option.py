# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What an option is, and what holds between options. The table of them is in `options.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Level = Literal["host", "task", "play"]


@dataclass(frozen=True, eq=False)
class Option:
    """One option.

    `variables`, then `environment`, fill it when the task does not say it. `parts`: groups may add to it, as `<variable>__<anything>`.
    `check` takes a value of the right type and returns it as it is used; it raises InputError. `role`: the role's default, where
    that is not the module's. `level`: `task` options are said by tasks alone; `play` options Ansible itself reads, before it knows
    any host. `blank`: an empty text says something. The type `hostpath` is a path on the host, which is never expanded on the controller.
    """

    name: str
    type: str = "str"
    elements: str | None = None
    choices: tuple[str, ...] | None = None
    variables: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    parts: bool = False
    new: str | None = None
    default: Any = None
    role: Any = None
    check: Callable[[Any], Any] | None = None
    no_log: bool | None = None
    blank: bool = False
    required: bool = False
    level: Level = "host"

    @property
    def secret(self) -> bool:
        """Whether nobody may see its value."""
        return bool(self.no_log)

    def spec(self) -> dict[str, Any]:
        """Return the option as Ansible's argument specifications say it."""
        said: dict[str, Any] = {"type": "str" if self.type == "hostpath" else self.type}
        for key in ("elements", "default", "no_log"):
            if getattr(self, key) is not None:
                said[key] = getattr(self, key)
        if self.choices:
            said["choices"] = list(self.choices)
        if self.aliases:
            said["aliases"] = list(self.aliases)
        return said | ({"required": True} if self.required else {})


@dataclass(frozen=True)
class Rule:
    """What holds between options: no two of them may be said."""

    exclusive: tuple[str, ...]


Options = tuple[Option, ...]


def specs(options: Options) -> dict[str, dict[str, Any]]:
    """Return the options as an argument specification of Ansible's."""
    return {option.name: option.spec() for option in options}
