"""Tentacle as a Windows service on the emulated machine (tentacle.md 6)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.machine import ServiceError, User
from tests.unit.lab.fake_machine import CONFIG, FakeMachine, free_port

NAME = "OctopusDeploy Tentacle: web1"
EXECUTABLE = r"C:\Program Files\Octopus Deploy\Tentacle\Tentacle.exe"


@pytest.fixture
def machine() -> Iterator[FakeMachine]:
    machine = FakeMachine().created()
    machine.ok("configure", f"--port={free_port()}")
    yield machine
    for agent in machine.services.agents.values():
        agent.stop()


def service(machine: FakeMachine, *arguments: str) -> list[str]:
    return machine.ok("service", "--instance=web1", *arguments)


def test_installing_and_starting(machine: FakeMachine) -> None:
    assert service(machine, "--start", "--install") == [
        "Service installed",
        "Waiting for service to become Running. Current status: Running",
        "Service started",
    ]
    created = machine.services.query(NAME)
    assert created.command_line == f'"{EXECUTABLE}" run --instance="web1"'
    assert (created.depends_on, created.start_mode, created.account) == (("LanmanWorkstation", "TCPIP"), "Auto", "LocalSystem")
    assert created.description == "Octopus Deploy: Tentacle deployment agent"
    assert machine.services.agents[NAME].listening
    assert service(machine, "--start") == [], "nothing is said when it runs already"
    assert service(machine, "--install") == ["Service installed", "Service reconfigured"]


def test_the_default_instance_has_the_plain_name(machine: FakeMachine) -> None:
    machine.ok("create-instance", "--instance=Tentacle", r"--config=C:\Octopus\Tentacle.config")
    machine.ok("service", "--install")
    assert "OctopusDeploy Tentacle" in machine.services.names()


def test_stopping_restarting_and_uninstalling(machine: FakeMachine) -> None:
    service(machine, "--install", "--start")
    stop = ["Stopping service...", "Waiting for service to become Stopped. Current status: Stopped", "Service stopped"]
    start = ["Waiting for service to become Running. Current status: Running", "Service started"]
    assert service(machine, "--restart") == [f"Restarting service {NAME}", *stop, *start]
    assert service(machine, "--uninstall", "--stop") == [*stop, "Service uninstalled"]
    assert service(machine, "--stop", "--uninstall", "--restart") == [], "a missing service is no error"
    service(machine, "--install")
    assert service(machine, "--restart")[1] == f"Service {NAME} wasn't restarted as it is not running."


def test_starting_a_missing_service(machine: FakeMachine) -> None:
    result = machine.tentacle("service", "--start")
    assert (result.rc, result.stderr) == (1, f"Start requested for service {NAME}, but no service with this name was found.\r\n")


def test_a_service_that_refuses_to_start_is_tried_six_times(machine: FakeMachine) -> None:
    machine.services.start_error = ServiceError("The service did not start due to a logon failure.", 1069)
    result = machine.tentacle("service", "--install", "--start")
    assert (result.rc, machine.services.starts) == (100, 6)
    assert "Failed to start the windows service. Trying again in...00:00:36 \r\n" in result.stdout
    assert "due to a logon failure" in result.stderr


def test_a_service_that_dies_is_waited_for_in_vain(machine: FakeMachine) -> None:
    machine.faults["agent_dies"] = True
    result = machine.tentacle("service", "--install", "--start")
    assert result.rc == 100
    assert "Exceeded max retries" in result.stderr
    assert result.stdout.count("Waiting for service to become Running. Current status: Stopped") == 152


def test_credentials(machine: FakeMachine) -> None:
    lines = service(machine, "--install", "--username=DOM\\svc", "--password=pw")
    assert lines == ["Service installed", "Granting log on as a service right to DOM\\svc", "Service credentials set"]
    assert (machine.services.query(NAME).account, machine.services.passwords[NAME]) == ("DOM\\svc", "pw")
    assert service(machine, "--reconfigure", "--username=DOM\\gmsa$")[-1] == "Service credentials set"
    refused = machine.tentacle("service", "--install", r"--username=NOWHERE\nobody", "--password=pw")
    assert refused.rc == 0, "the product says it on stderr and succeeds"
    assert refused.stderr == f"Unable to set username/password on service '{NAME}'. WMI returned 22.\r\n"


def test_credentials_from_the_environment(machine: FakeMachine) -> None:
    machine.tentacle("service", "--install", OCTOPUS_SERVICE_USERNAME="DOM\\svc", OCTOPUS_SERVICE_PASSWORD="pw")
    assert machine.services.query(NAME).account == "DOM\\svc"
    log = machine.files.text(r"C:\Octopus\web1\Logs\OctopusTentacle.txt")
    assert "pw" not in log.split("==== ServiceCommand ====")[1]


def test_elevation_is_needed(machine: FakeMachine) -> None:
    for command in (["service", "--install"], ["watchdog", "--create"], ["checkservices", "--instances=*"]):
        result = machine.tentacle(*command, user=User("bob", elevated=False))
        assert result.rc == 1
        assert "This command requires elevation. Please re-run from an elevated shell" in result.stderr


def test_the_file_of_an_instance_is_no_option(machine: FakeMachine) -> None:
    result = machine.tentacle("service", "--config", CONFIG, "--install")
    assert (result.rc, result.stderr) == (1, f"Unrecognized command line arguments: --config {CONFIG}\r\n")


def test_all_instances(machine: FakeMachine) -> None:
    assert machine.tentacle("service", "--instance=*", "--install").rc == 1
    service(machine, "--install")
    assert machine.ok("service", "--instance=*", "--start")[-1] == "Service started"


def test_dependencies(machine: FakeMachine) -> None:
    assert machine.tentacle("service", "--install", "--dependOn=Nope").rc == 1
    service(machine, "--install", "--dependOn=lanmanworkstation")
    assert machine.services.query(NAME).depends_on[-1] == "lanmanworkstation"


def test_watchdog(machine: FakeMachine) -> None:
    assert machine.ok("watchdog", "--create", "--interval=7") == [
        "Creating watchdog task",
        "Setting watchdog task interval to 7 minutes",
        "ApplicationName: Tentacle",
        "Instances: *",
    ]
    assert '"Interval": 7' in machine.tentacle("show-configuration").stdout
    service(machine, "--install")
    assert machine.ok("checkservices", "--instances=*") == [f"Service {NAME} starting", f"Service {NAME} started"]
    machine.ok("watchdog", "--delete")
    assert '"Enabled": false' in machine.tentacle("show-configuration").stdout
    assert machine.tentacle("watchdog").rc == 1
