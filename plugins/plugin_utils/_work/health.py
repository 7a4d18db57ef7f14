# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""One health check of many machines, waited for."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from .._core.errors import InputError, TaskTimedOut
from .._core.octopus.health import Health, TaskState
from .._core.octopus.resources import ResourceType
from .._core.text import shown
from .ports import HealthChecks

_PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0)
_PROGRESS_SECONDS = 10.0


def check_health(
    server: HealthChecks,
    kind: ResourceType,
    machine_ids: Sequence[str],
    *,
    queued_timeout: int,
    running_timeout: int,
    machine_timeout: int,
    sleep: Callable[[float], None],
    clock: Callable[[], float],
    tell: Callable[[str], None],
) -> tuple[str, dict[str, Health | None]]:
    """Check machines of a type in one task; return its id, and each machine's health: None for one that was deleted meanwhile.

    Timeouts are in seconds, and so is what `sleep` and `clock` take and give. Raises OctopusError, TaskTimedOut, and InputError for no
    machines: to Octopus an empty list means all of them.
    """
    wanted = list(dict.fromkeys(machine_ids))
    if not wanted:
        raise InputError("A health check needs at least one machine: to Octopus, an empty list means all of them.")
    many = f"{len(wanted)} machine{'s' if len(wanted) > 1 else ''}"
    description = f"Check the health of {many} (octoboot.octopus)"
    task_id = server.start_health_check(kind, wanted, description=description, timeout=running_timeout, machine_timeout=machine_timeout)
    tell(f"Octopus checks the health of {many}: {shown(task_id, 50)}")
    _Wait(server, task_id, sleep, clock, tell).end(queued_timeout, running_timeout)
    found = server.health_of(kind, wanted, task_id)
    return task_id, {machine_id: found.get(machine_id) for machine_id in wanted}


class _Wait:
    """Waits for one task, and says now and then how it stands."""

    def __init__(
        self, server: HealthChecks, task_id: str, sleep: Callable[[float], None], clock: Callable[[], float], tell: Callable[[str], None]
    ) -> None:
        self._server = server
        self._task_id = task_id
        self._sleep = sleep
        self._clock = clock
        self._tell = tell

    def end(self, queued_timeout: float, running_timeout: float) -> None:
        """Wait until the task has ended, well or not. Raises TaskTimedOut.

        The time behind other tasks has a limit of its own: a server runs five at once (octopus-api.md 10.4).
        """
        started = said = self._clock()
        running = False
        deadline = started + queued_timeout
        for pause in itertools.chain(_PAUSES, itertools.repeat(_PAUSES[-1])):
            task = self._server.task(self._task_id)
            if task.completed:
                return
            if not running and not task.queued:
                running = True
                deadline = self._clock() + running_timeout
            now = self._clock()
            if now - said >= _PROGRESS_SECONDS:
                said = now
                self._tell(f"{shown(self._task_id, 50)}: {shown(task.state, 50)} for {now - started:.0f} s")
            if now >= deadline:
                raise self._timed_out(task, running_timeout if running else queued_timeout)
            self._sleep(min(pause, deadline - now))

    def _timed_out(self, task: TaskState, seconds: float) -> TaskTimedOut:
        state = "is still in the queue" if task.queued else "still runs"
        return TaskTimedOut(f"{shown(self._task_id, 50)} {state} after {seconds:.0f} s, and was left alone: look at it in Octopus.")
