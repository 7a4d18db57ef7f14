# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The identity stores of a fleet, looked at once for all its hosts: whether git keeps them, and whether they are the fleet's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._core.errors import InputError, OperatorError
from .._core.fleet import identity_of
from .._core.identity import Identity
from .._core.inputs import HostInputs, RegistrationInputs
from .._core.octopus.endpoint import thumbprint_of
from .._core.octopus.resources import ResourceType
from .._core.rekey import Kept, refusal
from .._store.snapshot import SnapshotFile
from .._store.source import IdentitySource
from .._work.register import Comparison
from . import wiring
from .ground import warn_of_ignored, warn_of_inventory

if TYPE_CHECKING:
    from .action import OctopusAction
    from .fleet import Look

_LOOKED_AT = 5
"""A fleet has one store, or a few: git is not asked for each of a thousand."""


def note(action: OctopusAction, scope: str, fleet: Iterable[HostInputs]) -> None:
    """Note in which store each host's identity is, and warn of one that git ignores or Ansible reads. No store is opened."""
    rows = {f"{host} {number}": row for host, rows in ((each.host, _rows(each)) for each in fleet) for number, row in enumerate(rows)}
    book = wiring.notebook()
    book.write(_noted(scope), rows)
    for directory in islice(dict.fromkeys(row[2] for row in rows.values()), _LOOKED_AT):
        warn_of_ignored(book, directory)
        warn_of_inventory(book, wiring.sources_of(action), Path(directory))


def require_own(action: OctopusAction, scope: str, registration: RegistrationInputs, snapshot: SnapshotFile) -> None:
    """Raise InputError when most of the fleet that was noted would get other certificates than its records have.

    It is found out once for each server, by the first host whose own certificate would be new.
    """
    book, server = wiring.notebook(), _server(registration)

    def look() -> dict[str, Any]:
        rows = [row for row in book.rows(_noted(scope)).values() if row[0] == server]
        return {"refusal": refusal(_kept(action, registration.registration.type, rows, snapshot))}

    topic = f"rekey {scope} {server}"
    book.once(topic, look)
    told = book.row(topic, "refusal")
    if told:
        raise InputError(told)


def rekeyed(action: OctopusAction, scope: str, looks: Mapping[str, Look]) -> dict[str, str]:
    """Return, for hosts that were looked at, why they may not get another certificate."""
    inputs = {host: look.inputs for host, look in looks.items() if look.inputs}
    note(action, scope, inputs.values())
    told: dict[str, str] = {}
    for host, read in inputs.items():
        (instance,) = read.instances
        if looks[host].new_certificate and not instance.tentacle["allow_rekey"]:
            try:
                for registration in instance.registrations:
                    require_own(action, scope, registration, wiring.snapshot_of(registration.connection))
            except OperatorError as error:
                told[host] = str(error)
    return told


def is_new(identities: IdentitySource, identity: Identity | None, comparison: Comparison) -> bool:
    """Tell whether a machine's certificate of the store is not the one that its record has, or is yet to be made."""
    if identities.supplied is not None:
        return False
    recorded = thumbprint_of(comparison.match.record) if comparison.match else ""
    return identity is None or comparison.contested is not None or recorded not in ("", identity.thumbprint)


def _kept(action: OctopusAction, kind: ResourceType, rows: Iterable[list[Any]], snapshot: SnapshotFile) -> Iterator[Kept]:
    for _server_key, record, directory, name, encryption in rows:
        recorded = [found for each in snapshot.by_name(kind, record) if (found := thumbprint_of(each))]
        if not recorded:
            continue
        try:
            identity = wiring.store_in(directory, encryption, action._loader).find(name)
        except OperatorError:
            continue  # what cannot be read is that host's own failure, and says nothing of the others
        yield Kept(recorded, (identity.thumbprint, *identity.former_thumbprints) if identity else ())


def _rows(inputs: HostInputs) -> Iterator[list[Any]]:
    """Yield server, record and identity of each registration. A certificate that the user supplies is in no store."""
    for instance in inputs.instances:
        said = instance.tentacle
        if said.get("identity_store") and not said.get("certificate"):
            for each in instance.registrations:
                name = identity_of(inputs.host, instance)
                yield [_server(each), each.registration.name, said["identity_store"], name, said["identity_encryption"]]


def _server(registration: RegistrationInputs) -> str:
    """Name server, space and type: who asks makes no difference to what a machine's record is."""
    connection = registration.connection
    return f"{connection.url} {registration.registration.type.path} {(connection.space or '').casefold()}"


def _noted(scope: str) -> str:
    return f"stores {scope}"
