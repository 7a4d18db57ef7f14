# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The records that are wanted for one machine, beside what their servers hold."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._core.errors import InputError, OctopusError, OperatorError
from .._core.inputs import RegistrationInputs
from .._core.octopus.resources import ResourceType
from .._store.snapshot import SnapshotFile
from .._work.register import Register
from . import wiring

Others = Callable[[ResourceType], Callable[[], Collection[str]] | None]
"""How to find the names that other hosts have in Octopus as machines of a type: see `Register`."""


@dataclass(frozen=True)
class Reached:
    """One record that is wanted, and what its server holds."""

    inputs: RegistrationInputs
    register: Register
    snapshot: SnapshotFile

    @contextlib.contextmanager
    def named(self) -> Iterator[None]:
        """Put before an error the name by which the operator of that host knows the option at fault."""
        try:
            yield
        except OperatorError as error:
            raise InputError(("" if error.option else self.register.label) + self.inputs.told(error)) from None


@dataclass(frozen=True)
class Reach:
    """The records whose servers could be read, at least one; and why those of others could not, a sentence for each."""

    found: tuple[Reached, ...]
    failures: tuple[str, ...] = ()


def reach(registrations: Sequence[RegistrationInputs], others: Others, said: Mapping[str, Any]) -> Reach:
    """Read the servers of a machine's records. `said`: the options of `tentacle`.

    A server that cannot be read does not keep the machine from the others. Raises OperatorError when none can be read, and InputError
    for two records of one type in one space.
    """
    found: list[Reached] = []
    failures: list[str] = []
    for each in registrations:
        kind = each.registration.type
        try:
            snapshot = wiring.snapshot_of(each.connection)
            snapshot.meta().require_permissions(kind)
            register = wiring.register_for(each, snapshot, others(kind), said)
            register.label = f"{each.label}: " if len(registrations) > 1 else ""
            found.append(Reached(each, register, snapshot))
        except OctopusError as error:
            if len(registrations) == 1:
                raise InputError(each.told(error)) from None
            failures.append(f"{each.label}: {each.told(error)}")
    if not found:
        raise InputError(" ".join(failures))
    _require_distinct(found)
    return Reach(tuple(found), tuple(failures))


def _require_distinct(found: Sequence[Reached]) -> None:
    """Refuse two records that come to one place. A server is known by its certificate, as it may have many URLs; a space by its id."""
    seen: dict[tuple[str, str, str], Reached] = {}
    for each in found:
        held, kind = each.snapshot.meta(), each.inputs.registration.type
        first = seen.setdefault((held.thumbprint, held.space_id, kind.path), each)
        if first is not each:
            raise InputError(
                f"'octopus_registrations' names two {kind.words}s in one space, '{held.space_name}' of {held.url}: "
                f"one by {first.inputs.place}, and one by {each.inputs.place}. Leave one of them out."
            )
