# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Remove the records of machines that are gone. What is removed is read once more before; identities stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .._core.change import Change, as_dicts
from .._core.errors import InputError, MatchError, OperatorError
from .._core.octopus.endpoint import thumbprint_of
from .._core.octopus.field import Record
from .._core.octopus.permissions import ROLE
from .._core.octopus.prune import Present, Stored, answers, is_tentacle, require_few, why_kept
from .._core.octopus.resources import MACHINES, ResourceType
from .._core.octopus.snapshot import Snapshot
from .._core.text import shown
from .ports import Records, Snapshots
from .records import remove

_CHANGED = "It has changed since it was read."


@dataclass(frozen=True)
class Side:
    """One space of one server: what it held, and itself, which is asked for when something is removed."""

    held: Snapshots
    server: Callable[[], Records]


@dataclass(frozen=True)
class Found:
    """A record of an identity of no host. `kept`: why it stays, None for one of a machine that is gone."""

    kind: ResourceType
    record: Record
    space: Snapshot
    kept: str | None = None

    @property
    def words(self) -> str:
        """What users call it."""
        record = f"'{shown(self.record['Name'], 100)}' ({shown(self.record['Id'], 50)})"
        return f"{self.kind.words} {record} in space '{self.space.space_name}' of {self.space.url}"

    def as_dict(self) -> dict[str, Any]:
        """Return it as a task's result lists it."""
        told = {
            "kind": self.kind.noun,
            "id": self.record["Id"],
            "name": self.record["Name"],
            "server": self.space.url,
            "space": self.space.space_name,
            "health": str(self.record.get("HealthStatus") or "Unknown"),
            "thumbprint": thumbprint_of(self.record),
        }
        return told if self.kept is None else {**told, "reason": self.kept}


@dataclass
class Pruned:
    """What became of them; in check mode, what would. `failures`: why some could not be removed; `refused`: nothing was."""

    vanished: list[Found] = field(default_factory=list)
    kept: list[Found] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    refused: InputError | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it as the task shows it."""
        return {
            "changed": bool(self.changes),
            "vanished": [each.as_dict() for each in self.vanished],
            "kept": [each.as_dict() for each in self.kept],
            "changes": as_dicts(self.changes),
        }


@dataclass(frozen=True)
class Prune:
    """Removes what is of machines that are gone. `most`: how many at once, None for half of the fleet's."""

    stored: Stored
    present: Present
    include_healthy: bool
    most: int | None

    def run(self, sides: Sequence[Side], *, check_mode: bool) -> Pruned:
        """Look at all sides, then remove. What one record or side lacks does not keep the others."""
        looked = [(side, self._found(side)) for side in sides]
        every = [each for _side, found in looked for each in found]
        told = Pruned([each for each in every if each.kept is None], [each for each in every if each.kept is not None])
        try:
            require_few(len(told.vanished), ours=sum(map(self._count, sides)), most=self.most)
        except InputError as error:
            told.refused = error
            return told
        for side, found in looked:
            self._prune(side, [each for each in found if each.kept is None], told, check_mode=check_mode)
        return told

    def _found(self, side: Side) -> list[Found]:
        space = side.held.meta()
        return [
            Found(kind, record, space, why_kept(record, identity, self.present, include_healthy=self.include_healthy))
            for kind in MACHINES
            for thumbprint, identity in self.stored.gone.items()
            for record in _of(side, kind, thumbprint)
        ]

    def _count(self, side: Side) -> int:
        """Return how many records are the fleet's."""
        return sum(len(_of(side, kind, thumbprint)) for kind in MACHINES for thumbprint in self.stored.all)

    def _prune(self, side: Side, vanished: Sequence[Found], told: Pruned, *, check_mode: bool) -> None:
        lacking = _lacking(vanished)
        told.failures += lacking.values()
        allowed = [each for each in vanished if each.kind.path not in lacking]
        server = side.server() if allowed and not check_mode else None
        for each in allowed:
            try:
                if server is None or remove(server, each.kind, each.record["Id"], is_it=self._is(each), otherwise=_CHANGED):
                    told.changes.append(Change(each.words, each.record["Name"], None))
            except MatchError as error:
                told.vanished.remove(each)
                told.kept.append(replace(each, kept=str(error)))
            except OperatorError as error:
                told.failures.append(f"{each.words[:1].upper()}{each.words[1:]}: {error}")

    def _is(self, found: Found) -> Callable[[Record], bool]:
        def same(record: Record) -> bool:
            alike = thumbprint_of(record) == thumbprint_of(found.record) and record["Name"] == found.record["Name"]
            return alike and is_tentacle(record) and (self.include_healthy or not answers(record))

        return same


def _of(side: Side, kind: ResourceType, thumbprint: str) -> list[Record]:
    return [record for record in side.held.by_thumbprint(kind, thumbprint) if is_tentacle(record)]


def _lacking(vanished: Iterable[Found]) -> dict[str, str]:
    """Return what the credential lacks to remove them, by the path of their type."""
    return {
        each.kind.path: f"The API key lacks the permission {permission} in space '{each.space.space_name}' of {each.space.url}. {ROLE}"
        for each in vanished
        for permission in each.space.granted.lacks([each.kind.permissions.delete], each.space.space_id)
    }
