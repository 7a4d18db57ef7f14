"""What `make doctor-real` says."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.tools import real


def program(path: Path, text: str) -> str:
    path.write_text(f"#!{sys.executable}\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_a_powershell_counts_when_it_runs(tmp_path: Path) -> None:
    assert real.powershell(None).startswith("no: there is no pwsh on PATH")
    assert real.powershell(program(tmp_path / "well", "print('PowerShell 7.6.9')")).startswith("yes: PowerShell 7.6.9, ")
    assert real.powershell(program(tmp_path / "ill", "raise SystemExit(3)")).endswith("ended with exit code 3")
    assert "does not run" in real.powershell(str(tmp_path / "gone"))


def test_the_pythons_that_are_there_and_those_that_are_not_are_named() -> None:
    assert real.pythons({"3.6": None, "3.7": "x", "3.8": "y"}) == "yes: 3.7, 3.8 (there is no 3.6)"
    assert real.pythons({"3.6": "x"}) == "yes: 3.6"
    assert real.pythons({"3.6": None}) == "no: there is no 3.6"


def test_there_is_a_line_for_each_real_thing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr(real, "left_out", lambda: "They need root.")
    monkeypatch.setattr(real, "interpreter", lambda version: None)
    told = real.report()
    assert "tentacle-linux (2" in told[0]
    assert [line.partition(":")[0].split()[-1] for line in told] == ["yes", "no", "no", "no", "no"]
    assert "They need root." in told[2]
