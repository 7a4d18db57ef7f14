"""The runner of steps on Linux hosts, on this machine's own Python."""

from __future__ import annotations

import fcntl
import getpass
import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.module_utils._linux import batch
from ansible_collections.octoboot.octopus.plugins.module_utils._linux.batch import READERS, WRITERS, Busy, carry_out


@pytest.fixture(autouse=True)
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lock of the test's own."""
    path = tmp_path / "lock"
    monkeypatch.setattr(batch, "LOCK", str(path))
    return path


def run(*steps: dict[str, Any], check_mode: bool = False, alone: bool = True, **secrets: str) -> list[dict[str, Any]]:
    """Carry out steps."""
    return carry_out(list(steps), secrets, check_mode=check_mode, alone=alone, lock_timeout=0.3)


def test_after_a_failure_only_what_must_always_happen_happens(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.touch()
    outcomes = run(
        {"do": "file", "path": str(tmp_path)},
        {"do": "exists", "path": str(there)},
        {"do": "remove", "path": str(there), "always": True},
    )
    assert "Is a directory" in outcomes[0]["error"]
    assert outcomes[1:] == [{"skipped": True}, {"value": None}]
    assert not there.exists()


def test_an_optional_step_may_fail(tmp_path: Path) -> None:
    outcomes = run(
        {"do": "move", "path": str(tmp_path / "a"), "target": str(tmp_path / "b"), "optional": True}, {"do": "exists", "path": "/"}
    )
    assert "No such file" in outcomes[0]["error"]
    assert outcomes[1] == {"value": True}


def test_text_names_secrets_and_what_earlier_steps_kept(tmp_path: Path) -> None:
    index = tmp_path / "index"
    index.mkdir()
    secret = tmp_path / "secret"
    outcomes = run(
        {"do": "instances", "path": str(index), "name": "x", "keep": {"owner": "owner", "configuration": "configuration"}},
        {"do": "write", "path": str(secret), "content": "<pfx>"},
        {"do": "access", "paths": ["<configuration>", str(secret)]},
        {"do": "exists", "path": "<nobody_kept_this>"},
        pfx="c2VjcmV0",
    )
    assert secret.read_bytes() == b"secret"
    assert [found["mode"] for found in outcomes[2]["value"]] == [0o600]
    assert outcomes[3] == {"error": "the step names <nobody_kept_this>, which no earlier step kept"}


def test_in_check_mode_nothing_is_written_not_even_the_lock(lock: Path, tmp_path: Path) -> None:
    outcomes = run({"do": "exists", "path": "/"}, {"do": "write", "path": str(tmp_path / "x"), "content": ""}, check_mode=True)
    assert outcomes == [{"value": True}, {"error": "the step 'write' writes, and this is check mode"}]
    assert list(tmp_path.iterdir()) == []
    assert run({"do": "exists", "path": "/"}) == [{"value": True}]
    assert not lock.exists()


def test_the_hosts_umask_does_not_reach_what_is_run() -> None:
    former = os.umask(0o077)
    try:
        told = run({"do": "query", "file": "/bin/sh", "arguments": ["-c", "umask"], "timeout": 9, "user": getpass.getuser()})
    finally:
        os.umask(former)
    assert told[0]["value"]["stdout"] == "0022\n"


def test_an_unknown_step_is_an_error() -> None:
    assert run({"do": "dance"}) == [{"error": "there is no step 'dance'"}]


@pytest.mark.parametrize("step", [{"do": "remove", "path": "/nowhere/at/all"}, {"do": "exists", "path": "/"}])
def test_two_visits_do_not_change_a_host_at_once_and_nobody_looks_meanwhile(lock: Path, step: dict[str, Any]) -> None:
    with lock.open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(Busy, match="another run has been changing this machine"):
            run(step)
        assert "value" in run(step, alone=False)[0]
    assert "value" in run(step)[0]


def test_no_step_both_reads_and_writes() -> None:
    assert READERS.keys().isdisjoint(WRITERS)
