"""One health check of many machines."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, repeat

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InputError, TaskTimedOut
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.health import Health, TaskState
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.resources import TARGET, ResourceType
from ansible_collections.octoboot.octopus.plugins.plugin_utils._work.health import check_health
from hypothesis import given
from hypothesis import strategies as st


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.time = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        assert seconds > 0
        self.slept.append(round(seconds, 3))
        self.time += seconds


class FakeChecks:
    """A server whose task goes through these states, the last one for ever."""

    def __init__(self, *states: str) -> None:
        self.started: list[tuple[Sequence[str], str, int, int]] = []
        self._states = chain(states, repeat(states[-1]))

    def start_health_check(
        self, kind: ResourceType, machine_ids: Sequence[str], *, description: str, timeout: int, machine_timeout: int
    ) -> str:
        """Note what was asked."""
        self.started.append((machine_ids, description, timeout, machine_timeout))
        return "ServerTasks-1"

    def task(self, task_id: str) -> TaskState:
        """Go on to the next state."""
        assert task_id == "ServerTasks-1"
        return TaskState.of({"State": next(self._states)})

    def health_of(self, kind: ResourceType, machine_ids: Sequence[str], task_id: str) -> dict[str, Health]:
        """Know the first machine only."""
        return {machine_ids[0]: Health(machine_ids[0], "Healthy", disabled=False)}


def checked(
    server: FakeChecks, clock: Clock, *machine_ids: str, queued: int = 60, running: int = 60
) -> tuple[str, dict[str, Health | None], list[str]]:
    """Check machines, and return what was told as well."""
    told: list[str] = []
    task_id, found = check_health(
        server,
        TARGET,
        machine_ids,
        queued_timeout=queued,
        running_timeout=running,
        machine_timeout=9,
        sleep=clock.sleep,
        clock=clock,
        tell=told.append,
    )
    return task_id, found, told


def test_many_machines_are_checked_in_one_task_and_a_deleted_one_is_none() -> None:
    server, clock = FakeChecks("Queued", "Queued", "Executing", "Executing", "Executing", "Executing", "Failed"), Clock()
    task_id, found, told = checked(server, clock, "Machines-1", "Machines-2", "Machines-1")
    assert server.started == [(["Machines-1", "Machines-2"], "Check the health of 2 machines (octoboot.octopus)", 60, 9)]
    assert (task_id, found) == ("ServerTasks-1", {"Machines-1": Health("Machines-1", "Healthy", disabled=False), "Machines-2": None})
    assert clock.slept == [0.2, 0.5, 1, 2, 4, 4]
    assert told == ["Octopus checks the health of 2 machines: ServerTasks-1"]


def test_progress_is_told_now_and_then() -> None:
    _task, _found, told = checked(FakeChecks(*["Queued"] * 6, *["Executing"] * 6, "Success"), Clock(), "Machines-1")
    assert told[0] == "Octopus checks the health of 1 machine: ServerTasks-1"
    assert told[1:] == ["ServerTasks-1: Executing for 12 s", "ServerTasks-1: Executing for 24 s"]


def test_no_machines_never_become_all_machines() -> None:
    server = FakeChecks("Success")
    with pytest.raises(InputError, match="at least one machine"):
        checked(server, Clock())
    assert server.started == []


def test_a_task_that_is_never_begun() -> None:
    clock = Clock()
    with pytest.raises(TaskTimedOut, match=r"ServerTasks-1 is still in the queue after 3 s, and was left alone"):
        checked(FakeChecks("Queued"), clock, "Machines-1", queued=3)
    assert clock.time == pytest.approx(3)


def test_the_time_in_the_queue_is_not_taken_from_the_time_to_run() -> None:
    clock = Clock()
    with pytest.raises(TaskTimedOut, match="still runs after 2 s"):
        checked(FakeChecks(*["Queued"] * 4, "Executing"), clock, "Machines-1", queued=10, running=2)
    assert clock.time == pytest.approx(0.2 + 0.5 + 1 + 2 + 2)


@given(st.lists(st.sampled_from(["", "New", "Queued", "Executing", "Cancelling", "\x1b[31m", "Unheard"]), min_size=1, max_size=30))
def test_waiting_ends_whatever_the_states(states: list[str]) -> None:
    clock = Clock()
    with pytest.raises(TaskTimedOut):
        checked(FakeChecks(*states), clock, "Machines-1", queued=50, running=70)
    assert clock.time <= 120
