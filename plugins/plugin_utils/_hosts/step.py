# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What a step of a visit is: how one is declared, built and marked. The steps themselves are in `contract.py`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, ParamSpec

Step = dict[str, Any]
P = ParamSpec("P")

WINDOWS: Final = "windows"
LINUX: Final = "linux"
BOTH: Final = (WINDOWS, LINUX)


@dataclass(frozen=True)
class StepType:
    """A kind of step: on which systems it exists, whether it only reads, and the function that says the rest."""

    name: str
    systems: tuple[str, ...]
    reads: bool
    signature: Callable[..., object]


STEP_TYPES: list[StepType] = []


def _step(systems: tuple[str, ...], *, reads: bool) -> Callable[[Callable[P, object]], Callable[P, Step]]:
    def declare(signature: Callable[P, object]) -> Callable[P, Step]:
        name = signature.__name__.removeprefix("windows_").removeprefix("linux_")
        parameters = inspect.signature(signature).parameters
        names = tuple(parameters)
        STEP_TYPES.append(StepType(name, systems, reads, signature))

        @functools.wraps(signature)
        def build(*args: P.args, **kwargs: P.kwargs) -> Step:
            said = {**dict(zip(names, args, strict=False)), **kwargs}
            signature(*args, **kwargs)  # refuses what it has no argument for, and what is missing
            return {"do": name, **{key: _plain(value) for key, value in said.items() if value != parameters[key].default}}

        return build

    return declare


def reads(*systems: str) -> Callable[[Callable[P, object]], Callable[P, Step]]:
    """Declare a step that only reads."""
    return _step(systems, reads=True)


def writes(*systems: str) -> Callable[[Callable[P, object]], Callable[P, Step]]:
    """Declare a step that changes the host."""
    return _step(systems, reads=False)


def _plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, (tuple, list)) else value


def literal(text: str) -> str:
    """Return text that is not ours as a step carries it: nothing in it is a word, and no secret comes in its place."""
    return text.replace("<", "<lt>")


def optional(step: Step) -> Step:
    """Return the step as one that may fail."""
    return {**step, "optional": True}


def always(step: Step) -> Step:
    """Return the step as one that is carried out after a failure too."""
    return {**step, "always": True}


def keep(step: Step, words: Mapping[str, str | None], default: str | None = None) -> Step:
    """Return the step as one whose value later steps may name: each word stands for a member of it, or (None) for all of it."""
    return {**step, "keep": dict(words), **({} if default is None else {"default": default})}


def called(step: Step, words: str) -> Step:
    """Return the step as one whose long command line the log calls by these words."""
    return {**step, "called": words}
