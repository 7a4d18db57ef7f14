"""Health tasks of the Octopus Server emulator, with real TLS to real listeners of the Tentacle emulator."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import Any

import pytest

from tests.lab.octopus import OctopusServer
from tests.lab.octopus.control import ServerControl
from tests.lab.octopus.health import HealthChecks
from tests.lab.octopus.task_queue import TaskQueue
from tests.lab.octopus.tasks import Task
from tests.lab.tentacle.certificates import Identity, generate
from tests.lab.tentacle.listener import Listener
from tests.unit.lab.octopus_client import Client
from tests.unit.lab.test_octopus_api import target

HEALTH = "/api/Spaces-1/tasks"


@pytest.fixture(scope="module")
def identity() -> Identity:
    return generate()


@pytest.fixture(scope="module")
def running() -> Iterator[OctopusServer]:
    with OctopusServer() as server:
        server.state.settings.queue_delay = 0.0
        yield server


@pytest.fixture
def server(running: OctopusServer) -> Iterator[OctopusServer]:
    """Offer the server without what the last test left on it."""
    yield running
    running.state.faults.clear()
    running.state.settings.task_cap = 5
    with running.state.lock:
        for machine in running.state.store.all("machines"):
            if not machine["Name"].startswith("legacy-"):
                running.state.store.remove("machines", machine["Id"])


@pytest.fixture
def tentacle(server: OctopusServer, identity: Identity) -> Iterator[Callable[..., str]]:
    """Start Tentacles; each says at which address it listens."""
    listeners: list[Listener] = []

    def start(*trusted: str) -> str:
        listeners.append(Listener("127.0.0.1", 0, identity, frozenset(trusted or [server.thumbprint]), lambda _level, _text: None))
        return f"https://127.0.0.1:{listeners[-1].port}/"

    yield start
    for listener in listeners:
        listener.close()


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return f"https://127.0.0.1:{listening.getsockname()[1]}/"


def ended(client: Client, task_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        task: dict[str, Any] = client.get(f"/api/tasks/{task_id}")
        if task["IsCompleted"]:
            return task
        time.sleep(0.02)
    raise AssertionError(f"{task_id} did not end")


def check(client: Client, *machine_ids: str, **arguments: object) -> dict[str, Any]:
    body = {"Name": "Health", "Description": "Check", "Arguments": {"MachineIds": list(machine_ids), **arguments}}
    return ended(client, client.call("POST", HEALTH, body).json()["Id"])


def steps(client: Client, task: dict[str, Any]) -> dict[str, dict[str, Any]]:
    (root,) = client.get(f"/api/tasks/{task['Id']}/details")["ActivityLogs"]
    return {step["Name"].partition(": ")[2] or step["Name"]: step for step in root["Children"]}


def test_a_first_check_reaches_the_tentacle_and_warns(
    client: Client, control: ServerControl, tentacle: Callable[..., str], identity: Identity
) -> None:
    machine = control.add_machine("web", identity.thumbprint, tentacle())
    assert machine["Endpoint"]["TentacleVersionDetails"] is None
    task = check(client, machine["Id"])
    assert (task["State"], task["FinishedSuccessfully"], task["HasWarningsOrErrors"]) == ("Success", True, True)
    after = client.get(machine["Links"]["Self"])
    assert (after["HealthStatus"], after["HasLatestCalamari"]) == ("HasWarnings", False)
    assert after["Endpoint"]["TentacleVersionDetails"]["Version"] == "9.2.4285"


def test_each_reason_is_told_and_one_of_many_fails_the_task(
    client: Client, control: ServerControl, server: OctopusServer, tentacle: Callable[..., str], identity: Identity
) -> None:
    fine = control.add_machine("fine", identity.thumbprint, tentacle())
    closed = control.add_machine("closed", identity.thumbprint, closed_port())
    other = control.add_machine("other", "B" * 40, tentacle())
    stranger = control.add_machine("stranger", identity.thumbprint, tentacle("C" * 40))
    task = check(client, *(machine["Id"] for machine in (fine, closed, other, stranger)))
    assert (task["State"], task["FinishedSuccessfully"]) == ("Failed", False)
    found = steps(client, task)
    assert {name: step["Status"] for name, step in found.items()} == {
        "fine": "SuccessWithWarning", "closed": "Failed", "other": "Failed", "stranger": "Failed"
    }  # fmt: skip
    for name, words in (("closed", "refused the connection"), ("other", identity.thumbprint), ("stranger", server.thumbprint)):
        assert words in found[name]["LogElements"][0]["MessageText"]
    assert client.get(fine["Links"]["Self"])["HealthStatus"] == "HasWarnings"
    assert client.get(closed["Links"]["Self"])["HealthStatus"] == "Unavailable"


def test_no_machines_means_all_of_the_space(client: Client, server: OctopusServer) -> None:
    everywhere = {machine["Name"] for machine in server.state.store.all("machines", "Spaces-1")}
    assert len(everywhere) == 35
    nobody: tuple[object, ...] = ([], None)
    for ids in nobody:
        body = {"Name": "Health", "Description": "Oops", "Arguments": {"MachineIds": ids}}
        assert set(steps(client, ended(client, client.call("POST", HEALTH, body).json()["Id"]))) == everywhere


def test_an_environment_narrows_a_check(client: Client, control: ServerControl, tentacle: Callable[..., str], identity: Identity) -> None:
    control.add_machine("web", identity.thumbprint, tentacle(), environments=["Staging"])
    task = check(client, EnvironmentId="Environments-11")
    assert set(steps(client, task)) == {"web"}


def test_a_disabled_machine_is_skipped(client: Client, control: ServerControl) -> None:
    machine = control.add_machine("off", "B" * 40, closed_port())
    client.call("PUT", machine["Links"]["Self"], {**machine, "IsDisabled": True})
    task = check(client, machine["Id"])
    assert (task["State"], steps(client, task)["off"]["Status"]) == ("Success", "Skipped")
    assert client.get(machine["Links"]["Self"])["HealthStatus"] == "Unknown"


def test_a_policy_may_forgive_absence(client: Client, control: ServerControl) -> None:
    behaviour = {"MachineConnectivityBehavior": "MayBeOfflineAndCanBeSkipped"}
    policy = client.call("POST", "/api/machinepolicies", {"Name": f"Laptops {time.time()}", "MachineConnectivityPolicy": behaviour}).json()
    machine = control.add_machine("laptop", "B" * 40, closed_port())
    client.call("PUT", machine["Links"]["Self"], {**machine, "MachinePolicyId": policy["Id"]})
    assert check(client, machine["Id"])["State"] == "Success"
    assert client.get(machine["Links"]["Self"])["HealthStatus"] == "Unavailable"


def test_a_test_of_the_connection_records_the_health_alone(
    client: Client, control: ServerControl, tentacle: Callable[..., str], identity: Identity
) -> None:
    machine = control.add_machine("web", identity.thumbprint, tentacle())
    check(client, machine["Id"], OnlyTestConnection=True)
    after = client.get(machine["Links"]["Self"])
    assert (after["HealthStatus"], after["Endpoint"]["TentacleVersionDetails"]) == ("HasWarnings", None)


def test_a_name_that_no_resolver_knows_is_resolved_by_the_lab(
    client: Client, control: ServerControl, tentacle: Callable[..., str], identity: Identity
) -> None:
    port = tentacle().rstrip("/").rpartition(":")[2]
    machine = control.add_machine("web", identity.thumbprint, f"https://WEB.lab.invalid.:{port}/")
    control.set_resolver({"web.lab.invalid": "127.0.0.1"})
    assert check(client, machine["Id"])["State"] == "Success"


@pytest.mark.parametrize(
    "uri", ["https://[::1/", "https://web:99999/", "not a uri", "https://", "https://..:10933/", f"https://{'x' * 70}/"]
)
def test_an_address_that_cannot_be_read_ends_a_check(client: Client, control: ServerControl, uri: str) -> None:
    machine = control.add_machine("lost", "A" * 40, uri)
    task = check(client, machine["Id"])
    assert task["State"] == "Failed"
    (line,) = steps(client, task)["lost"]["LogElements"]
    assert line["MessageText"] == f"The address '{uri}' leads to no host."
    assert client.get(machine["Links"]["Self"])["HealthStatus"] == "Unavailable"


def test_a_check_that_goes_wrong_ends(client: Client, control: ServerControl, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: object) -> None:
        raise RuntimeError("stumbled")

    monkeypatch.setattr(HealthChecks, "_machines_of", stumble)
    task = check(client)
    assert (task["State"], task["ErrorMessage"]) == ("Failed", "Something went wrong on the server. Its own log says more.")


def test_a_checked_machine_has_a_date_of_that(
    client: Client, control: ServerControl, tentacle: Callable[..., str], identity: Identity
) -> None:
    machine = control.add_machine("web", identity.thumbprint, tentacle())
    before = datetime.now(timezone.utc).replace(microsecond=0)
    check(client, machine["Id"])
    assert datetime.fromisoformat(client.get(machine["Links"]["Connection"])["LastChecked"]) >= before


def test_a_told_finding_needs_no_tentacle(client: Client, control: ServerControl) -> None:
    machine = control.add_machine("web", "B" * 40, closed_port())
    control.set_health("WEB", "Unhealthy", "Disk is full")
    task = check(client, machine["Id"])
    assert (task["State"], steps(client, task)["web"]["LogElements"][0]["MessageText"]) == ("Failed", "Disk is full")
    assert "Disk is full" in client.call("GET", f"/api/tasks/{task['Id']}/raw").text


def test_a_posted_machine_is_checked_by_itself(client: Client, tentacle: Callable[..., str], identity: Identity) -> None:
    body = target(f"new-{time.time()}")
    body["Endpoint"] |= {"Uri": tentacle(), "Thumbprint": identity.thumbprint}
    machine = client.call("POST", "/api/machines", body).json()
    ended(client, client.get(HEALTH)["Items"][0]["Id"])
    assert client.get(machine["Links"]["Self"])["HealthStatus"] == "HasWarnings"


def test_discover_reads_the_certificate_without_being_trusted(client: Client, tentacle: Callable[..., str], identity: Identity) -> None:
    port = tentacle("C" * 40).rstrip("/").rpartition(":")[2]
    found = client.get(f"/api/Spaces-1/machines/discover?host=127.0.0.1&port={port}&type=TentaclePassive")
    assert found["Endpoint"]["Thumbprint"] == identity.thumbprint
    nobody = closed_port().rstrip("/").rpartition(":")[2]
    assert client.call("GET", f"/api/Spaces-1/machines/discover?host=127.0.0.1&port={nobody}").status_code == 400
    assert "'host'" in client.call("GET", "/api/Spaces-1/machines/discover").json()["ErrorMessage"]


def test_a_queued_task_can_be_canceled_and_unknown_ones_cannot_be_made(client: Client, control: ServerControl) -> None:
    control.set_task_cap(0)
    task = client.call("POST", "/api/tasks", {"Name": "Health", "Description": "", "SpaceId": "Spaces-1"}).json()
    assert (task["State"], task["IsCompleted"]) == ("Queued", False)
    assert client.call("POST", task["Links"]["Cancel"]).json()["State"] == "Canceled"
    assert client.call("POST", "/api/tasks", {"Name": "Deploy"}).status_code == 400
    assert client.call("GET", "/api/tasks/ServerTasks-9999/details").status_code == 404


def test_tasks_beyond_the_cap_wait_in_their_order() -> None:
    queue, cap, gate = TaskQueue(), 2, threading.Semaphore(0)
    began: list[str] = []
    entered = threading.Semaphore(0)

    def run(task: Task) -> None:
        began.append(task.id)
        entered.release()
        gate.acquire()

    queue.start(run, cap=lambda: cap, delay=lambda: 0.0)
    for number in range(4):
        queue.add(Task(f"ServerTasks-{number}", None, "Health", "", {}))
    for _ in range(2):
        assert entered.acquire(timeout=5)
    assert not entered.acquire(timeout=0.1)
    gate.release()
    assert entered.acquire(timeout=5)
    assert (set(began[:2]), began[2:]) == ({"ServerTasks-0", "ServerTasks-1"}, ["ServerTasks-2"])
    gate.release(4)
    queue.stop()
