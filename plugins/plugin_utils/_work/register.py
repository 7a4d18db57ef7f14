# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Bring one registration about, or remove it: compared with the snapshot; what differs there is asked of the server again, and written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from .._core.change import Change
from .._core.errors import ForeignThumbprint, InputError, PermissionDenied
from .._core.octopus.endpoint import Endpoint, thumbprint_of
from .._core.octopus.field import Record
from .._core.octopus.match import Match, match, require_rename, require_unclaimed, same_name
from .._core.octopus.permissions import ROLE, lacking
from .._core.octopus.plan import Plan, Wanted, plan, require_fields, resolve, with_names
from .._core.octopus.reach import wanted_endpoint
from .._core.octopus.registration import Known, Registration
from .._core.octopus.resources import ENVIRONMENT, TARGET, WORKER
from .._core.results import RecordResult
from .ports import Records, Snapshots
from .records import Writer, remove

Outcome = Literal["created", "updated", "adopted", "unchanged"]


@dataclass(frozen=True)
class Comparison:
    """A registration beside the server's record of it, as the snapshot has it.

    `contested` is set when a record of this name has a thumbprint that is not known to be the machine's: then `match` is None, and
    nothing is planned. It is the machine's all the same if the machine shows that thumbprint. `uri`: where Octopus is to reach the machine.
    """

    match: Match | None
    changes: tuple[Change, ...]
    contested: ForeignThumbprint | None = None
    uri: str | None = None

    @property
    def record_id(self) -> str | None:
        """The id of the record, None when there is none."""
        return self.match.record["Id"] if self.match else None

    @property
    def status(self) -> str:
        """The record's health in the server's words."""
        return str((self.match.record.get("HealthStatus") if self.match else None) or "Unknown")

    @property
    def disabled(self) -> bool:
        """Whether the record is disabled on the server."""
        return bool(self.match and self.match.record.get("IsDisabled"))

    @property
    def result(self) -> Outcome:
        """What a run would make of it."""
        return _outcome(self.changes, created=self.match is None, adopted=bool(self.match and self.match.adopted))


class Register:
    """One registration. `server` is asked for a client only when a request is needed: an unchanged one costs none.

    `others` returns the names that the other hosts of the inventory have in Octopus, and is asked only for a record of another name.
    None: the machine is not one of the inventory's.
    """

    def __init__(
        self,
        registration: Registration,
        snapshot: Snapshots,
        server: Callable[[], Records],
        others: Callable[[], Collection[str]] | None = None,
    ) -> None:
        self._registration = registration
        self._others = others
        self._kind = registration.type
        self._snapshot = snapshot
        self._server = server
        self._meta = snapshot.meta()
        self.label = ""
        """What tells it from the machine's others, where there are several: put before what is said of its record."""
        self.made_anew = False
        """Whether this run makes the machine's instance anew: then its record's address is the former machine's."""

    def check(self, known: Known | None) -> Comparison:
        """Refuse what can be refused before a machine is touched, and return the comparison.

        `known` None: the machine's thumbprint is yet to be made or seen.

        Raises UnknownName, InputError for what a new record lacks, PermissionDenied for what the key may not do in the environments
        concerned, and MatchError. A name with a foreign thumbprint is not refused here: the machine may show that very thumbprint.
        """
        comparison = self.compare(known, None)
        if comparison.contested:
            return comparison
        if comparison.match is None:
            require_fields(self._kind, self._values())
        if comparison.changes:
            self._require_permissions(comparison.match)
        return comparison

    def compare(self, known: Known | None, port: int | None) -> Comparison:
        """Compare with the snapshot, without a request. `port` is the one that the Tentacle has, None while that is not known.

        Raises UnknownName and MatchError.
        """
        values = self._values()
        try:
            found = self._match(known, port, self._candidates(known))
        except ForeignThumbprint as error:
            return Comparison(None, (), error)
        record = found.record if found else None
        uri = self._endpoint(known, port, record).uri if known else None
        return Comparison(found, self._named(self._plan(values, known, port, record).changes), uri=uri)

    def bring(self, known: Known, port: int | None, *, check_mode: bool) -> RecordResult:
        """Bring the record to what is wanted, and return what became of it. Raises OctopusError and MatchError."""
        comparison = self.compare(known, port)
        if comparison.contested:
            raise comparison.contested
        if not comparison.changes or check_mode:
            record = comparison.match.record if comparison.match else None
            return self._result(comparison.result, record, known, port, comparison.changes)
        planned = partial(self._plan, self._values(), known, port)
        writer = Writer(self._server(), self._kind, self._registration.name, partial(self._match_one, known, port), planned)
        written = writer.write(comparison.record_id)
        outcome = _outcome(written.changes, created=written.created, adopted=written.adopted)
        return self._result(outcome, written.record, known, port, self._named(written.changes))

    def claimed(self, known: Known, thumbprints: Collection[str]) -> tuple[str, ...]:
        """Return those of the thumbprints that the machine shows which records in Octopus have: it is told by them until they change.

        Raises MatchError for one that belongs to a record of another name, unless that may be renamed.
        """
        found = []
        for thumbprint in thumbprints:
            holders = self._snapshot.by_thumbprint(self._kind, thumbprint)
            require_unclaimed(self._registration, known, thumbprint, holders)
            found += [thumbprint] if holders else []
        return tuple(found)

    def is_others(self, known: Known, subscription: str) -> bool:
        """Tell whether a record of another machine has this subscription id, as after a machine that polls was copied."""
        own = {known.thumbprint, *known.own}
        holders = [record for kind in (TARGET, WORKER) for record in self._snapshot.by_uri(kind, subscription)]
        return any(thumbprint_of(each) not in own and not same_name(each["Name"], self._registration.name) for each in holders)

    def remove(self, known: Known | None, *, check_mode: bool) -> RecordResult:
        """Delete the record that is the machine's, if there is one. Raises OctopusError and MatchError, and InputError for `known` None.

        Without a thumbprint nothing tells whose record it is, so that `replace` alone lets the name decide.
        """
        found = self._match(known, None, self._candidates(known))
        if found is None:
            return RecordResult("absent", self._registration.name, None, known.thumbprint if known else None, None)
        if known is None and not self._registration.replace:
            raise InputError(
                f"is not known, so nothing tells whether the {self._kind.words} of this name ({found.record['Id']}) is this machine's: "
                "give it, or set 'octopus_on_thumbprint_mismatch: replace' to remove whatever Tentacle has the name.",
                option="thumbprint",
            )
        record = found.record
        described = (str(record["Name"]), str(record["Id"]), record.get("Thumbprint"), record.get("Uri"))
        if not check_mode and not self._delete(known, str(record["Id"])):
            return RecordResult("absent", *described)
        return RecordResult("deleted", *described, (Change(self._kind.noun, record["Name"], None),))

    def _delete(self, known: Known | None, identifier: str) -> bool:
        """Delete a record, unless it has become another machine's since it was read. Return whether it was still there."""
        return remove(
            self._server(),
            self._kind,
            identifier,
            is_it=lambda record: self._match_one(known, None, record) is not None,
            otherwise=f"{identifier} has become another machine's record since the run began, and is left as it is. Run again.",
        )

    def _values(self) -> dict[str, Any]:
        return resolve(self._kind, self._registration.said, self._meta)

    def _candidates(self, known: Known | None) -> list[Record]:
        thumbprints = [known.thumbprint, *(known.own if self._registration.allow_rename else ())] if known else []
        by_thumbprint = [record for each in thumbprints for record in self._snapshot.by_thumbprint(self._kind, each)]
        found = {record["Id"]: record for record in (*by_thumbprint, *self._snapshot.by_name(self._kind, self._registration.name))}
        return list(found.values())

    def _match(self, known: Known | None, port: int | None, candidates: Iterable[Record]) -> Match | None:
        found = match(self._registration, known, candidates)
        if found is not None:
            require_rename(self._registration, found.record, port, self._others)
        return found

    def _match_one(self, known: Known | None, port: int | None, record: Record) -> Match | None:
        return self._match(known, port, [record])

    def _plan(self, values: dict[str, Any], known: Known | None, port: int | None, record: Record | None) -> Plan:
        endpoint = self._endpoint(known, port, record, values.get("proxy")) if known else None
        return plan(self._kind, Wanted(self._registration.name, values, endpoint), record, space_id=self._meta.space_id)

    def _endpoint(self, known: Known, port: int | None, record: Record | None, proxy_id: str | None = None) -> Endpoint:
        """Return how Octopus is to reach the machine.

        A record that is taken over is no record of this machine: nobody answers at its address, or another machine does. The same goes
        for one whose instance is made anew.
        """
        own = record is not None and not self.made_anew and thumbprint_of(record) in (known.thumbprint, *known.own)
        return wanted_endpoint(self._registration, known, port, record if own else None, self._meta.thumbprint, proxy_id)

    def _require_permissions(self, found: Match | None) -> None:
        """Raise PermissionDenied when the key may not write this record in the environments concerned."""
        places, meta = self._kind.places, self._meta
        if places is None:
            return
        held = list(found.record.get(places.member) or []) if found else None
        for permission, ids in lacking(meta.granted, self._kind, meta.space_id, self._values().get(places.option, ()), held).items():
            names = ", ".join(f"'{meta.name_of(ENVIRONMENT, identifier)}'" for identifier in ids)
            raise PermissionDenied(
                f"The API key lacks the permission {permission} for the environment{'s' if len(ids) > 1 else ''} {names} "
                f"in space '{meta.space_name}' of {meta.url}. {ROLE}"
            )

    def _named(self, changes: tuple[Change, ...]) -> tuple[Change, ...]:
        return with_names(self._kind, changes, self._meta)

    def _result(
        self,
        result: Outcome,
        record: Record | None,
        known: Known,
        port: int | None,
        changes: tuple[Change, ...],
    ) -> RecordResult:
        uri = self._endpoint(known, port, record).uri
        return RecordResult(result, self._registration.name, record["Id"] if record else None, known.thumbprint, uri, changes)


def _outcome(changes: tuple[Change, ...], *, created: bool, adopted: bool) -> Outcome:
    if not changes:
        return "unchanged"
    return "created" if created else "adopted" if adopted else "updated"
