"""Tentacle as a systemd service on Linux (tentacle.md 6.2)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.machine import Result
from tests.lab.tentacle.service_linux import unit_name
from tests.unit.lab.fake_linux import CONFIG, OK, FakeLinux

PREREQUISITES = ["sudo -vn 2> /dev/null", "command -v systemctl >/dev/null"]
UNIT_FILE = "/etc/systemd/system/web1.service"
UNIT = """\
[Unit]
Description=Octopus Deploy: Tentacle deployment agent
After=network.target

[Service]
Type=simple
User=root
ExecStart=/opt/octopus/tentacle/Tentacle run --instance=web1 --noninteractive
Restart=always

[Install]
WantedBy=multi-user.target
"""


@pytest.fixture
def machine(tmp_path: Path) -> FakeLinux:
    return FakeLinux(tmp_path).created()


def service(machine: FakeLinux, *arguments: str) -> list[str]:
    return machine.ok("service", "--instance=web1", *arguments)


def refuse(machine: FakeLinux, word: str, stderr: str, rc: int = 1) -> None:
    """Let every line of bash with a word in it fail."""
    machine.answers = lambda line: Result(rc, "", stderr) if word in line else OK


def test_installing_and_starting(machine: FakeLinux) -> None:
    assert service(machine, "--start", "--install") == ["Service installed: web1", "Service started: web1"]
    assert machine.files.text(UNIT_FILE) == UNIT
    assert machine.executed == [*PREREQUISITES, f"chmod 644 {UNIT_FILE}", "systemctl enable web1", "systemctl start web1"]


def test_everything_at_once_has_one_order(machine: FakeLinux) -> None:
    assert service(machine, "--start", "--reconfigure", "--install", "--uninstall", "--stop", "--restart") == [
        "Restarting service: web1",
        "Service has been restarted",
        "Stopping service: web1",
        "Service stopped",
        "Removing systemd service: web1",
        "Service uninstalled",
        "Service installed: web1",
        "Attempting to remove old service: web1",
        "Service installed: web1",
        "Service started: web1",
    ]
    verbs = [line.split()[1] for line in machine.executed if line.startswith("systemctl")]
    assert verbs == ["restart", "stop", "stop", "disable", "enable", "stop", "disable", "enable", "start"]
    assert "daemon-reload" not in " ".join(machine.executed)


def test_without_flags_only_the_prerequisites_are_looked_at(machine: FakeLinux) -> None:
    assert service(machine) == []
    assert machine.executed == PREREQUISITES


@pytest.mark.parametrize(
    ("lacking", "message"),
    [
        ("sudo -vn", "Requires elevated privileges. Please run command as sudo."),
        ("command -v systemctl", "Could not detect systemd. systemd is required to run Tentacle as a service"),
    ],
)
def test_a_program_that_is_not_there(machine: FakeLinux, lacking: str, message: str) -> None:
    refuse(machine, lacking, "", 127)
    result = machine.tentacle("service", "--instance=web1", "--install")
    assert (result.rc, result.stdout, result.stderr) == (1, "", f"{message}\n")
    assert not machine.files.exists(UNIT_FILE)


def test_bash_that_is_not_there(machine: FakeLinux) -> None:
    machine.files.delete("/bin/bash")
    result = machine.tentacle("service", "--instance=web1", "--install")
    assert (result.rc, result.stderr) == (1, "Could not detect bash. bash is required to run tentacle.\n")
    assert machine.executed == []


@pytest.mark.parametrize("word", ["Interactive authentication required.", "Failed to start x", "Access denied", "Permission denied"])
def test_sudo_is_the_second_try(machine: FakeLinux, word: str) -> None:
    machine.answers = lambda line: Result(1, "", f"{word}\n") if line.startswith("systemctl ") else OK
    assert service(machine, "--start") == [
        "Permission denied. Retrying 'systemctl start web1' with sudo...",
        "Service started: web1",
    ]
    assert machine.executed[-1] == "sudo systemctl start web1"


def test_another_failure_is_not_tried_again(machine: FakeLinux) -> None:
    refuse(machine, "systemctl start", "Job for web1.service failed.\nSee the journal.\n")
    result = machine.tentacle("service", "--instance=web1", "--start")
    assert (result.rc, result.stdout) == (0, "")
    assert result.stderr.splitlines() == [
        "The command 'systemctl start web1' failed with exit code: 1",
        "Job for web1.service failed.",
        "See the journal.",
        "Could not start the systemd service: web1",
    ]


@pytest.mark.parametrize(
    ("option", "verb", "said", "last"),
    [
        ("--stop", "stop", "Stopping service: web1", "The service could not be stopped"),
        ("--restart", "restart", "Restarting service: web1", "The service could not be restarted"),
    ],
)
def test_the_reasons_of_a_failed_stop_are_warnings(machine: FakeLinux, option: str, verb: str, said: str, last: str) -> None:
    reason = f"Failed to {verb} web1.service: Unit web1.service not loaded."
    refuse(machine, f"systemctl {verb}", f"{reason}\n", 5)
    result = machine.tentacle("service", "--instance=web1", option)
    assert (result.rc, result.stderr) == (0, f"{last}\n")
    assert result.stdout.splitlines() == [
        said,
        f"Permission denied. Retrying 'systemctl {verb} web1' with sudo...",
        f"The command 'sudo systemctl {verb} web1' failed with exit code: 5",
        reason,
    ]


def test_a_unit_that_cannot_be_enabled_counts_as_installed(machine: FakeLinux) -> None:
    refuse(machine, "systemctl enable", "no\n")
    result = machine.tentacle("service", "--instance=web1", "--install")
    assert (result.rc, result.stdout) == (0, "Service installed: web1\n")
    assert result.stderr == "The command 'systemctl enable web1' failed with exit code: 1\nno\n"


def test_a_unit_that_cannot_be_written(machine: FakeLinux) -> None:
    (machine.root / "etc/systemd/system").rmdir()
    for option, message in [
        ("--install", "Could not install the systemd service: web1"),
        ("--reconfigure", "Could not reconfigure the systemd service: web1"),
    ]:
        result = machine.tentacle("service", "--instance=web1", option)
        assert result.rc == 100
        assert result.stderr.startswith(f"{message}\nSystem.IO.DirectoryNotFoundException: Could not find a part of the path ")
        assert "Service installed" not in result.stdout
    refuse(machine, "chmod", "chmod: no\n")
    (machine.root / "etc/systemd/system").mkdir()
    assert machine.tentacle("service", "--instance=web1", "--install").rc == 100


def test_installing_again_writes_the_unit_again(machine: FakeLinux) -> None:
    service(machine, "--install", "--username=svc", "--password=ignored", "--dependOn=db.service")
    unit = machine.files.text(UNIT_FILE)
    assert "User=svc\n" in unit
    assert "After=network.target db.service\n" in unit
    service(machine, "--install")
    assert machine.files.text(UNIT_FILE) == UNIT


def test_the_account_of_the_environment(machine: FakeLinux) -> None:
    machine.tentacle("service", "--instance=web1", "--install", OCTOPUS_SERVICE_USERNAME="svc")
    assert "User=svc\n" in machine.files.text(UNIT_FILE)


def test_uninstalling(machine: FakeLinux) -> None:
    service(machine, "--install")
    assert service(machine, "--uninstall") == ["Removing systemd service: web1", "Service uninstalled"]
    assert not machine.files.exists(UNIT_FILE)
    assert service(machine, "--uninstall")[-1] == "Service uninstalled", "a missing unit is no error"


def test_names_of_units(machine: FakeLinux) -> None:
    machine.ok("create-instance", "--instance", "My  web", "--config", "/etc/octopus/x.config")
    assert machine.ok("service", "--instance=my  web", "--install") == ["Service installed: My-web"]
    assert "--instance=My  web --noninteractive" in machine.files.text("/etc/systemd/system/My-web.service")
    assert unit_name("a/b \t c") == "ab-c"
    machine.ok("create-instance", "--instance=Tentacle", "--config=/etc/octopus/t.config")
    assert machine.ok("service", "--install") == ["Service installed: Tentacle"]


def test_an_instance_without_a_name(machine: FakeLinux) -> None:
    machine.files.make_dirs("/srv/here")
    machine.tentacle("create-instance", cwd="/srv/here")
    result = machine.tentacle("service", "--install", cwd="/srv/here")
    assert result.stdout.splitlines() == [
        "Please note, currently there can only be one un-named instance configured as a service on a machine at a time.",
        "Service installed: OctopusDeploy-Tentacle",
    ]
    assert " run --config=/srv/here/Tentacle.config --noninteractive\n" in machine.files.text(
        "/etc/systemd/system/OctopusDeploy-Tentacle.service"
    )


def test_all_instances(machine: FakeLinux) -> None:
    machine.ok("create-instance", "--instance=web2", "--config=/etc/octopus/2.config")
    assert machine.tentacle("service", "--instance=*", "--install").rc == 1
    assert machine.ok("service", "--instance=*", "--start") == ["Service started: web1", "Service started: web2"]
    refuse(machine, "sudo -vn", "")
    assert machine.tentacle("service", "--instance=*", "--start").rc == 100, "failures of single instances are one exception"


def test_what_is_refused_everywhere(machine: FakeLinux) -> None:
    result = machine.tentacle("service", "--config", CONFIG, "--install")
    assert (result.rc, result.stderr) == (1, f"Unrecognized command line arguments: --config {CONFIG}\n")
    result = machine.tentacle("watchdog", "--create")
    assert (result.rc, result.stderr) == (1, "This command is only supported on Windows.\n")
