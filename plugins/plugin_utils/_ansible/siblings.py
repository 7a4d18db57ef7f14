# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Several instances of one host in one run, each brought by a task of its own: what the run has noted of the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from .._core.errors import InputError
from .._core.fleet import Claims, claims_of, doubles
from .._core.inputs import HostInputs, InstanceInputs, RegistrationInputs
from .._core.tentacle.neighbours import Neighbour
from .._work.neighbours import Note
from . import wiring

_NAMES, _PLACES, _THUMBPRINTS = "names of the instances of", "places of the instances of", "thumbprints"
"""Topics of the notebook: what an instance is called, where it listens, and whose a certificate is."""


def require_own_names(host: str, options: Mapping[str, Any], *registrations: RegistrationInputs) -> None:
    """Raise InputError for an instance that would have the identity or the name in Octopus of another one of its host."""
    own = claims_of(HostInputs(host, (InstanceInputs(options["instance"], options, registrations),)))
    names = [sorted(map(repr, own.identities)), sorted(map(repr, own.records))]
    others = _noted(f"{_NAMES} {host}", options["instance"], names)
    claims = {host: names, **{f"its instance '{name}'": theirs for name, theirs in others.items()}}
    told = doubles({who: Claims(*map(frozenset, theirs)) for who, theirs in claims.items()}).get(host)
    if told:
        raise InputError(told)


def note_on(host: str) -> Note:
    """Return how an instance of a host is noted: see `_work/neighbours.py`."""

    def note(own: Neighbour) -> list[Neighbour]:
        return [Neighbour(**each) for each in _noted(f"{_PLACES} {host}", own.name, asdict(own)).values()]

    return note


def other_owner(thumbprint: str, host: str) -> str | None:
    """Take a certificate for a host of this run; return which other host has it, if one does."""
    owner = wiring.notebook().claim(_THUMBPRINTS, thumbprint, host)
    return None if owner == host else owner


def _noted(topic: str, instance: str, row: Any) -> dict[str, Any]:
    """Write the row of an instance, whose name has no case, and return those of the others."""
    book = wiring.notebook()
    rows = {name: found for name, found in book.rows(topic).items() if name.casefold() != instance.casefold()}
    book.write(topic, {instance: row})
    return rows
