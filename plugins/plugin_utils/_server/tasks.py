# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.

"""Server tasks: one health check of many machines, waited for (octopus-api.md 8)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from .._core.errors import TaskTimedOut
from .._core.octopus import kinds
from .client import Client, Resource

_PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0)
_TELLING = ("Warning", "Error", "Fatal", "Alert")
# 'Check deployment target: web01' is what a real server writes (OctopusDeploy/Issues 3175).
_TITLE = re.compile(r"(?:Check health of |Check [^:]+: )?(?P<machine>.*)", re.DOTALL)
# A longer list of ids would outgrow the request line that servers accept (octopus-api.md 8.3).
_IDS_PER_REQUEST = 300


def create_health_task(
    client: Client, machine_ids: Sequence[str], *, description: str, timeout_seconds: int, machine_timeout_seconds: int
) -> Resource:
    """Queue a health check of these deployment targets. Raises ValueError for none: to Octopus an empty list means all."""
    if not machine_ids:
        raise ValueError("A health check of no machines would be one of all machines.")
    arguments = {
        "MachineIds": list(machine_ids),
        "RestrictedTo": "DeploymentTargets",
        "Timeout": _time_span(timeout_seconds),
        "MachineTimeout": _time_span(machine_timeout_seconds),
    }
    body = {"Name": "Health", "Description": description, "SpaceId": client.space_id, "Arguments": arguments}
    return client.create(kinds.TASK, body)


def wait(
    client: Client,
    task_id: str,
    *,
    queued_seconds: float,
    running_seconds: float,
    sleep: Callable[[float], None],
    clock: Callable[[], float],
    on_progress: Callable[[Resource], None],
) -> Resource:
    """Wait until a task has ended, well or not, and return it; `on_progress` sees it at every look. Raises TaskTimedOut.

    The time behind other tasks has a limit of its own: a server runs five at once (octopus-api.md 10.4).
    """
    began: float | None = None
    deadline = clock() + queued_seconds
    for pause in itertools.chain(_PAUSES, itertools.repeat(_PAUSES[-1])):
        task = client.get_one(kinds.TASK, task_id)
        on_progress(task)
        if task.get("IsCompleted"):
            return task
        if began is None and task.get("State") not in ("New", "Queued"):
            began = clock()
            deadline = began + running_seconds
        left = deadline - clock()
        if left <= 0:
            break
        sleep(min(pause, left))
    raise _timed_out(client, task_id, queued_seconds if began is None else running_seconds, queued=began is None)


def health_of(client: Client, machine_ids: Sequence[str]) -> dict[str, Resource]:
    """Return the machines' records by id; a deleted one is missing."""
    parts = (machine_ids[start : start + _IDS_PER_REQUEST] for start in range(0, len(machine_ids), _IDS_PER_REQUEST))
    return {record["Id"]: record for part in parts for record in client.list_all(kinds.MACHINE, ids=part)}


def messages(client: Client, task_id: str) -> dict[str, list[str]]:
    """Return the warnings and errors of a task's log by machine, each once, with those of the steps below it."""
    details = client.get(f"/api/tasks/{task_id}/details")
    told: dict[str, list[str]] = {}
    for node in _nodes(details.get("ActivityLogs")):
        machine = _TITLE.fullmatch(str(node.get("Name") or ""))
        lines = [line for step in _nodes([node]) for line in step.get("LogElements") or () if line.get("Category") in _TELLING]
        if machine and lines:
            told.setdefault(machine["machine"], []).extend(str(line["MessageText"]) for line in lines)
    return {machine: list(dict.fromkeys(texts)) for machine, texts in told.items()}


def messages_for(told: Mapping[str, list[str]], machine_name: str) -> list[str]:
    """Return what `messages` found for a machine, without regard to case."""
    wanted = machine_name.casefold()
    return [text for machine, texts in told.items() if machine.casefold() == wanted for text in texts]


def _nodes(nodes: Any) -> Iterator[Mapping[str, Any]]:
    for node in nodes or ():
        yield node
        yield from _nodes(node.get("Children"))


def _timed_out(client: Client, task_id: str, seconds: float, *, queued: bool) -> TaskTimedOut:
    state = "is still in the queue" if queued else "still runs"
    return TaskTimedOut(f"{task_id} on {client.connection.url} {state} after {seconds:.0f} s, and was left alone: look at it in Octopus.")


def _time_span(seconds: int) -> str:
    """Write seconds as a TimeSpan of .NET: `d.hh:mm:ss`."""
    days, rest = divmod(seconds, 86400)
    clock = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    return f"{days}.{clock}" if days else clock
