# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The one writer of records: it minds that what it was told is old, and that a reply may be lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .._core.change import Change
from .._core.errors import MatchError, NotFound, Rejected, ReplyLost
from .._core.octopus.field import Record
from .._core.octopus.match import Match
from .._core.octopus.plan import Plan
from .._core.octopus.resources import ResourceType
from .ports import Records


@dataclass(frozen=True)
class Written:
    """A record as it is now, and what changed. `created`: it is new; `adopted`: it had another name or thumbprint."""

    record: Record
    changes: tuple[Change, ...]
    created: bool = False
    adopted: bool = False


@dataclass(frozen=True)
class Writer:
    """Brings one record to where it is wanted.

    `match` tells whether a record is still the one that is meant, and `plan` how it differs from what is wanted (None: there is none).
    Both are asked again for every record that the server gives.
    """

    server: Records
    kind: ResourceType
    name: str
    match: Callable[[Record], Match | None]
    plan: Callable[[Record | None], Plan]

    def write(self, record_id: str | None) -> Written:
        """Update the record with this id, or create one where there is none any more. Raises OctopusError and MatchError."""
        if record_id is not None:
            try:
                record = self.server.get_one(self.kind, record_id)
                if found := self.match(record):
                    return self._update(found)
            except NotFound:  # deleted on the server since it was last seen
                pass
        return self._create()

    def _update(self, found: Match) -> Written:
        plan = self.plan(found.record)
        if not plan.changes:
            return Written(found.record, (), adopted=found.adopted)
        try:
            record = self.server.update(self.kind, found.record["Id"], plan.body)
        except ReplyLost:
            record = self.server.get_one(self.kind, found.record["Id"])
            if self.plan(record).changes:
                raise
        return Written(record, plan.changes, adopted=found.adopted)

    def _create(self) -> Written:
        """POST once. A lost reply, or a name that another run was quicker to take, is settled by what the server holds."""
        plan = self.plan(None)
        try:
            return Written(self.server.create(self.kind, plan.body), plan.changes, created=True)
        except (ReplyLost, Rejected) as error:
            record = self.server.find_by_name(self.kind, self.name)
            found = self.match(record) if record is not None else None
            if found is None:
                raise
            if isinstance(error, ReplyLost) and not self.plan(found.record).changes:
                return Written(found.record, plan.changes, created=True)
            return self._update(found)


def remove(server: Records, kind: ResourceType, identifier: str, *, is_it: Callable[[Record], bool], otherwise: str) -> bool:
    """Delete a record, unless it is no longer the one that is meant. Return whether it was still there.

    It is read once more before; raises MatchError, with the text `otherwise`, for one that has become another's since.
    """
    try:
        if not is_it(server.get_one(kind, identifier)):
            raise MatchError(otherwise)
        server.delete(kind, identifier)
    except NotFound:
        return False
    except ReplyLost:
        try:
            server.get_one(kind, identifier)
        except NotFound:
            return True
        raise
    return True
