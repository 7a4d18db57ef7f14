"""The notebook of a run, as many processes use it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._store.run import Notebook

FORK = multiprocessing.get_context("fork")


def test_rows_are_written_replaced_and_read(tmp_path: Path) -> None:
    book = Notebook(tmp_path)
    assert book.row("health", "web01") is None
    assert book.rows("health") == {}
    book.write("health", {"web01": {"status": "Healthy"}, "web02": None})
    book.write("health", {"web02": ["a"]})
    book.write("other", {"web01": 1})
    assert book.row("health", "web01") == {"status": "Healthy"}
    assert book.rows("health") == {"web01": {"status": "Healthy"}, "web02": ["a"]}


def test_what_is_claimed_belongs_to_the_first(tmp_path: Path) -> None:
    book = Notebook(tmp_path)
    assert book.claim("thumbprints", "AB", "web01") == "web01"
    assert book.claim("thumbprints", "AB", "web02") == "web01"
    assert book.claim("thumbprints", "AB", "web01") == "web01"


def test_only_its_owner_can_read_the_file(tmp_path: Path) -> None:
    Notebook(tmp_path).write("topic", {"key": 1})
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_what_many_want_is_made_once(tmp_path: Path) -> None:
    trace = tmp_path / "trace"

    def make() -> dict[str, int]:
        with trace.open("a") as file:
            file.write(f"{os.getpid()}\n")
        time.sleep(0.2)
        return {"made": 1}

    def worker() -> None:
        book = Notebook(tmp_path)
        book.once("fleet", make)
        assert book.row("fleet", "made") == 1

    processes = [FORK.Process(target=worker) for _ in range(8)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(30)
    assert [process.exitcode for process in processes] == [0] * 8
    assert len(trace.read_text().splitlines()) == 1


def test_what_failed_is_made_by_the_next(tmp_path: Path) -> None:
    def fail() -> dict[str, int]:
        raise OSError("no")

    book = Notebook(tmp_path)
    with pytest.raises(OSError, match="no"):
        book.once("fleet", fail)
    book.once("fleet", lambda: {"made": 2})
    assert book.row("fleet", "made") == 2


def test_whoever_dies_at_work_leaves_it_to_the_next(tmp_path: Path) -> None:
    started = tmp_path / "started"

    def hang() -> dict[str, int]:
        started.touch()
        time.sleep(60)
        return {}

    process = FORK.Process(target=lambda: Notebook(tmp_path).once("fleet", hang))
    process.start()
    while not started.exists():
        time.sleep(0.01)
    assert process.pid
    os.kill(process.pid, signal.SIGKILL)
    process.join(10)
    book = Notebook(tmp_path)
    book.once("fleet", lambda: {"made": 3})
    assert book.row("fleet", "made") == 3


def test_what_lasts_only_a_while_is_made_again(tmp_path: Path) -> None:
    now = 1000.0
    book = Notebook(tmp_path, clock=lambda: now)
    book.once("failure", lambda: {"made": 1}, lasts=60)
    now = 1059.0
    book.once("failure", lambda: {"made": 2}, lasts=60)
    assert book.row("failure", "made") == 1
    now = 1061.0
    book.once("failure", lambda: {"made": 3}, lasts=60)
    assert book.row("failure", "made") == 3
