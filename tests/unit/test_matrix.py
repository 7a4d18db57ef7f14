"""The rows of `make matrix`: which Python each takes, what README says of them, and what is told in the end."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.tools import matrix, pythons
from tests.tools.checkout import ROOT
from tests.tools.fetch_collections import release_line
from tests.tools.matrix import ROWS, Outcome, Row


@pytest.mark.parametrize(
    ("here", "taken"),
    [
        ({10: "a", 12: "b"}, {"2.16": "a", "2.18": "b", "newest": "b"}),
        ({11: "no venv", 13: "c"}, {"2.16": None, "2.18": "c", "newest": "c"}),
        ({}, {"2.22": None}),
    ],
)
def test_a_row_takes_the_first_of_its_pythons_that_is_here(
    monkeypatch: pytest.MonkeyPatch, here: dict[int, str], taken: dict[str, str | None]
) -> None:
    monkeypatch.setattr(pythons, "interpreter", lambda version: here.get(int(version.partition(".")[2])))
    monkeypatch.setattr(pythons, "makes_environments", lambda python: python != "no venv")
    assert {row.name: matrix.python_of(row) for row in ROWS if row.name in taken} == taken


def test_a_row_without_a_python_is_left_out_and_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(pythons, "interpreter", lambda version: None)
    assert matrix.main(["2.16"]) == 0
    assert "left out: there is no Python 3.10 to 3.12 here" in capsys.readouterr().out


def test_a_row_that_fails_fails_the_whole(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(matrix, "python_of", lambda row: "python3")
    monkeypatch.setattr(matrix, "prepare", lambda row, python: Path(python))
    monkeypatch.setattr(matrix, "versions", lambda row, python: "2.16.19 3.10.13 2.5.0")
    monkeypatch.setattr(matrix, "run_pytest", lambda row, python, name, *_: (name == "unit", f"of {name}"))
    assert matrix.main(["--short", "2.16", "2.17"]) == 1
    out = capsys.readouterr().out
    assert re.search(r"FAILED 2\.16 +2\.16\.19 3\.10\.13 2\.5\.0 +unit: of unit \(0 s\); smoke: of smoke \(0 s\)", out)
    assert "sanity:" not in out


def test_a_core_that_is_not_ready_for_sanity_is_run_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix, "run_sanity", lambda row, python: (True, f"of {row.name}"))
    told = {row.name: matrix.stages(row, Path("python3"), ["sanity"], short=False)["sanity"]()[1] for row in ROWS}
    assert {name: words for name, words in told.items() if words != f"of {name}"} == {
        "2.22": "left out: its ansible-test fetches a library from GitHub"
    }


def test_a_row_that_is_none_is_refused() -> None:
    with pytest.raises(SystemExit):
        matrix.main(["2.15"])


def test_the_oldest_row_is_what_the_collection_asks_for() -> None:
    oldest = ROWS[0].name
    assert f'requires_ansible: ">={oldest}.0"' in (ROOT / "meta/runtime.yml").read_text()
    assert f"min_ansible_version: {oldest}.0" in (ROOT / "roles/tentacle/meta/main.yml").read_text()


@pytest.mark.parametrize("row", [row for row in ROWS if row.name != "newest"], ids=lambda row: row.name)
def test_readme_says_which_pythons_a_row_runs_on(row: Row) -> None:
    core = row.name.partition("-")[0]
    [(least, most)] = re.findall(
        rf"^\| (?:2\.\d+, )?{re.escape(core)}(?:, [^|]+)? \| 3\.(\d+) to 3\.(\d+) \|", (ROOT / "README.md").read_text(), re.M
    )
    assert set(row.pythons) <= set(range(int(least), int(most) + 1))


def test_a_core_has_the_modules_of_its_time() -> None:
    assert release_line("2.16.19") == "ansible==9.*"
    assert release_line("2.22.0rc1") == "ansible==15.*,>=15.0.0a1"


def test_what_pytest_reports_is_counted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(matrix, "ROOT", tmp_path)

    class Done:
        returncode = 1

    def write(command: list[str], **_: object) -> Done:
        [report] = [word.partition("=")[2] for word in command if word.startswith("--junitxml=")]
        Path(report).write_text('<testsuites><testsuite tests="9" failures="1" errors="1" skipped="2"/></testsuites>')
        return Done()

    monkeypatch.setattr(subprocess, "run", write)
    assert matrix.run_pytest(ROWS[0], Path("python"), "unit") == (False, "5 passed, 2 failed, 2 left out")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: Done())
    assert matrix.run_pytest(ROWS[0], Path("python"), "unit") == (False, "did not run")


def test_outcomes_are_a_table() -> None:
    assert matrix.table([Outcome(ROWS[0], told={"": "left out"})])[-1].split() == ["ok", "2.16", "left", "out"]
