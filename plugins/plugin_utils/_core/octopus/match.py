# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Which record on the server is this machine's."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from ..errors import ForeignThumbprint, MatchError
from ..text import shown
from .endpoint import other_kind, thumbprint_of
from .field import Record
from .registration import Known, Registration
from .uri import canonical_host, host_of, port_of


@dataclass(frozen=True)
class Match:
    """The record that is this machine's, and whether it had another thumbprint or name until now."""

    record: Record
    adopted: bool


def same_name(one: str, other: str) -> bool:
    """Tell whether two names are one to Octopus: case and outer blanks make no difference."""
    return one.strip().casefold() == other.strip().casefold()


def match(registration: Registration, known: Known | None, candidates: Iterable[Record]) -> Match | None:
    """Find this machine's record among `candidates`, those that have its thumbprint or its name; None when there is none.

    By thumbprint and name; else by name; else a single record with that thumbprint, whose other name `require_rename` judges. A record
    by name whose thumbprint is one of `known.own`, or whose subscription id is remembered, is ours without asking. `known` None: the
    machine's thumbprint is not known, so the name alone decides.
    Raises MatchError for a record of this name that is no Tentacle's or has no thumbprint, and when several could be the machine's;
    ForeignThumbprint for a name with a foreign thumbprint unless it may be replaced.
    """
    records = list(candidates)
    named = [record for record in records if same_name(record["Name"], registration.name)]
    for record in named:
        _require_tentacle(registration, record)
    if known is None:
        return _single(registration, named, "this name")
    ours = _with_thumbprint(records, known.thumbprint)
    both = [record for record in named if record in ours]
    if both:
        return _single(registration, both, f"this name and the thumbprint {known.thumbprint}")
    if found := _single(registration, named, "this name"):
        return _match_by_name(registration, known, found.record, ours)
    if not ours and registration.allow_rename:
        ours = _with_thumbprint(records, *known.own)
    if len(ours) > 1:
        kind = registration.type
        raise MatchError(
            f"Several {kind.words}s have this machine's thumbprint {known.thumbprint}, and none has its name: {_listed(ours)}. "
            f"Name the right one with '{kind.name_variable}', or delete the others."
        )
    return Match(ours[0], adopted=True) if ours else None


def require_rename(registration: Registration, record: Record, port: int | None, others: Callable[[], Collection[str]] | None) -> None:
    """Raise MatchError for a record of another name that is as likely the machine's that this one was copied from.

    It is this machine's under its former name when Octopus reaches it at the same address, or when no other host has that name.
    `others` returns the names that the other hosts of the inventory have in Octopus; None: they say nothing of this machine.
    """
    if registration.allow_rename or same_name(record["Name"], registration.name):
        return
    belongs = f"The certificate of this machine belongs to {_listed([record])}"
    remedy = "If this machine was renamed, set 'octopus_allow_rename: true'; else give it a certificate of its own."
    names = others() if others else ()
    if any(same_name(record["Name"], name) for name in names):
        raise MatchError(f"{belongs}, and another host of the inventory has that name. {remedy}")
    if others is None and not _same_address(registration, record, port):
        uri = shown(str(_uri_of(record) or "an unknown address"), 200)
        raise MatchError(f"{belongs}, which has another name and another address ({uri}). {remedy}")


def require_unclaimed(registration: Registration, known: Known, shown_thumbprint: str, holders: Iterable[Record]) -> None:
    """Raise MatchError when the certificate that the machine shows until now is that of records (`holders`) of other names."""
    claimed = [record for record in holders if other_kind(record) is None]
    if registration.allow_rename or shown_thumbprint.upper() == known.thumbprint.upper() or not claimed:
        return
    if not any(same_name(record["Name"], registration.name) for record in claimed):
        raise MatchError(
            f"This machine shows the certificate {shown_thumbprint}, which belongs to {_listed(claimed)}: is this the address of that "
            "machine? If it is that one and was renamed, set 'octopus_allow_rename: true'; if it is a copy, remove its Tentacle first."
        )


def _require_tentacle(registration: Registration, record: Record) -> None:
    kind, other = registration.type, other_kind(record)
    there = f"The {kind.words} of this name ({record['Id']})"
    remedy = f"Choose another '{kind.name_variable}', or delete or rename that one."
    if other:
        raise MatchError(f"{there} is {other}, and no Tentacle's. {remedy}")
    if not thumbprint_of(record) and not registration.replace:
        raise MatchError(f"{there} has no thumbprint. {remedy} To take it over, set 'octopus_on_thumbprint_mismatch: replace'.")


def _with_thumbprint(records: Iterable[Record], *thumbprints: str) -> list[Record]:
    wanted = {thumbprint.upper() for thumbprint in thumbprints}
    return [record for record in records if thumbprint_of(record) in wanted and other_kind(record) is None]


def _single(registration: Registration, records: Sequence[Record], have: str) -> Match | None:
    if len(records) > 1:
        raise MatchError(f"Several {registration.type.words}s have {have}: {_listed(records)}. Delete or rename the wrong ones.")
    return Match(records[0], adopted=False) if records else None


def _same_address(registration: Registration, record: Record, port: int | None) -> bool:
    """Tell whether Octopus reaches the record's machine where it shall reach this one. A port that is not known is no difference."""
    uri, wanted = _uri_of(record), registration.port or port
    return host_of(uri) == canonical_host(registration.hostname) and wanted in (None, port_of(uri))


def _uri_of(record: Record) -> str | None:
    return (record.get("Endpoint") or {}).get("Uri")


def _match_by_name(registration: Registration, known: Known, record: Record, ours: list[Record]) -> Match:
    kind, theirs = registration.type, thumbprint_of(record)
    has = shown(theirs, 100) or "none"
    if ours:
        raise MatchError(
            f"The {kind.words} of this name ({record['Id']}) has the thumbprint {has}, but the machine's own thumbprint "
            f"{known.thumbprint} belongs to {_listed(ours)}. Delete or rename the wrong one."
        )
    if registration.replace or theirs in {thumbprint.upper() for thumbprint in known.own} or known.polled_as(record):
        return Match(record, adopted=True)
    raise ForeignThumbprint(
        f"A {kind.words} of this name ({record['Id']}) already exists with the thumbprint {has}, "
        f"and this machine's is {known.thumbprint}. If it is the same machine, supply its certificate or set "
        f"'octopus_on_thumbprint_mismatch: replace'; if it is another one, choose another '{kind.name_variable}'.",
        theirs,
    )


def _listed(records: Iterable[Record]) -> str:
    return ", ".join(f"'{shown(record['Name'], 100)}' ({record['Id']})" for record in records)
