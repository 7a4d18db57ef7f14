# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Machines that wait for a health check: whoever comes first has all of them checked in one task, the others read what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

from .._core.errors import OctopusError
from .._core.octopus.health import Health

_TOPIC = "health"


class Book(Protocol):
    """The notebook of the run."""

    def rows(self, topic: str) -> dict[str, Any]:
        """Return the rows of a topic by key."""

    def write(self, topic: str, rows: Mapping[str, Any]) -> None:
        """Write rows, in place of older ones with their keys."""

    def locked(self, topic: str) -> AbstractContextManager[None]:
        """Hold the lock of a topic."""


@dataclass(frozen=True)
class Waiting:
    """A record of a host. `server` names server, space, credential and type of record. `state`: waiting, checked, or told to its host.

    `health` is None for a machine that is gone from the server; `failure` is why the check itself ended badly.
    """

    host: str
    server: str
    machine_id: str
    state: str = "waiting"
    health: Health | None = None
    task_id: str | None = None
    failure: str | None = None

    @property
    def key(self) -> str:
        """The key of its row."""
        return f"{self.host}\n{self.server}\n{self.machine_id}"

    def row(self) -> dict[str, Any]:
        """Return it as a row of the notebook."""
        return {**vars(self), "health": asdict(self.health) if self.health else None}

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Waiting:
        """Read a row."""
        health = row["health"] and Health(**{**row["health"], "messages": tuple(row["health"]["messages"])})
        return cls(**{**row, "health": health})


Check = Callable[[list[str]], tuple[str, Mapping[str, Health | None]]]
"""Check machines by their ids in one task; return the task's id, and the health of each. Raises OctopusError."""


class WaitingRoom:
    """The machines of this run that wait, and what came of those that did."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def enter(self, waiting: Waiting) -> None:
        """Let a machine wait. What was found of it before no longer counts."""
        self._book.write(_TOPIC, {waiting.key: waiting.row()})

    def of(self, host: str, server: str) -> list[Waiting]:
        """Return what is there of a host, of those on one server."""
        return [each for each in self._on(server) if each.host == host]

    def called(self, host: str, server: str, check: Check) -> list[Waiting]:
        """Return what came of a host's machines on a server, having all that wait there checked with them if need be.

        A host that asks once more is checked once more; of one that was told of some of its machines, the others are.
        """
        own = self.of(host, server)
        asked = {each.key for each in own if each.state != "told"}
        if not asked:
            asked = {each.key for each in own}
            for each in own:
                self.enter(replace(each, state="waiting"))
        with self._book.locked(f"{_TOPIC} {server}"):
            waiting = [each for each in self._on(server) if each.state == "waiting"]
            if any(each.host == host for each in waiting):
                self._check(waiting, check)
        found = [each for each in self.of(host, server) if each.key in asked]
        self._book.write(_TOPIC, {each.key: replace(each, state="told").row() for each in found})
        return found

    def _check(self, waiting: list[Waiting], check: Check) -> None:
        try:
            task_id, health = check(list(dict.fromkeys(each.machine_id for each in waiting)))
        except OctopusError as error:
            ended = [replace(each, state="checked", health=None, failure=error.said_of(error.option)) for each in waiting]
        else:
            ended = [replace(each, state="checked", health=health.get(each.machine_id), task_id=task_id, failure=None) for each in waiting]
        self._book.write(_TOPIC, {each.key: each.row() for each in ended})

    def _on(self, server: str) -> list[Waiting]:
        return [each for each in map(Waiting.of, self._book.rows(_TOPIC).values()) if each.server == server]
