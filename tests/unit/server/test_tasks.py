"""Health checks: queued, waited for, read."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core import errors
from ansible_collections.octoboot.octopus.plugins.plugin_utils._server import tasks

from tests.unit.server.fake_port import Exchange, FakePort, client_of, page


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.time = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(round(seconds, 3))
        self.time += seconds


def state(name: str, *, completed: bool = False) -> Exchange:
    """Expect a look at the task, and show it in a state."""
    return Exchange("GET /api/tasks/ServerTasks-1", {"Id": "ServerTasks-1", "State": name, "IsCompleted": completed})


def wait(port: FakePort, clock: Clock, seen: list[Any], *, queued: float = 60, running: float = 60) -> dict[str, Any]:
    """Wait for the task."""
    return tasks.wait(
        client_of(port),
        "ServerTasks-1",
        queued_seconds=queued,
        running_seconds=running,
        sleep=clock.sleep,
        clock=clock,
        on_progress=seen.append,
    )


def test_one_task_for_many_machines() -> None:
    body = {
        "Name": "Health",
        "Description": "Check",
        "SpaceId": "Spaces-1",
        "Arguments": {
            "MachineIds": ["Machines-1", "Machines-2"],
            "RestrictedTo": "DeploymentTargets",
            "Timeout": "01:01:30",
            "MachineTimeout": "1.00:00:00",
        },
    }
    with FakePort(Exchange("POST /api/tasks", {"Id": "ServerTasks-1"}, 201, sent=body)) as port:
        task = tasks.create_health_task(
            client_of(port), ["Machines-1", "Machines-2"], description="Check", timeout_seconds=3690, machine_timeout_seconds=86400
        )
    assert task["Id"] == "ServerTasks-1"


def test_no_machines_never_become_all_machines() -> None:
    with FakePort() as port:
        with pytest.raises(ValueError, match="all machines"):
            tasks.create_health_task(client_of(port), [], description="", timeout_seconds=1, machine_timeout_seconds=1)
        assert tasks.health_of(client_of(port), []) == {}


def test_waiting_begins_quickly_and_settles() -> None:
    clock = Clock()
    seen: list[Any] = []
    states = [state("Queued")] * 2 + [state("Executing")] * 4 + [state("Failed", completed=True)]
    with FakePort(*states) as port:
        assert wait(port, clock, seen)["State"] == "Failed"
    assert clock.slept == [0.2, 0.5, 1, 2, 4, 4]
    assert len(seen) == 7


def test_a_task_that_is_never_begun() -> None:
    clock = Clock()
    with FakePort(*[state("Queued")] * 5) as port, pytest.raises(errors.TaskTimedOut, match="queue"):
        wait(port, clock, [], queued=3)
    assert clock.time == pytest.approx(3)


def test_the_time_in_the_queue_is_not_taken_from_the_time_to_run() -> None:
    clock = Clock()
    states = [state("Queued")] * 4 + [state("Executing")] * 2
    with FakePort(*states) as port, pytest.raises(errors.TaskTimedOut, match="still runs"):
        wait(port, clock, [], queued=10, running=2)
    assert clock.time == pytest.approx(0.2 + 0.5 + 1 + 2 + 2)


def element(category: str, text: str) -> dict[str, Any]:
    """Return a message of a log."""
    return {"Category": category, "MessageText": text}


def test_messages_are_told_by_machine() -> None:
    log = {
        "Name": "Check",
        "LogElements": [element("Fatal", "One or more machines were not available.")],
        "Children": [
            {
                "Name": "Check health of web",
                "LogElements": [element("Info", "Fine."), element("Error", "Refused.")],
                "Children": [{"Name": "Connect", "LogElements": [element("Fatal", "Timeout."), element("Error", "Refused.")]}],
            },
            {"Name": "api", "LogElements": [element("Warning", "Old Calamari.")], "Children": []},
            {"Name": "worker-1", "LogElements": [element("Error", "Gone.")], "Children": None},
            {"Name": "Check deployment target: Target db", "LogElements": [element("Error", "Full.")]},
            {"Name": "quiet", "LogElements": [element("Info", "Fine.")]},
        ],
    }
    with FakePort(Exchange("GET /api/tasks/ServerTasks-1/details", {"ActivityLogs": [log]})) as port:
        told = tasks.messages(client_of(port), "ServerTasks-1")
    assert told["web"] == ["Refused.", "Timeout."]
    assert told["api"] == ["Old Calamari."]
    assert told["worker-1"] == ["Gone."]
    assert told["Target db"] == ["Full."]
    assert "quiet" not in told
    assert tasks.messages_for(told, "WEB") == ["Refused.", "Timeout."]
    assert tasks.messages_for(told, "db") == []


def test_health_is_read_by_one_list() -> None:
    listed = page({"Id": "Machines-1", "HealthStatus": "Healthy"})
    with FakePort(Exchange("GET /api/Spaces-1/machines?ids=Machines-1,Machines-2&skip=0&take=1000", listed)) as port:
        assert tasks.health_of(client_of(port), ["Machines-1", "Machines-2"]) == {
            "Machines-1": {"Id": "Machines-1", "HealthStatus": "Healthy"}
        }


def test_a_long_list_of_machines_is_asked_for_in_parts() -> None:
    machine_ids = [f"Machines-{number}" for number in range(301)]
    first = Exchange(f"GET /api/Spaces-1/machines?ids={','.join(machine_ids[:300])}&skip=0&take=1000", page({"Id": "Machines-0"}))
    second = Exchange("GET /api/Spaces-1/machines?ids=Machines-300&skip=0&take=1000", page({"Id": "Machines-300"}))
    with FakePort(first, second) as port:
        assert list(tasks.health_of(client_of(port), machine_ids)) == ["Machines-0", "Machines-300"]
