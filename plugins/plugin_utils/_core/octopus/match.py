# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Which record on the server is this machine's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import ForeignThumbprint, MatchError
from ..text import shown
from .endpoint import thumbprint_of
from .registration import Known, Registration
from .resources import Record


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

    By thumbprint and name; else a single record with that thumbprint; else by name. A record by name whose thumbprint is one of
    `known.own` is ours without asking. `known` None: the machine's thumbprint is not known, so the name alone decides.
    Raises MatchError when several records have the thumbprint and none the name, and ForeignThumbprint for a name with a foreign
    thumbprint unless it may be replaced.
    """
    records = list(candidates)
    named = [record for record in records if same_name(record["Name"], registration.name)]
    if known is None:
        return Match(named[0], adopted=False) if named else None
    ours = [record for record in records if thumbprint_of(record) == known.thumbprint.upper()]
    both = [record for record in named if record in ours]
    if both:
        return Match(both[0], adopted=False)
    if named:
        return _match_by_name(registration, known, named[0], ours)
    if len(ours) > 1:
        kind = registration.type
        raise MatchError(
            f"Several {kind.words}s have this machine's thumbprint {known.thumbprint}, and none has its name: {_listed(ours)}. "
            f"Name the right one with '{kind.name_variable}', or delete the others."
        )
    return Match(ours[0], adopted=True) if ours else None


def _match_by_name(registration: Registration, known: Known, record: Record, ours: list[Record]) -> Match:
    kind, theirs = registration.type, thumbprint_of(record)
    has = shown(theirs, 100) or "none"
    if ours:
        raise MatchError(
            f"The {kind.words} of this name ({record['Id']}) has the thumbprint {has}, but the machine's own thumbprint "
            f"{known.thumbprint} belongs to {_listed(ours)}. Delete or rename the wrong one."
        )
    if registration.replace or theirs in {thumbprint.upper() for thumbprint in known.own}:
        return Match(record, adopted=True)
    raise ForeignThumbprint(
        f"A {kind.words} of this name ({record['Id']}) already exists with the thumbprint {has}, "
        f"and this machine's is {known.thumbprint}. If it is the same machine, supply its certificate or set "
        f"'octopus_on_thumbprint_mismatch: replace'; if it is another one, choose another '{kind.name_variable}'.",
        theirs,
    )


def _listed(records: list[Record]) -> str:
    return ", ".join(f"'{shown(record['Name'], 100)}' ({record['Id']})" for record in records)
