"""Molecule's scenarios, and what runs them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.tools import molecule

FAKE = """\
#!/bin/sh
echo "$@" >>"{calls}"
test "$1" = destroy || {{ echo what went wrong; {then}; }}
"""


def load(path: Path) -> dict[str, Any]:
    """Read a YAML file."""
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run the command line in this process."""
    monkeypatch.setattr(sys, "argv", ["molecule", *arguments])
    return molecule.main()


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let one scenario run by a Molecule that fails; return the file with what it was told."""
    monkeypatch.setattr(molecule, "BIN", tmp_path)
    monkeypatch.setattr(molecule, "BUILD", tmp_path / "build")
    monkeypatch.setattr(molecule, "left_out", lambda: "")
    monkeypatch.setattr(molecule, "scenarios", lambda: ["default"])
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    pretend(tmp_path, "exit 2")
    return tmp_path / "calls"


def pretend(directory: Path, then: str) -> None:
    """Make a program in place of Molecule: it destroys well, and does `then` for anything else."""
    program = directory / "molecule"
    program.write_text(FAKE.format(calls=directory / "calls", then=then))
    program.chmod(0o755)


@pytest.mark.parametrize("scenario", molecule.scenarios())
def test_every_step_of_a_scenario_has_its_playbook(scenario: str) -> None:
    """Molecule goes on without a playbook that it does not find, and the scenario passes."""
    shared, own = load(molecule.SCENARIOS / "config.yml"), load(molecule.SCENARIOS / scenario / "molecule.yml")
    steps = own.get("scenario", shared["scenario"])["test_sequence"]
    playbooks = shared["ansible"]["playbooks"] | own["ansible"].get("playbooks", {})
    named = {step: playbooks.get(step, f"{step}.yml") for step in steps if step != "idempotence"}
    assert steps[-2:] == ["verify", "destroy"]
    assert [name for name in named.values() if not (molecule.SCENARIOS / scenario / name).is_file()] == []


def test_the_callers_own_settings_do_not_reach_a_scenario(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANSIBLE_COLLECTIONS_PATH", "MOLECULE_GLOB", "OCTOPUS_SPACE"):
        monkeypatch.setenv(name, "mine")
    assert "mine" not in molecule.environment("default").values()


def test_without_root_one_sentence_says_why_nothing_is_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert run(monkeypatch) == 0
    assert capsys.readouterr().out.startswith("molecule: left out. Linux hosts need root")
    assert run(monkeypatch, "--left-out") == 0
    assert capsys.readouterr().out.startswith("Linux hosts need root")


def test_a_failed_scenario_shows_what_it_said(calls: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch) == 1
    told = capsys.readouterr().out
    assert "what went wrong" in told
    assert "molecule: default failed in 0 s" in told
    assert calls.read_text() == "test --scenario-name default\n"


def test_an_interrupted_scenario_is_destroyed(calls: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    pretend(calls.parent, "sleep 60 & wait")
    waited = subprocess.Popen.wait

    def interrupt(process: subprocess.Popen[bytes], timeout: float | None = None) -> int:
        if "test" not in process.args:  # type: ignore[operator]
            return waited(process, timeout)
        while not calls.exists():
            time.sleep(0.01)
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess.Popen, "wait", interrupt)
    assert run(monkeypatch) == 130
    assert calls.read_text() == "test --scenario-name default\ndestroy --scenario-name default\n"
    assert "interrupted" in capsys.readouterr().out
