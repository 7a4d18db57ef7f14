"""What every run of the emulated Tentacle has in common (tentacle.md 1.1, 1.3, 1.16), with upstream's own assertions (10)."""

from __future__ import annotations

import json

import pytest

from tests.lab.machine import User
from tests.unit.lab.fake_machine import CONFIG, INDEX, FakeMachine

COMMANDS = [
    "agent", "checkservices", "clear-trusted-servers", "configure", "create-instance", "delete-instance", "deregister-from",
    "deregister-worker", "extract", "help", "import-certificate", "list-instances", "livez",
    "new-certificate", "poll-server", "polling-proxy", "proxy", "register-k8s-cluster", "register-k8s-target", "register-k8s-worker",
    "register-with", "register-worker", "server-comms", "service", "set-polling-connection-count", "show-configuration",
    "show-thumbprint", "update-trust", "version", "watchdog",
]  # fmt: skip


@pytest.mark.parametrize("word", ["version", "--version", "/version", "VERSION", "-Version"])
def test_the_version_is_the_same_however_it_is_asked_for(word: str) -> None:
    result = FakeMachine().tentacle(word, "--console", "--noninteractive")
    assert (result.rc, result.stdout, result.stderr) == (0, "9.2.4285", "")


def test_the_version_as_json() -> None:
    result = FakeMachine().tentacle("version", "--format=JSON", version="9.3.1-fix")
    facts = json.loads(result.stdout)
    assert (facts["MajorMinorPatch"], facts["NuGetVersion"], facts["IsPrerelease"]) == ("9.3.1", "9.3.1-fix", True)
    assert not result.stdout.endswith("\n")


def test_unknown_command() -> None:
    result = FakeMachine().tentacle("foo", "--bar")
    assert (result.rc, result.stdout, result.stderr) == (2, "See 'Tentacle help'\r\n", "Command 'foo' is not supported\r\n")


@pytest.mark.parametrize("arguments", [[], ["--foo"], ["--help"]])
def test_no_command_shows_general_help_and_fails(arguments: list[str]) -> None:
    result = FakeMachine().tentacle(*arguments)
    assert result.rc == 2
    assert result.stdout.startswith("Usage: Tentacle <command> [<options>]")


def test_help_for_an_unknown_command_succeeds() -> None:
    result = FakeMachine().tentacle("help", "foo")
    assert (result.rc, result.stderr) == (0, "Command 'foo' is not supported\r\n")


def test_help_lists_every_command() -> None:
    listed = json.loads(FakeMachine().tentacle("help", "--format=json").stdout)["Commands"]
    assert [command["Name"] for command in listed] == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_without_an_instance(command: str) -> None:
    result = FakeMachine().tentacle(command, "--help")
    assert (result.rc, result.stderr) == (0, "")
    assert result.stdout.startswith(f"Usage: Tentacle {command} [<options>]\r\n\r\nWhere [<options>] is any of: \r\n\r\n")


def test_help_is_laid_out_as_upstream_does() -> None:
    lines = FakeMachine().ok("version", "--help")
    assert lines == [
        "Usage: Tentacle version [<options>]",
        "",
        "Where [<options>] is any of: ",
        "",
        "      --format=VALUE         The format of the output (text,json). Defaults ",
        " " * 31 + "to text.",
        "",
        "Or one of the common options: ",
        "",
        "      --help                 Show detailed help for this command",
    ]


@pytest.mark.parametrize(("version", "known"), [("9.2.4285", True), ("6.3.605", False)])
def test_help_as_json_tells_what_a_release_knows(version: str, known: bool) -> None:
    machine = FakeMachine()

    def options(command: str) -> set[str]:
        result = machine.tentacle(command, "--help", "--format=json", version=version)
        return {option["Name"] for option in json.loads(result.stdout)["Options"]}

    assert ("pollingConnectionCount" in options("configure")) is known
    assert ("b" in options("import-certificate")) is known
    assert {"instance", "config", "trust", "reset-trust"} <= options("configure")


def test_leftovers_are_unrecognized() -> None:
    result = FakeMachine().created().tentacle("configure", "--instance=web1", "a", "--b=c")
    assert (result.rc, result.stdout) == (1, "")
    assert result.stderr == "Unrecognized command line arguments: a --b=c\r\n"


@pytest.mark.parametrize("command", ["show-thumbprint", "configure", "service", "new-certificate", "show-configuration"])
def test_unknown_instance(command: str) -> None:
    result = FakeMachine().created().tentacle(command, "--instance", "nope")
    assert (result.rc, result.stdout) == (1, "")
    assert result.stderr == ("Instance nope of Tentacle has not been configured on this machine. Available instances: web1.\r\n")


def test_the_instance_is_chosen_by_name_then_file_then_directory_then_alone() -> None:
    machine = FakeMachine().created()
    thumbprint = machine.ok("new-certificate", "--instance", "WEB1")[1]
    assert machine.ok("show-thumbprint") == [thumbprint]
    assert machine.ok("show-thumbprint", "--config", CONFIG) == [thumbprint]
    assert machine.ok("show-thumbprint", "--config", "nowhere", "--instance=web1") == [thumbprint]
    machine.ok("create-instance")
    assert machine.ok("show-thumbprint") == [], "Tentacle.config in the current directory shadows the index"


def test_several_instances_need_a_name() -> None:
    machine = FakeMachine().created()
    machine.ok("create-instance", "--instance", "web2", "--config", r"C:\Octopus\web2\x.config")
    assert "There is more than one instance" in machine.tentacle("show-thumbprint").stderr
    machine.ok("create-instance", "--config", r"C:\Octopus\Tentacle.config")
    assert machine.tentacle("show-thumbprint").rc == 0, "the instance named Tentacle is the default"


def test_a_configuration_file_that_is_gone() -> None:
    machine = FakeMachine().created()
    machine.files.delete(CONFIG)
    result = machine.tentacle("show-configuration", "--instance=web1")
    assert result.rc == 1
    assert "still listed as present.The instance must be created again" in result.stderr
    assert machine.ok("list-instances") == [f"Instance 'web1' uses configuration '{CONFIG}'."]


def test_one_broken_index_file_breaks_every_instance() -> None:
    machine = FakeMachine().created()
    machine.files.write(INDEX + r"\stray.tmp", b"{")
    result = machine.tentacle("list-instances", "--format=json")
    assert (result.rc, result.stdout) == (100, "")


def test_an_exception_says_where_its_logs_are() -> None:
    machine = FakeMachine().created()
    result = machine.tentacle("configure", "--instance=web1", "--port=x")
    lines = result.stderr.splitlines()
    assert result.rc == 100
    assert lines[0] == "=" * 79
    assert "Terminating process with exit code 100" in lines
    assert r"C:\Octopus\web1\Logs" in lines


def test_the_log_masks_secrets_but_not_base64() -> None:
    machine = FakeMachine().created()
    machine.ok("proxy", "--instance=web1", "--proxyPassword=hunter2")
    machine.tentacle("import-certificate", "--instance=web1", "--from-base64", "c2VjcmV0")
    log = machine.files.text(r"C:\Octopus\web1\Logs\OctopusTentacle.txt")
    assert "==== ProxyCommand ====" in log
    assert "--proxyPassword=********" in log
    assert "hunter2" not in log
    assert "c2VjcmV0" in log, "the product does not mark --from-base64 as sensitive"


def test_logs_without_an_instance_are_the_users() -> None:
    machine = FakeMachine()
    machine.tentacle("version")
    machine.tentacle("version", user=User("SYSTEM"))
    assert machine.files.exists(r"C:\Users\Administrator\AppData\Local\Octopus\Logs\OctopusTentacle.txt")
    assert machine.files.exists(r"C:\Windows\system32\config\systemprofile\AppData\Local\Octopus\Logs\OctopusTentacle.txt")


def test_no_console_logging_silences_stdout_alone() -> None:
    machine = FakeMachine().created()
    assert machine.ok("--noconsolelogging", "configure", "--instance=web1", "--port=1") == []
    assert "not recognized" in machine.tentacle("configure", "--noconsolelogging", "--instance=web1", "--noListen=1").stderr


def test_known_commands_that_need_a_server_fail_in_a_controlled_way() -> None:
    result = FakeMachine().created().tentacle("register-with", "--instance=web1", "--server=x", "--apiKey=y")
    assert (result.rc, result.stdout) == (1, "")


def test_injected_exception() -> None:
    machine = FakeMachine(faults={"tentacle_exit_100": "show-thumbprint"}).created()
    assert machine.tentacle("show-thumbprint", "--instance=web1").rc == 100


def test_noise_leaves_answers_readable() -> None:
    machine = FakeMachine().created()
    machine.faults["noise"] = True
    answer = machine.tentacle("show-configuration", "--instance=web1")
    change = machine.tentacle("configure", "--instance=web1", "--port=1")
    assert json.loads(answer.stdout)
    assert min(len(answer.stderr), len(change.stdout), len(change.stderr)) > 200_000


def test_names_of_variables_ignore_case_on_windows() -> None:
    machine = FakeMachine()
    result = machine.tentacle("create-instance", "--config=c.config", TENTACLEMACHINECONFIGURATIONHOMEDIRECTORY=r"D:\Idx")
    assert result.rc == 0
    assert machine.files.exists(r"D:\Idx\Tentacle\Instances\tentacle.config")
