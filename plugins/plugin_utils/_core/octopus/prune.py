# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Which records are of machines that are gone: provably ours, of no host any more, and not answering. All else is left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from ..errors import InputError
from ..identity import Identity
from ..text import shown
from .endpoint import other_kind
from .field import Record

_GONE = ("Unavailable", "Unknown")
"""How Octopus finds a machine that does not answer. An unhealthy one did (octopus-api.md 4.5)."""


@dataclass(frozen=True)
class Present:
    """What the hosts of an inventory have now, each name as it is said: case makes no difference here.

    `identities`: what their identities are called, and they themselves; `records`: their names in Octopus; `thumbprints`: of certificates
    that are supplied, and in no store.
    """

    identities: frozenset[str] = frozenset()
    records: frozenset[str] = frozenset()
    thumbprints: frozenset[str] = frozenset()

    def owner(self, identity: str) -> str | None:
        """Return whose an identity is, or may be: a further instance's is called as its host and something else (docs/instances.md)."""
        return next((self._owners[part] for part in _parts(_plain(identity)) if part in self._owners), None)

    def has(self, identity: str) -> bool:
        """Tell whether an identity is a host's."""
        return _plain(identity) in self._owners

    def names(self, record: str) -> bool:
        """Tell whether a host has this name in Octopus."""
        return _plain(record) in self._records

    @cached_property
    def _owners(self) -> dict[str, str]:
        return {_plain(name): name for name in self.identities}

    @cached_property
    def _records(self) -> frozenset[str]:
        return frozenset(map(_plain, self.records))


@dataclass(frozen=True)
class Stored:
    """A fleet's identities. `gone`: the names of those that are of no host, by each thumbprint that they have or had.

    `all`: every thumbprint of ours.
    """

    gone: dict[str, str]
    all: frozenset[str]


def sort_out(identities: Iterable[Identity], present: Present) -> Stored:
    """Tell the identities of hosts from those of machines that are gone. A thumbprint that a host has, or had, is of no other."""
    theirs, gone = set(present.thumbprints), dict[str, str]()
    for each in identities:
        thumbprints = (each.thumbprint, *each.former_thumbprints)
        if present.has(each.name):
            theirs.update(thumbprints)
        else:
            gone.update(dict.fromkeys(thumbprints, each.name))
    return Stored({thumbprint: name for thumbprint, name in gone.items() if thumbprint not in theirs}, frozenset(theirs | gone.keys()))


def is_tentacle(record: Record) -> bool:
    """Tell whether a record is a Tentacle's."""
    return other_kind(record) is None


def answers(record: Record) -> bool:
    """Tell whether Octopus found the machine there when it looked last. It does not look for a disabled one."""
    return not record.get("IsDisabled") and _health(record) not in _GONE


def why_kept(record: Record, identity: str, present: Present, *, include_healthy: bool) -> str | None:
    """Return why a record stays whose thumbprint is of an identity of no host; None for one of a machine that is gone."""
    if present.names(record["Name"]):
        return "A host of the inventory has this name in Octopus."
    if owner := present.owner(identity):
        return f"Its identity '{shown(identity, 100)}' may be of another instance of '{shown(owner, 100)}'."
    if answers(record) and not include_healthy:
        return f"Octopus finds it {shown(_health(record), 50)}: the machine runs. 'include_healthy' takes such ones too."
    return None


def require_few(count: int, *, ours: int, most: int | None) -> None:
    """Raise InputError when more records would go at once than may. Unless it is said, half of the fleet's are too many to be true."""
    limit = max(1, ours // 2) if most is None else most
    if count > limit:
        raise InputError(
            f"is {limit}{' (half of them)' if most is None else ''}, and {count} of the fleet's {ours} records would go: nothing was "
            "removed. Is this the whole inventory? If they are all gone, set it to as many.",
            option="most",
        )


def _health(record: Record) -> str:
    return str(record.get("HealthStatus") or "Unknown")


def _parts(name: str) -> Iterator[str]:
    """Yield what a name consists of: itself, and all between its ends and marks such as a dash."""
    marks = [-1, *(number for number, letter in enumerate(name) if not letter.isalnum()), len(name)]
    yield from (name[start + 1 : end] for start, end in combinations(marks, 2))


def _plain(name: str) -> str:
    return name.strip().casefold()
