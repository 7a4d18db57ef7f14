# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Make what the inventory names and the server lacks, where the run may (`octopus_manage`)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from .._core.errors import OctopusError
from .._core.managed import Thing, lacks, namesake, said_of
from .._core.octopus.field import Record
from .._core.octopus.resources import ResourceType
from .._core.octopus.snapshot import Named
from .ports import Records
from .prerequisites import Prerequisite

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class Managed:
    """One thing: what was done about it (`created`, `updated`, `unchanged`; in check mode, what would be), or why it could not be.

    `named`: by what others are to know it, when something was done.
    """

    thing: Thing
    result: str = "unchanged"
    named: Named | None = None
    failure: str | None = None


def make(wanted: Iterable[Thing], server: Records, *, check_mode: bool) -> Iterator[Managed]:
    """Yield what becomes of each thing; one that fails does not keep the others from it. Each type is read once."""
    for kind, things in _by(wanted, lambda thing: thing.kind).items():
        try:
            listed = server.list_all(kind)
        except OctopusError as error:
            yield from (Managed(thing, failure=str(error)) for thing in things)
            continue
        missing = [thing for thing in things if lacks(thing, listed)]
        yield from (Managed(thing) for thing in things if thing not in missing)
        for together in _by(missing, lambda thing: thing.name.casefold()).values():
            yield from _made(kind, together, namesake(together[0].name, listed), server, check_mode=check_mode)


def _made(kind: ResourceType, things: Sequence[Thing], record: Record | None, server: Records, *, check_mode: bool) -> Iterator[Managed]:
    """Make what several things are, or are in: the tags of one set together."""
    name = str(record["Name"]) if record else things[0].name
    try:
        done = Prerequisite(kind, name, said_of(things), server).bring(check_mode=check_mode)
    except OctopusError as error:
        yield from (Managed(thing, failure=str(error)) for thing in things)
        return
    yield from (Managed(thing, done.result, done.named) for thing in things)


def _by(things: Iterable[Thing], key: Callable[[Thing], K]) -> dict[K, list[Thing]]:
    found: dict[K, list[Thing]] = {}
    for thing in things:
        found.setdefault(key(thing), []).append(thing)
    return found
