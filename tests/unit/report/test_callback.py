"""The callback: whom it shows, whom it charges, what it advises, and that it costs no run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible import constants, context
from ansible.module_utils.common.collections import ImmutableDict
from ansible_collections.octoboot.octopus.plugins.callback.report import CallbackModule
from ansible_collections.octoboot.octopus.plugins.plugin_utils._ansible.invocation import command
from ansible_collections.octoboot.octopus.plugins.plugin_utils._ansible.teller import Teller, clean
from ansible_collections.octoboot.octopus.plugins.plugin_utils._report.files import ReportFiles

ROOT = Path(__file__).parents[3]
PREFLIGHT, TENTACLE = "octoboot.octopus.preflight", "octoboot.octopus.tentacle"


class Implicit(str):
    """A host that no inventory has."""

    implicit = True


class Player:
    """Plays events, made by hand, to a callback."""

    def __init__(self) -> None:
        self.callback = CallbackModule()
        self.callback._interval = 0
        self.shown: list[str] = []
        self.warned: list[str] = []
        self.callback._display = SimpleNamespace(display=lambda line, **_: self.shown.append(line), warning=self.warned.append)
        self.callback._teller = Teller(self.callback._display, "none")

    def play(self, name: str, hosts: list[str], batch: list[str] | None = None, *, check: bool = False, **extra: Any) -> None:
        variables = {"ansible_play_hosts_all": hosts, "ansible_play_batch": batch or hosts, **extra}
        inventory = SimpleNamespace(get_hosts=lambda *_, **__: ["web01"])
        manager = SimpleNamespace(get_vars=lambda **_: variables, _inventory=inventory)
        blocks = [SimpleNamespace(get_tasks=lambda: [SimpleNamespace(action=TENTACLE if name == "ours" else "ansible.builtin.ping")])]
        play = SimpleNamespace(_uuid=name, hosts="web", check_mode=check, get_variable_manager=lambda: manager, compile=lambda: blocks)
        self.callback.v2_playbook_on_play_start(play)

    def task(self, host: str, action: str, *, status: str = "ok", run_once: bool = False, no_log: bool = False, **result: Any) -> None:
        task = SimpleNamespace(_uuid=action, action=action, run_once=run_once, no_log=no_log, name=action, get_name=lambda: action)
        self.callback.v2_runner_on_start(host, task)
        self.callback._began[host, action] = self.callback._began[host, action] - 60
        getattr(self.callback, f"v2_runner_on_{status}")(SimpleNamespace(host=host, task=task, result=result))

    def end(self, *failed: str) -> dict[str, str]:
        stats = SimpleNamespace(summarize=lambda host: {"failures": int(host in failed), "unreachable": 0})
        self.callback.v2_playbook_on_stats(stats)
        return {name: entry.result for name, entry in self.callback._report.hosts.items()}


@pytest.fixture
def player(monkeypatch: pytest.MonkeyPatch) -> Player:
    arguments = {"args": ("site.yml",), "inventory": tuple(constants.DEFAULT_HOST_LIST), "forks": constants.DEFAULT_FORKS}
    monkeypatch.setattr(context, "CLIARGS", ImmutableDict(arguments))
    monkeypatch.setattr(sys, "argv", ["ansible-playbook"])
    player = Player()
    player.callback.v2_playbook_on_start(None)
    return player


def test_only_the_hosts_of_our_plays_are_shown_those_of_later_batches_as_well(player: Player) -> None:
    player.play("other", ["db01"])
    player.task("db01", "ansible.builtin.command")
    player.play("ours", ["web01", "web02"], ["web01"])
    player.task("web01", TENTACLE)
    player.play("more", ["db02"])
    player.task("db02", "ansible.builtin.command")
    assert player.end() == {"web01": "unchanged", "web02": "not run"}


def test_whom_the_run_did_not_come_to_is_in_the_line_that_runs_the_failed_again(player: Player) -> None:
    player.play("ours", ["web01", "web02", "web03"], ["web01"])
    player.task("web01", TENTACLE, status="failed", msg="no tag")
    assert player.end("web01") == {"web01": "failed", "web02": "not run", "web03": "not run"}
    assert "web01: no tag" in player.shown
    assert player.shown[-1] == "Run the failed hosts again: ansible-playbook site.yml -l web01,web02,web03"


def test_a_rescued_failure_is_none_and_the_last_failure_is_the_reason(player: Player) -> None:
    player.play("ours", ["web01", "web02"])
    for host in ("web01", "web02"):
        player.task(host, TENTACLE, status="failed", msg="first", failed=True)
    player.task("web02", "ansible.builtin.fail", status="failed", msg="last")
    assert player.end("web02") == {"web01": "unchanged", "web02": "failed"}
    assert "web02: last" in player.shown


@pytest.mark.parametrize("result", ["unchanged", "absent"])
def test_a_target_alone_gets_its_own_result(player: Player, result: str) -> None:
    player.play("ours", ["web01"])
    player.task("web01", "octoboot.octopus.deployment_target", result=result)
    assert player.end() == {"web01": result}


def test_a_task_for_all_is_charged_to_none_and_the_preflight_alone_is_no_result(player: Player) -> None:
    player.play("ours", ["web01", "web02", "web03"], ["web01", "web02"])
    player.task("web01", PREFLIGHT, run_once=True, hosts={"web01": {}, "web02": {}, "web03": {}})
    assert player.callback._report.host("web01").seconds == 0
    player.task("web01", TENTACLE)
    assert player.end() == {"web01": "unchanged", "web02": "not run", "web03": "not run"}


def test_a_run_that_came_to_no_machine_ends_ansible(player: Player) -> None:
    player.play("ours", [])
    player.callback.v2_playbook_on_no_hosts_matched()
    with pytest.raises(SystemExit) as ended:
        player.end()
    assert ended.value.code == 1
    assert player.shown[-1].startswith("ERROR! The run came to no machine: no host of 'web', the hosts that the play is for, is within")
    assert player.warned == []


def test_a_task_on_the_controller_alone_has_come_to_no_machine(player: Player) -> None:
    player.play("other", ["localhost"])
    player.callback.v2_runner_on_start(Implicit("localhost"), SimpleNamespace(_uuid="1", action="ansible.builtin.uri", name="ask"))
    player.play("ours", [])
    player.callback.v2_playbook_on_no_hosts_matched()
    with pytest.raises(SystemExit):
        player.end()


def test_where_that_is_right_it_is_a_warning(player: Player) -> None:
    player.play("ours", [], octopus_fail_when_empty="false")
    player.callback.v2_playbook_on_no_hosts_matched()
    player.end()
    assert [line.startswith("The run came to no machine: ") for line in player.warned] == [True]


@pytest.mark.parametrize("first", ["other", "ours"])
def test_a_run_whose_other_plays_had_hosts_is_none_of_these(player: Player, first: str) -> None:
    for name in (first, "more"):
        player.play(name, ["db01"])
        player.task("db01", "ansible.builtin.command")
    player.play("ours", [])
    player.callback.v2_playbook_on_no_hosts_matched()
    player.end()
    assert (player.shown, player.warned) == ([], [])


def test_github_obeys_again_whatever_became_of_the_run(player: Player) -> None:
    player.callback._teller = Teller(player.callback._display, "github")
    player.play("ours", ["web01"])
    player.task("web01", "ansible.builtin.command")
    player.task("web01", TENTACLE, status="skipped")
    player.end()
    token = player.shown[0].removeprefix("::stop-commands::")
    assert player.shown == [f"::stop-commands::{token}", f"::{token}::"]


CENSORED = "the output has been hidden due to the fact that 'no_log: true' was specified for this result"


@pytest.mark.parametrize(("changed", "result"), [(True, "updated"), (False, "unknown")])
def test_what_no_log_hides_is_not_called_unchanged(player: Player, changed: bool, result: str) -> None:
    player.play("ours", ["web01", "web02"])
    player.task("web01", TENTACLE, no_log=True, censored=CENSORED, changed=changed)
    player.task("web02", TENTACLE, no_log=True, status="failed", censored=CENSORED)
    assert player.end("web02") == {"web01": result, "web02": "failed"}
    assert "web02: the task failed, and no_log hides why" in player.shown


def test_whom_a_condition_excludes_is_not_called_unchanged_for_a_task_that_is_run_once(player: Player) -> None:
    player.play("ours", ["web01", "web02"])
    for host in ("web01", "web02"):
        player.task(host, TENTACLE, status="skipped")
    player.task("web01", "octoboot.octopus.health_check", run_once=True, hosts={})
    assert player.end() == {"web01": "not run", "web02": "not run"}


def test_of_a_loop_only_whether_it_changed_something_is_known(player: Player) -> None:
    player.play("ours", ["web01", "web02"])
    player.task("web01", "octoboot.octopus.deployment_target", results=[{}, {}], changed=True)
    player.task("web02", "octoboot.octopus.deployment_target", results=[{}, {}], changed=False)
    assert player.end() == {"web01": "updated", "web02": "unknown"}


def test_a_defect_of_the_report_is_one_warning(player: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise KeyError("path")

    player.play("ours", ["web01"])
    monkeypatch.setattr(player.callback._report, "ended", broken)
    player.task("web01", TENTACLE)
    player.task("web01", TENTACLE)
    assert player.warned == ["The report is off, the run goes on: KeyError: 'path'"]
    assert player.callback.disabled


def test_the_line_to_run_again_keeps_what_the_command_line_gave_but_no_variables(player: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        context,
        "CLIARGS",
        ImmutableDict(
            args=("site.yml",), inventory=("my hosts",), vault_ids=("dev@prompt",), ask_vault_pass=True, vault_password_files=("/pw",),
            check=True, diff=True, forks=77, extra_vars=("key=secret",),
        ),
    )  # fmt: skip
    words = "-i|my hosts|--vault-id|dev@prompt|--vault-password-file|/pw|--ask-vault-pass|--check|--diff|--forks|77"
    assert command("site.yml", debugging=False) == ["ansible-playbook", "site.yml", *words.split("|")]


@pytest.mark.parametrize(("interval", "waited"), [(1, 5), (15, 15)])
def test_lines_of_progress_keep_their_distance(player: Player, monkeypatch: pytest.MonkeyPatch, interval: int, waited: int) -> None:
    waits: list[float] = []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        return len(waits) > 1

    player.callback._interval = interval
    monkeypatch.setattr(player.callback, "_stop", SimpleNamespace(wait=wait))
    player.play("ours", ["web01"])
    player.callback._report.working = True
    player.callback._report.started("web01", "Register")
    player.callback._tick()
    assert waits == [waited, waited]
    assert [line.partition(": ")[2] for line in player.shown] == ["1 at 'Register'"]


TRUE: list[Any] = [True, "true", "Yes", "on", "y", "T", "1", 1]
FALSE: list[Any] = [False, "no", "off", "0", "", None, []]


@pytest.mark.parametrize(("said", "debugging"), [*((word, True) for word in TRUE), *((word, False) for word in FALSE)])
def test_debug_is_read_as_the_playbook_reads_it(player: Player, said: Any, debugging: bool) -> None:
    player.play("ours", ["web01"], octopus_debug=said)
    player.task("web01", TENTACLE, status="failed", msg="no")
    player.end("web01")
    assert player.shown[-1].startswith("Go on from here: " if debugging else "Run the failed hosts again: ")
    assert player.shown[-1].count("-e octopus_debug=true") == debugging
    assert player.warned == []


def test_a_run_without_our_actions_sees_nothing_of_it(tmp_path: Path) -> None:
    playbook = tmp_path / "site.yml"
    playbook.write_text("- hosts: localhost\n  gather_facts: false\n  tasks: [{ansible.builtin.debug: {msg: hello}}]\n")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "OCTO"))}
    run = subprocess.run(
        [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", str(playbook)],
        cwd=ROOT,
        env={**clean, "OCTOBOOT_LOG_DIR": str(tmp_path / "logs"), "ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert run.stderr == ""
    assert "thumbprint" not in run.stdout
    assert run.stdout.rstrip().splitlines()[-1].startswith("localhost")
    assert not (tmp_path / "logs").exists()


def test_a_secret_that_json_writes_in_other_letters_is_in_no_file(player: Player, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = 'pa"ss\\wörd'
    monkeypatch.setenv("OCTOPUS_API_KEY", secret)
    player.callback._files = files = ReportFiles(str(tmp_path), clean)
    player.play("ours", ["web01"])
    cut = "-----BEGIN PRIVATE KEY-----\nMIIE"
    player.task("web01", TENTACLE, changes=[{"path": "key", "before": secret, "after": cut}])
    player.end()
    report = json.loads((files.folder / "report.json").read_text())
    assert report["hosts"]["web01"]["changes"] == [{"path": "key", "before": "********", "after": "********"}]
    assert '  key: "********" -> "********"' in (files.folder / "web01.log").read_text()
