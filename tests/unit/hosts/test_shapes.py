"""The shapes that answers are held to are those of the contract: no member of an answer comes through as something else."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.outcomes import Outcome
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.shapes import SHAPES, misshapen
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.step import STEP_TYPES, StepType

_PLAIN: dict[Any, Any] = {str: "x", bool: True, int: 1, float: 1.5}
_READ = [each for each in STEP_TYPES if each.reads and each.name in SHAPES]


def sound(kind: Any) -> Any:
    """Return a value of a type of the contract's, with as much in it as there can be."""
    if typing.is_typeddict(kind):
        return {name: sound(member) for name, member in get_type_hints(kind).items()}
    if kind in _PLAIN:
        return _PLAIN[kind]
    if isinstance(get_origin(kind), type) and issubclass(get_origin(kind), Sequence):
        return [sound(get_args(kind)[0])] * 2
    if isinstance(get_origin(kind), type) and issubclass(get_origin(kind), Mapping):
        return {name: sound(get_args(kind)[1]) for name in ("Id", "LoadState", "ActiveState", "SubState")}
    return sound(next(member for member in get_args(kind) if member is not type(None)))


def spoiled(value: Any) -> Iterator[Any]:
    """Yield the value with one member, however deep, of a type that no answer has."""
    yield object()
    for name, member in value.items() if isinstance(value, dict) else ():
        yield from ({**value, name: odd} for odd in spoiled(member))
    for odd in spoiled(value[0]) if isinstance(value, list) else ():
        yield [odd, *value[1:]]


@pytest.mark.parametrize("step_type", _READ, ids=lambda step_type: f"{step_type.name}-{'-'.join(step_type.systems)}")
def test_a_member_of_another_type_is_refused(step_type: StepType) -> None:
    answer = sound(get_type_hints(step_type.signature)["return"])
    step = {"do": step_type.name, **dict.fromkeys(inspect.signature(step_type.signature).parameters)}
    assert misshapen([Outcome(step, value=answer)]) is None
    assert [odd for odd in spoiled(answer) if misshapen([Outcome(step, value=odd)]) is None] == []


def test_there_are_steps_to_hold() -> None:
    assert {step_type.name for step_type in _READ} == set(SHAPES) - {step_type.name for step_type in STEP_TYPES if not step_type.reads}
