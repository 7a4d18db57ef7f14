# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The health of machines: of the task's own host, together with all that wait; or of machines that the task names."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .._core.errors import Failure, HostError, InputError
from .._core.octopus.connection import Connection
from .._core.octopus.health import Health, judge
from .._core.octopus.resources import MACHINES, TARGET, ResourceType
from .._core.results import Verdict
from .._work.health import check_health
from .._work.waiting import Check, Waiting, WaitingRoom
from . import wiring
from .fleet import variables_of
from .inputs import HostVariables
from .output import tell
from .registrations import read_connection

if TYPE_CHECKING:
    from .action import OctopusAction


def health_of_own(action: OctopusAction, options: Mapping[str, Any]) -> dict[str, Any]:
    """Check what this run registered on the task's host. Raises Failure when it is not well."""
    room = WaitingRoom(wiring.notebook())
    if action.check_mode or not action.run_options["health_check"]:
        return {"changed": False, "tasks": []}
    found: list[Waiting] = []
    connections = action.connections
    for connection in connections:
        for kind in MACHINES:
            place = place_of(connection, kind)
            if room.of(action.host, place):
                found += room.called(action.host, place, _check(options, connection, kind))
    if not found:
        raise InputError(
            f"In this run, nothing was registered on {' or '.join(dict.fromkeys(each.url for each in connections))} for this host, in this "
            "space and with this credential: register it first, or give 'machines'."
        )
    verdicts = [judge(each.health, strict=options["strict"]) for each in found if each.failure is None]
    failures = [each.failure for each in found if each.failure] + [verdict.failure for verdict in verdicts if verdict.failure]
    told = {"changed": False, "tasks": sorted({each.task_id for each in found if each.task_id})}
    if verdicts:
        told |= verdicts[0].as_dict()
    if failures:
        raise Failure(HostError(" ".join(failures)), told)
    return told


def health_of_named(action: OctopusAction, options: Mapping[str, Any], machines: Mapping[str, str]) -> dict[str, Any]:
    """Check machines by host. Never fails for one that is not well."""
    groups: dict[str, tuple[Connection, ResourceType, dict[str, str]]] = {}
    for host, machine_id in machines.items() if not action.check_mode else ():
        connection = read_connection(_variables(action, host), action.given, os.environ)
        kind = next((kind for kind in MACHINES if kind.owns(machine_id)), TARGET)
        groups.setdefault(place_of(connection, kind), (connection, kind, {}))[2][host] = machine_id
    tasks: list[str] = []
    verdicts: dict[str, Verdict] = {}
    for connection, kind, group in groups.values():
        action.keep_secret((connection.api_key, connection.access_token))
        task_id, health = _check(options, connection, kind)(list(group.values()))
        tasks.append(task_id)
        verdicts |= {host: judge(health.get(machine_id), strict=options["strict"]) for host, machine_id in group.items()}
    return {
        "changed": False,
        "tasks": tasks,
        "hosts": {host: verdict.as_dict() for host, verdict in verdicts.items()},
        "failures": {host: verdict.failure for host, verdict in verdicts.items() if verdict.failure},
    }


def named_machines(action: OctopusAction, options: Mapping[str, Any]) -> Mapping[str, str] | None:
    """Return machine ids by host: as the task gives them, or as a task registered them; None when neither is said."""
    if "machines" in options:
        return {str(host): str(machine_id) for host, machine_id in options["machines"].items()}
    if "registered" not in options:
        return None
    hostvars = action.task_vars["hostvars"]
    results = {str(host): hostvars.raw_get(host).get(options["registered"]) or {} for host in action.task_vars["ansible_play_batch"]}
    if not all(isinstance(result, Mapping) for result in results.values()):
        raise InputError("must be the name of a variable that holds a result of 'deployment_target' or 'worker'.", option="registered")
    return {host: str(result["id"]) for host, result in results.items() if result.get("id")}


def _variables(action: OctopusAction, host: str) -> HostVariables:
    """Return the variables of a host; the task's own stand for a name that is none of the inventory's."""
    return variables_of(action, host) if host in action.task_vars["hostvars"] else action.variables


def place_of(connection: Connection, kind: ResourceType) -> str:
    """Name where machines wait that are checked together: server, space, credential and type."""
    return f"{connection.cache_key()} {kind.path}"


def _check(options: Mapping[str, Any], connection: Connection, kind: ResourceType) -> Check:
    """Return how machines of a type are checked on a server."""

    def check(machine_ids: list[str]) -> tuple[str, Mapping[str, Health | None]]:
        with wiring.snapshot_of(connection) as snapshot:
            client = wiring.client_for(connection, space_id=snapshot.meta().space_id)
        return check_health(
            client,
            kind,
            machine_ids,
            queued_timeout=options["timeout_queued"],
            running_timeout=options["timeout_running"],
            machine_timeout=options["machine_timeout"],
            sleep=time.sleep,
            clock=time.monotonic,
            tell=tell,
        )

    return check
