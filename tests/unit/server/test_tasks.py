"""Health checks: queued, waited for, read."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.health import Health
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.resources import TARGET, WORKER, ResourceType
from ansible_collections.octoboot.octopus.plugins.plugin_utils._server.tasks import OctopusServer

from tests.unit.server.fake_port import Exchange, FakePort, connection, page


@pytest.mark.parametrize(("kind", "restriction"), [(TARGET, "DeploymentTargets"), (WORKER, "Workers")])
def test_one_task_for_many_machines_of_a_type(kind: ResourceType, restriction: str) -> None:
    machine_ids = [f"{kind.id_prefix}-1", f"{kind.id_prefix}-2"]
    body = {
        "Name": "Health",
        "Description": "Check",
        "SpaceId": "Spaces-1",
        "Arguments": {
            "MachineIds": machine_ids,
            "RestrictedTo": restriction,
            "Timeout": "01:01:30",
            "MachineTimeout": "1.00:00:00",
        },
    }
    with FakePort(Exchange("POST /api/tasks", {"Id": "ServerTasks-1", "Name": "Health"}, 201, sent=body)) as port:
        task_id = server_of(port).start_health_check(kind, machine_ids, description="Check", timeout=3690, machine_timeout=86400)
    assert task_id == "ServerTasks-1"


@pytest.mark.parametrize(
    ("task", "state", "completed", "queued"),
    [
        ({"State": "Queued", "IsCompleted": False}, "Queued", False, True),
        ({"State": "Executing", "IsCompleted": False}, "Executing", False, False),
        ({"State": "Failed", "IsCompleted": True}, "Failed", True, False),
        ({"State": "Success"}, "Success", True, False),
        ({}, "Unknown", False, False),
    ],
)
def test_how_a_task_stands(task: dict[str, Any], state: str, completed: bool, queued: bool) -> None:
    with FakePort(Exchange("GET /api/tasks/ServerTasks-1", {"Id": "ServerTasks-1", "Name": "Health", **task})) as port:
        found = server_of(port).task("ServerTasks-1")
    assert (found.state, found.completed, found.queued) == (state, completed, queued)


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
            {
                "Name": "api",
                "LogElements": [element("Warning", "Old Calamari."), {"Category": "Alert", "MessageText": None}],
                "Children": [],
            },
            {"Name": "worker-1", "LogElements": [element("Error", "Gone.")], "Children": None},
            {"Name": "Check deployment target: Target db", "LogElements": [element("Error", "Full.")]},
            {"Name": "quiet", "LogElements": [element("Info", "Fine.")]},
        ],
    }
    names = {
        "WEB": ["Refused.", "Timeout."],
        "api": ["Old Calamari."],
        "worker-1": ["Gone."],
        "Target db": ["Full."],
        "quiet": [],
        "db": [],
    }
    records = [{"Id": f"Machines-{number}", "Name": name, "HealthStatus": "Healthy"} for number, name in enumerate(names)]
    details = Exchange("GET /api/tasks/ServerTasks-1/details", {"ActivityLogs": [log]})
    with FakePort(listed([record["Id"] for record in records], *records), details) as port:
        found = server_of(port).health_of(TARGET, [record["Id"] for record in records], "ServerTasks-1")
    assert {name: list(health.messages) for name, health in zip(names, found.values(), strict=True)} == names


def listed(machine_ids: list[str], *records: dict[str, Any]) -> Exchange:
    """Expect the question for machines by their ids."""
    return Exchange(f"GET /api/Spaces-1/machines?ids={','.join(machine_ids)}&skip=0&take=1000", page(*records))


NO_LOG = Exchange("GET /api/tasks/ServerTasks-1/details", {"ActivityLogs": None})


def test_health_is_read_by_one_list_and_a_deleted_machine_is_missing() -> None:
    record = {"Id": "Machines-1", "Name": "web", "HealthStatus": "Unhealthy", "IsDisabled": True, "StatusSummary": "Bad."}
    with FakePort(listed(["Machines-1", "Machines-2"], record), NO_LOG) as port:
        assert server_of(port).health_of(TARGET, ["Machines-1", "Machines-2"], "ServerTasks-1") == {
            "Machines-1": Health("Machines-1", "Unhealthy", disabled=True, summary="Bad.")
        }


def test_a_long_list_of_machines_is_asked_for_in_parts() -> None:
    machine_ids = [f"Machines-{number}" for number in range(301)]
    first = listed(machine_ids[:300], {"Id": "Machines-0", "Name": "a"})
    second = listed(["Machines-300"], {"Id": "Machines-300", "Name": "b"})
    with FakePort(first, second, NO_LOG) as port:
        assert list(server_of(port).health_of(TARGET, machine_ids, "ServerTasks-1")) == ["Machines-0", "Machines-300"]


def test_a_log_is_read_however_deep_it_is() -> None:
    log: dict[str, Any] = {"Name": "web", "LogElements": [element("Error", "Deep.")]}
    for depth in range(300):
        log = {"Name": f"step {depth}", "Children": [log]}
    details = Exchange("GET /api/tasks/ServerTasks-1/details", {"ActivityLogs": [log]})
    with FakePort(listed(["Machines-1"], {"Id": "Machines-1", "Name": "web"}), details) as port:
        assert server_of(port).health_of(TARGET, ["Machines-1"], "ServerTasks-1")["Machines-1"].messages == ("Deep.",)


def server_of(port: FakePort) -> OctopusServer:
    """Return a server before a port."""
    return OctopusServer(port, connection("Spaces-1"), space_id="Spaces-1")
