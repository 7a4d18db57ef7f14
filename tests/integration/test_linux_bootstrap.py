"""The main job on real Linux hosts, alone and beside Windows hosts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.halibut import thumbprint_at
from tests.tools.pythons import interpreter

from .playing import BIN, ROOT, Field, field
from .troubles import on_host

OURS = ("/etc/", "/opt/", "/usr/", "/home/", "/var/lib/octoboot", "/run/octoboot")

LOCAL = """
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - octoboot.octopus.linux_batch:
        steps:
          - {do: exists, path: /}
          - {do: remove, path: /nowhere}
      check_mode: true
      register: seen
    - ansible.builtin.assert:
        that:
          - seen.outcomes[0].value
          - seen.outcomes[1].error is search('check mode')
"""

ABSENT = """
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - octoboot.octopus.tentacle:
        state: absent
"""


@pytest.mark.smoke
def test_linux_and_windows_machines_are_bootstrapped_in_one_play_and_a_second_run_changes_nothing(root: None, tmp_path: Path) -> None:
    with field(["win01"], tmp_path, linux=["lin01", "lin02"]) as lab:
        first = lab.play()
        assert first.rc == 0, first.output
        assert {first.result(name) for name in lab.names} == {"created"}
        records = lab.records()
        for name in lab.names:
            assert records[name]["HealthStatus"] == "HasWarnings"
            assert thumbprint_at(lab.hosts.host(name)["address"], 10933) == records[name]["Thumbprint"]
        lab.server.clear_requests()
        second = lab.play()
        assert second.rc == 0, second.output
        assert {second.result(name) for name in lab.names} == {"unchanged"}
        assert "changed=1" not in second.output
        assert len(lab.server.requests()) <= 10


def test_a_destroyed_machine_comes_back_as_the_same_machine(linux: Field) -> None:
    linux.play()
    before, machine_id = linux.records()["lin02"], linux.hosts.host("lin02")["machine_id"]
    linux.hosts.wipe("lin02")
    assert linux.hosts.host("lin02")["machine_id"] != machine_id
    again = linux.play()
    assert again.rc == 0, again.output
    after = linux.records()["lin02"]
    assert (after["Id"], after["Thumbprint"]) == (before["Id"], before["Thumbprint"])
    assert thumbprint_at(linux.hosts.host("lin02")["address"], 10933) == before["Thumbprint"]
    assert again.result("lin01") == "unchanged"


def test_check_mode_says_what_would_be_and_touches_nothing(linux: Field) -> None:
    before = {name: set(linux.hosts.files(name)) for name in linux.names}
    run = linux.play("--check", "--diff")
    assert run.rc == 0, run.output
    assert '+    "package.version": "9.2.4285"' in run.output
    assert '+    "home_directory": "/etc/octopus/default"' in run.output
    assert "lin01" not in linux.records()
    for name in linux.names:
        new = {path for path in set(linux.hosts.files(name)) - before[name] if path.startswith(OURS)}
        assert new == set(), name


def test_check_mode_foresees_just_what_a_run_then_changes(linux: Field) -> None:
    linux.play()
    moved = {"tentacle_port": 10944}
    foreseen = linux.play("--check", variables=moved)
    done = linux.play(variables=moved)
    for name in linux.names:
        assert foreseen.hosts[name]["changes"] == done.hosts[name]["changes"], name
        assert "port" in {change["path"] for change in done.hosts[name]["changes"]}


def test_a_host_without_root_and_without_become_is_told_what_to_set(linux: Field) -> None:
    run = linux.play("-l", "lin02", variables={"ansible_become": False})
    assert "Set 'ansible_become: true' for this host, or connect as root." in run.reason("lin02")
    assert linux.hosts.host("lin02")["packages"] == {}


def test_the_controller_itself_is_visited_without_a_connection(root: None, tmp_path: Path) -> None:
    playbook = tmp_path / "local.yml"
    playbook.write_text(LOCAL)
    command = [str(BIN / "ansible-playbook"), "-i", "localhost,", "-e", f"ansible_python_interpreter={sys.executable}", str(playbook)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stdout


def test_a_python_that_is_too_old_is_told_in_a_sentence(tmp_path: Path) -> None:
    old = interpreter("2.7")
    if old is None:
        pytest.skip("there is no Python 2.7 on this machine")
    playbook = tmp_path / "absent.yml"
    playbook.write_text(ABSENT)
    command = [str(BIN / "ansible-playbook"), "-i", "localhost,", "-e", f"ansible_python_interpreter={old}", "--check", str(playbook)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2, ended.stdout
    said = ended.stdout + ended.stderr
    assert "The Python that Ansible runs on this machine is too old. This collection needs 3.6 there" in said
    assert "SyntaxError" not in said and "Traceback" not in said


def test_a_host_needs_no_more_than_pythons_own_library(linux: Field) -> None:
    on_host(linux, "lin01", "dpkg --purge python3-apt")
    assert on_host(linux, "lin01", "/usr/bin/python3 -c 'import apt' 2>/dev/null || echo none") == "none"
    run = linux.play("-l", "lin01")
    assert run.rc == 0, run.output
