# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.

"""Server tasks: one health check of many machines (octopus-api.md 8)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from .._core.octopus.health import Health, TaskState
from .._core.octopus.resources import TARGET, TASK, WORKER, ResourceType
from .client import Client
from .shapes import Reply, Resource

_TELLING = ("Warning", "Error", "Fatal", "Alert")
# 'Check deployment target: web01' is what a real server writes (OctopusDeploy/Issues 3175).
_TITLE = re.compile(r"(?:Check health of |Check [^:]+: )?(?P<machine>.*)", re.DOTALL)
# A longer list of ids would outgrow the request line that servers accept (octopus-api.md 8.3).
_IDS_PER_REQUEST = 300
_RESTRICTIONS = {TARGET: "DeploymentTargets", WORKER: "Workers"}
"""What keeps a task to the machines of a type (octopus-api.md 8.1)."""


class OctopusServer(Client):
    """All that the use cases ask of a server: resources, and the health of machines."""

    def start_health_check(
        self, kind: ResourceType, machine_ids: Sequence[str], *, description: str, timeout: int, machine_timeout: int
    ) -> str:
        """Queue a health check of these machines of a type, and return the id of its task. Timeouts are in seconds.

        There must be at least one machine: to Octopus an empty list means all. Without the restriction, some servers check others too.
        """
        arguments = {
            "MachineIds": list(machine_ids),
            "RestrictedTo": _RESTRICTIONS[kind],
            "Timeout": _time_span(timeout),
            "MachineTimeout": _time_span(machine_timeout),
        }
        body = {"Name": "Health", "Description": description, "SpaceId": self.space_id, "Arguments": arguments}
        return str(self.create(TASK, body)["Id"])

    def task(self, task_id: str) -> TaskState:
        """Return how a task stands. Raises NotFound."""
        return TaskState.of(self.get_one(TASK, task_id))

    def health_of(self, kind: ResourceType, machine_ids: Sequence[str], task_id: str) -> dict[str, Health]:
        """Return the health of machines by id, with what a task's log says of each; a machine that was deleted is missing."""
        records = self._records(kind, machine_ids)
        told = self._messages(task_id)
        return {machine_id: Health.of(record, tuple(told.get(_key(record["Name"]), ()))) for machine_id, record in records.items()}

    def _records(self, kind: ResourceType, machine_ids: Sequence[str]) -> dict[str, Resource]:
        parts = (machine_ids[start : start + _IDS_PER_REQUEST] for start in range(0, len(machine_ids), _IDS_PER_REQUEST))
        return {record["Id"]: record for part in parts for record in self.list_all(kind, ids=part)}

    def _messages(self, task_id: str) -> dict[str, list[str]]:
        """Return the warnings and errors of a task's log by machine, each once, with those of the steps below it."""
        told: dict[str, list[str]] = {}
        for node in _nodes(self.get(f"/api/tasks/{quote(task_id, safe='')}/details").children("ActivityLogs")):
            machine = _TITLE.fullmatch(node.text("Name", needed=False))
            lines = [text for step in _nodes(iter([node])) for text in _telling(step)]
            if machine and lines:
                told.setdefault(_key(machine["machine"]), []).extend(lines)
        return {machine: list(dict.fromkeys(texts)) for machine, texts in told.items()}


def _key(machine_name: str) -> str:
    return machine_name.strip().casefold()


def _nodes(roots: Iterator[Reply]) -> Iterator[Reply]:
    """Yield the nodes of trees, each before its children. Not by recursion: how deep they are is for the server to say."""
    waiting = [roots]
    while waiting:
        node = next(waiting[-1], None)
        if node is None:
            waiting.pop()
        else:
            yield node
            waiting.append(node.children("Children"))


def _telling(node: Reply) -> Iterator[str]:
    lines = (line for line in node.children("LogElements") if line.text("Category", needed=False) in _TELLING)
    return (text for line in lines if (text := line.text("MessageText", needed=False)).strip())


def _time_span(seconds: int) -> str:
    """Write seconds as a TimeSpan of .NET: `d.hh:mm:ss`."""
    days, rest = divmod(seconds, 86400)
    clock = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    return f"{days}.{clock}" if days else clock
