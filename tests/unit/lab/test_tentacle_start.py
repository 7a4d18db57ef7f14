"""What a run of the emulated Tentacle does before its command: it loads the instance that is meant, and logs (tentacle.md 1.1, 1.3)."""

from __future__ import annotations

import pytest

from tests.lab.machine import Result
from tests.unit.lab.fake_linux import CONFIG, HOME, FakeLinux
from tests.unit.lab.fake_machine import CONFIG as WINDOWS_CONFIG
from tests.unit.lab.fake_machine import FakeMachine

ANY_COMMAND = [["version"], ["help"], ["list-instances"], ["show-thumbprint"], ["run", "--noninteractive"]]
UNPARSABLE = "Unable to parse configuration key 'Octopus.Home' as a 'String'. Value was ''."


@pytest.fixture
def machine(tmp_path_factory: pytest.TempPathFactory) -> FakeLinux:
    return FakeLinux(tmp_path_factory.mktemp("root")).created()


def assert_ends_at_its_start(result: Result) -> None:
    """Check the exit code, what is said, and that nobody says where logs are: there is no host yet that would."""
    assert (result.rc, result.stdout) == (100, "")
    assert result.stderr.splitlines()[1] == UNPARSABLE
    assert "log files" not in result.stderr


@pytest.mark.parametrize("arguments", ANY_COMMAND)
@pytest.mark.parametrize("content", [b"", b"<octopus-settings><set", b"no XML"])
def test_a_damaged_configuration_of_the_only_instance_ends_every_command(machine: FakeLinux, arguments: list[str], content: bytes) -> None:
    machine.files.write(CONFIG, content)
    assert_ends_at_its_start(machine.tentacle(*arguments))


@pytest.mark.parametrize("arguments", [["version"], ["list-instances"]])
def test_it_does_on_windows_too(arguments: list[str]) -> None:
    machine = FakeMachine().created()
    machine.files.write(WINDOWS_CONFIG, b"")
    assert_ends_at_its_start(machine.tentacle(*arguments))


def test_damage_elsewhere_does_not_reach_a_command_that_needs_no_instance(machine: FakeLinux) -> None:
    machine.ok("create-instance", "--instance", "web2", "--config", "/etc/octopus/web2/x.config")
    machine.files.write(CONFIG, b"")
    assert machine.tentacle("version").rc == 0, "several instances, none of them the default one"
    assert machine.tentacle("show-thumbprint", "--instance", "web2").rc == 0
    assert_ends_at_its_start(machine.tentacle("version", "--instance", "web1"))


def test_a_missing_configuration_or_a_broken_index_does_not_either(machine: FakeLinux) -> None:
    machine.files.delete(CONFIG)
    assert machine.tentacle("version").rc == 0
    machine.files.write("/etc/octopus/Tentacle/Instances/other.config", b"{")
    assert machine.tentacle("version").rc == 0


def test_the_version_is_told_where_there_is_no_index(machine: FakeLinux) -> None:
    machine.files.write(CONFIG, b"")
    machine.files.make_dirs("/tmp/empty")
    assert machine.tentacle("version", TentacleMachineConfigurationHomeDirectory="/tmp/empty").rc == 0


def test_a_default_instance_among_others_is_loaded(machine: FakeLinux) -> None:
    machine.ok("create-instance", "--instance", "Tentacle", "--config", "/etc/octopus/default/x.config")
    machine.files.write("/etc/octopus/default/x.config", b"")
    assert_ends_at_its_start(machine.tentacle("version"))


@pytest.mark.parametrize(
    ("key", "value", "kind"),
    [("Tentacle.Services.PortNumber", "many", "Int32"), ("Tentacle.Services.NoListen", "perhaps", "Boolean")],
)
def test_a_value_that_does_not_parse_names_its_key(machine: FakeLinux, key: str, value: str, kind: str) -> None:
    text = machine.files.text(CONFIG)
    machine.files.write(CONFIG, text.replace("</octopus-settings>", f'<set key="{key}">{value}</set></octopus-settings>').encode())
    result = machine.tentacle("show-configuration")
    assert result.rc == 100
    assert f"Unable to parse configuration key '{key}' as a '{kind}'. Value was '{value}'." in result.stderr
    assert machine.tentacle("version").rc == 0


def test_a_user_without_a_folder_for_data_logs_in_the_current_directory(machine: FakeLinux) -> None:
    machine.tentacle("version", cwd="/tmp")
    assert machine.files.exists("/tmp/Octopus/Logs/OctopusTentacle.txt")
    machine.files.make_dirs(f"{HOME}/.local/share")
    machine.files.make_dirs("/work")
    machine.tentacle("version", cwd="/work")
    assert machine.files.list_dir("/work") == []
    assert machine.files.exists(f"{HOME}/.local/share/Octopus/Logs/OctopusTentacle.txt")


def test_a_folder_for_logs_that_is_named_is_taken(machine: FakeLinux) -> None:
    machine.files.make_dirs("/work")
    machine.tentacle("version", cwd="/work", DefaultLogDirectory="/tmp/logs")
    assert machine.files.list_dir("/work") == []
    assert machine.files.exists("/tmp/logs/OctopusTentacle.txt")


def test_an_instance_that_is_pointed_elsewhere_sets_the_home_where_it_was(machine: FakeLinux) -> None:
    machine.ok("create-instance", "--instance", "web1", "--config", "/etc/octopus/new/x.config", "--home", "/etc/octopus/moved")
    assert "/etc/octopus/moved" in machine.files.text(CONFIG)
    assert "Octopus.Home" not in machine.files.text("/etc/octopus/new/x.config")


def test_livez_looks_for_the_file_of_a_running_agent(machine: FakeLinux) -> None:
    result = machine.tentacle("livez")
    assert (result.rc, result.stderr) == (
        1,
        "Liveness heartbeat file not found at /etc/octopus/web1/livez.heartbeat; the Tentacle agent may not be running.\n",
    )
    machine.files.write("/etc/octopus/web1/livez.heartbeat", b"")
    assert machine.tentacle("livez") == Result(0, "", "")
