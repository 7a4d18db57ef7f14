"""The report of real runs: in plays of the user's own, around JSON, in a pipeline's log, and of runs that come to no machine."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from .host_variables import play_with
from .playing import BIN, ROOT, Field

JSON_CALLBACK = '''\
"""What prints the results as JSON, and nothing else, as ansible.posix.json does, which the lab has not."""

import json

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = "name: json\\ntype: stdout\\nshort_description: JSON\\ndescription: JSON.\\n"


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "json"

    def v2_playbook_on_stats(self, stats):
        hosts = {host: stats.summarize(host) for host in stats.processed}
        self._display.display(json.dumps({"stats": hosts, "custom": stats.custom.get("_run", {})}))
'''
ROLE = {"name": "octoboot.octopus.tentacle"}


def playbook_of(directory: Path, *tasks: Mapping[str, Any]) -> Path:
    """Write a play of the user's own."""
    path = directory / "site.yml"
    path.write_text(yaml.safe_dump([{"hosts": "tentacles", "gather_facts": False, "tasks": list(tasks)}]))
    return path


def test_a_play_of_one_s_own_is_reported_and_around_json_nothing_is_printed(lab: Field) -> None:
    """A role that is included, a host that a condition excludes, another that fails: rc 2, and statistics for a workflow."""
    plugins = lab.directory / "callbacks"
    plugins.mkdir()
    (plugins / "json.py").write_text(JSON_CALLBACK)
    playbook = playbook_of(lab.directory, {"ansible.builtin.include_role": ROLE, "when": "inventory_hostname != 'win03'"})
    wrong = lab.directory / "wrong.json"
    wrong.write_text(json.dumps({"all": {"hosts": {"win02": {"octopus_environments": ["Stagin"]}}}}))
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("OCTOPUS_", "ANSIBLE_"))}
    ran = subprocess.run(
        [str(BIN / "ansible-playbook"), "-i", str(lab.lab.inventory), "-i", str(wrong), str(playbook)],
        cwd=ROOT,
        env={
            **clean,
            "ANSIBLE_STDOUT_CALLBACK": "json",
            "ANSIBLE_CALLBACK_PLUGINS": str(plugins),
            "OCTOBOOT_LOG_DIR": str(lab.directory / "logs"),
            "GITHUB_ACTIONS": "true",
        },
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert ran.returncode == 2, ran.stdout + ran.stderr
    said = json.loads(ran.stdout)
    (folder,) = (lab.directory / "logs").iterdir()
    left = said["custom"]["octoboot_report"]
    assert left.pop("tasks")[0].startswith("ServerTasks-")
    assert left == {
        "created": ["win01"], "updated": [], "unchanged": [], "failed": ["win02"], "check_mode": False, "report": str(folder),
    }  # fmt: skip
    report = json.loads((folder / "report.json").read_text())
    assert {name: host["result"] for name, host in report["hosts"].items()} == {"win01": "created", "win02": "failed", "win03": "not run"}


def test_in_a_pipeline_s_log_a_failed_host_is_folded_and_marked_and_unreachable_is_another_exit_code(lab: Field) -> None:
    playbook = playbook_of(lab.directory, {"ansible.builtin.import_role": ROLE})
    shown = lab.directory / "shown"
    secret = lab.lab.server.api_key
    environment = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(shown)}
    inventory = lab.directory / "wrong.json"
    hosts = {"win01": {"ansible_port": 1}, "win02": {"octopus_environments": ["x\n::error::forged"]}}
    inventory.write_text(json.dumps({"all": {"hosts": hosts}}))
    run = lab.play("-i", str(inventory), playbook=str(playbook), environment=environment)
    assert run.rc == 4, run.output
    assert {name: run.result(name) for name in lab.names} == {"win01": "unreachable", "win02": "failed", "win03": "created"}
    lines = run.output.splitlines()
    (stopped,) = [at for at, line in enumerate(lines) if line.startswith("::stop-commands::")]
    resumed = lines.index(f"::{lines[stopped].removeprefix('::stop-commands::')}::")
    after = lines[resumed + 1 :]
    assert [line.split("::")[1].split()[0] for line in after if line.lstrip().startswith("::")] == ["group", "endgroup", "error"] * 2
    assert [line for line in after if line.startswith("::error title=win02 failed::") and "environment" in line]
    assert not [line for line in lines[:stopped] if "forged" in line]
    assert "\x1b[" not in run.output
    assert "**win02**" in shown.read_text()
    cases = {case.get("name"): case for case in ElementTree.parse(next(run.logs.glob("*/report.xml"))).iter("testcase")}
    assert {name: case[0].tag for name, case in cases.items()} == {"win01": "error", "win02": "failure", "win03": "system-out"}
    told = [run.output, shown.read_text(), *(path.read_text() for path in run.logs.glob("*/*"))]
    assert not [text for text in told if secret in text]


def test_a_failed_host_of_an_earlier_batch_decides_about_the_exit_code(lab: Field) -> None:
    run = play_with(lab, {"win01": {"tentacle_port": 0}}, "-l", "win01,win02", "--check", "-e", "octopus_serial=1")
    assert run.rc == 2, run.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-i", "missing"], "/missing) holds no host."),
        (["-i", "hosts.yml", "-e", "octopus_hosts=stagin"], "no host of the inventory matches 'stagin'"),
        (["-i", "hosts.yml", "-l", "db01"], "no host of 'tentacles', the hosts that the play is for, is within the limit (-l db01)."),
        (["-i", "hosts.yml", "--tags", "x"], "no task of the playbook was chosen (--tags x)."),
        (["-i", "hosts.yml", "-l", "db01", "-e", "octopus_fail_when_empty=no"], "is within the limit (-l db01)."),
    ],
)
def test_a_run_that_comes_to_no_machine_says_why_and_has_failed(tmp_path: Path, arguments: list[str], words: str) -> None:
    (tmp_path / "hosts.yml").write_text("tentacles: {hosts: {web01: }}\nothers: {hosts: {db01: }}\n")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("OCTO", "ANSIBLE_"))}
    ran = subprocess.run(
        [str(BIN / "ansible-playbook"), *arguments, str(ROOT / "bootstrap.yml")],
        cwd=tmp_path,
        env={**clean, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "TF_BUILD": "True"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    allowed = "octopus_fail_when_empty=no" in arguments
    assert ran.returncode == (0 if allowed else 1), ran.stdout + ran.stderr
    told = " ".join(ran.stderr.split())
    assert f"{'[WARNING]:' if allowed else 'ERROR!'} The run came to no machine: " in told
    assert words in told
    assert ran.stdout.count("##vso[task.logissue type=error]No machine: The run came to no machine") == (not allowed)
    assert "PLAY RECAP" in ran.stdout
