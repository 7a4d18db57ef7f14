# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What the module `prune` does: all hosts of the inventory say who is there, and those of the fleet which stores and servers it has."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from .._core.errors import Failure, InputError, OctopusError, OperatorError
from .._core.identity import Identity
from .._core.inputs import HostInputs
from .._core.octopus.connection import Connection
from .._core.octopus.prune import Present, sort_out
from .._core.octopus.resources import MACHINES
from .._core.options import CONNECTION, IDENTITY, PRUNE
from .._store.listing import identities_in
from .._work.prune import Prune, Pruned, Side
from . import wiring
from .claims import read_names
from .fleet import read_inputs, variables_of
from .inputs import read
from .output import tell, with_diff

if TYPE_CHECKING:
    from .action import OctopusAction

_NOTHING = "Nothing is removed"


def prune(action: OctopusAction) -> dict[str, Any]:
    """Remove the records of machines that are gone. Raises Failure with what is known where not all could be done."""
    options = action.values_of(PRUNE)
    fleet, present = _read_all(action, _hosts(action, options["hosts"]))
    stored = sort_out(_identities(fleet), present)
    sides, servers, failures = _sides(connection for each in fleet for connection in _connections(each))
    told = Prune(stored, present, options["include_healthy"], options.get("most")).run(sides, check_mode=action.check_mode)
    _tell(action, told)
    result = with_diff(action, {**told.as_dict(), "servers": servers}, told.changes, "Machines that are gone")
    _raise_for(told, failures, result)
    return result


def _tell(action: OctopusAction, told: Pruned) -> None:
    done = "would be removed (this is check mode)" if action.check_mode else "is removed"
    lines = [f"{each.path}: {done}" for each in told.changes] + [f"{each.words}: stays. {each.kept}" for each in told.kept]
    for line in lines:
        tell(action.scrub(line[:1].upper() + line[1:]))


def _raise_for(told: Pruned, failures: Sequence[str], result: Mapping[str, Any]) -> None:
    if told.refused:
        raise Failure(told.refused, result)
    if failures or told.failures:
        raise Failure(OctopusError(" ".join((*failures, *told.failures))), result)


def _hosts(action: OctopusAction, pattern: Any) -> list[str]:
    """Return the hosts of the fleet, the limit left out. Raises InputError where there are none."""
    inventory = action.task_vars["hostvars"]._inventory
    hosts = [str(host) for host in inventory.get_hosts(pattern, ignore_limits=True, ignore_restrictions=True)]
    if not hosts:
        raise InputError(f"is '{pattern}', and the inventory has no such host. {_NOTHING}: of an empty fleet, all is gone.", "hosts")
    return hosts


def _read_all(action: OctopusAction, fleet: Sequence[str]) -> tuple[list[HostInputs], Present]:
    """Read all that is wanted of the hosts of the fleet, and what those outside of it have, as they may have been in it.

    Raises InputError for one that cannot be read: it is not known then what is its own.
    """
    server = {option.name for option in CONNECTION}
    given = {name: value for name, value in action.given.items() if name in server}
    inputs, own = list[HostInputs](), frozenset(fleet)
    identities, records, thumbprints = set[str](), set[str](), set[str]()
    for host in dict.fromkeys((*fleet, *map(str, action.task_vars["hostvars"]._inventory.hosts))):
        variables = variables_of(action, host)
        try:
            if host in own:
                inputs.append(read_inputs(action, variables, given))
                said: Mapping[str, Any] = inputs[-1].instances[0].tentacle
            else:
                said = action.noting(read(IDENTITY, variables, given={}, environment=os.environ)).values
            identities |= {host, str(said.get("identity_name") or host)}
            if said.get("certificate"):
                thumbprints.add(wiring.material_of(said["certificate"], said.get("certificate_password")).thumbprint)
        except OperatorError as error:
            raise InputError(f"{_NOTHING}, as what is of {host} cannot be told: {error.said_of(error.option)}") from None
        records |= {host, *(name for kind in MACHINES for name in read_names(variables, kind, os.environ))}
    return inputs, Present(frozenset(identities), frozenset(records), frozenset(thumbprints))


def _identities(fleet: Iterable[HostInputs]) -> Iterator[Identity]:
    """Yield the identities of all stores of the fleet. Raises StoreError, and InputError where there is none."""
    directories = {instance.tentacle.get("identity_store") for each in fleet for instance in each.instances} - {None}
    if not directories:
        raise InputError(f"{_NOTHING}: no host of the fleet says 'tentacle_identity_store', by which its machines are known.")
    wiring.require_cryptography()
    for directory in sorted(map(str, directories)):
        yield from identities_in(directory)


def _connections(inputs: HostInputs) -> list[Connection]:
    return [each.connection for instance in inputs.instances for each in instance.registrations]


def _sides(connections: Iterable[Connection]) -> tuple[list[Side], list[dict[str, str]], list[str]]:
    """Return the spaces of servers, each once, what is told of them, and why others could not be read.

    A server is known by its certificate, as it may have many URLs.
    """
    sides: dict[tuple[str, str], tuple[Side, dict[str, str]]] = {}
    failures: dict[str, None] = {}
    for connection in {each.cache_key(): each for each in connections}.values():
        try:
            held = wiring.snapshot_of(connection)
        except OctopusError as error:
            failures[str(error)] = None
            continue
        space = held.meta()
        side = Side(held, partial(wiring.client_for, connection, space_id=space.space_id))
        sides.setdefault((space.thumbprint, space.space_id), (side, wiring.server_told(held)))
    return [side for side, _told in sides.values()], [told for _side, told in sides.values()], list(failures)
