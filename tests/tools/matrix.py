"""Run the tests with every ansible-core that is supported, each in an environment of its own in `.matrix/`.

    python -m tests.tools.matrix                  all rows: unit tests, smoke tests, ansible-test sanity
    python -m tests.tools.matrix 2.16 newest      these rows
    python -m tests.tools.matrix --short 2.16     what CI runs: of the unit tests those that touch Ansible, and the smoke tests

A row whose Python is not on this machine is left out, which is said.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from tests.tools import pythons
from tests.tools.checkout import ROOT

MATRIX = ROOT / ".matrix"
INPUTS = ("requirements.txt", "requirements-tests.txt", "galaxy.yml", "tests/tools/fetch_collections.py")
TOUCHING = ("tests/unit/edge", "tests/unit/report", "tests/unit/store", "tests/unit/lab/test_windows_payload.py")
"""The unit tests that touch Ansible: what else differs between rows is the Python, and `make matrix` and mypy mind that."""


@dataclass(frozen=True)
class Row:
    """One ansible-core. `pythons`: which minor versions of Python 3 it runs on, the first one found is taken.

    `windows`: the package `ansible` whose ansible.windows is used, where that is not the one of the core's time. `unready`: why there is no
    sanity of this core yet.
    """

    name: str
    core: str
    pythons: tuple[int, ...]
    windows: str | None = None
    unready: str | None = None

    @property
    def home(self) -> Path:
        """Where its environment is."""
        return MATRIX / self.name


ROWS = (
    Row("2.16", "ansible-core==2.16.*", (10, 11, 12)),
    Row("2.16-galaxy", "ansible-core==2.16.*", (12, 11, 10), windows="ansible>=14"),  # ansible-galaxy brings the newest of it
    Row("2.17", "ansible-core==2.17.*", (10, 11, 12)),
    Row("2.18", "ansible-core==2.18.*", (11, 12, 13)),
    Row("2.19", "ansible-core==2.19.*", (12, 13, 11)),
    Row("2.20", "ansible-core==2.20.*", (12, 13, 14)),
    Row("newest", "ansible-core>=2.21", (14, 13, 12)),
    Row("2.22", "ansible-core>=2.22.0rc1,==2.22.*", (13, 14, 15), unready="its ansible-test fetches a library from GitHub"),
)


@dataclass
class Outcome:
    """What came of a row."""

    row: Row
    versions: str = ""
    told: dict[str, str] = field(default_factory=dict)
    failed: bool = False


def python_of(row: Row) -> str | None:
    """Return the interpreter that makes a row's environment; None where there is none."""
    known = (pythons.interpreter(f"3.{minor}") for minor in row.pythons)
    return next((python for python in known if python and pythons.makes_environments(python)), None)


def prepare(row: Row, python: str) -> Path:
    """Make or refresh a row's environment; return its Python."""
    own = row.home / "bin" / "python"
    stamp = row.home / ".made"
    asked = hashlib.sha256(repr(row).encode() + b"".join((ROOT / name).read_bytes() for name in INPUTS)).hexdigest()
    if stamp.exists() and stamp.read_text() == asked:
        return own
    subprocess.run([python, "-m", "venv", "--clear", str(row.home)], check=True)
    pip = [str(own), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, row.core, "-r", "requirements-tests.txt"], cwd=ROOT, check=True)
    chosen = ["--from", row.windows] if row.windows else []
    subprocess.run([str(own), "-m", "tests.tools.fetch_collections", *chosen], cwd=ROOT, env=environment(row), check=True)
    stamp.write_text(asked)
    return own


def environment(row: Row) -> dict[str, str]:
    """Return the environment of what runs for a row: its own programs come first, and nothing of the caller's Python."""
    inherited = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME")}
    return {**inherited, "PATH": f"{row.home / 'bin'}{os.pathsep}{os.environ['PATH']}"}


def versions(row: Row, python: Path) -> str:
    """Return what the row really has: ansible-core, Python, ansible.windows."""
    ask = (
        "import sys; from importlib.metadata import version; from tests.tools.fetch_collections import installed; "
        "print(version('ansible-core'), '.'.join(map(str, sys.version_info[:3])), installed('ansible.windows'))"
    )
    answer = subprocess.run([str(python), "-c", ask], cwd=ROOT, env=environment(row), check=True, capture_output=True, text=True)
    return answer.stdout.strip()


def run_pytest(row: Row, python: Path, name: str, *arguments: str) -> tuple[bool, str]:
    """Run tests; return whether they passed, and in a few words how many."""
    report = ROOT / "build" / "matrix" / f"{row.name}-{name}.xml"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *arguments]
    code = subprocess.run(command, cwd=ROOT, env=environment(row), check=False).returncode
    if not report.exists():
        return False, "did not run"
    counts = [{key: int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped")} for suite in _suites(report)]
    total = {key: sum(count[key] for count in counts) for key in ("tests", "failures", "errors", "skipped")}
    bad = total["failures"] + total["errors"]
    passed = total["tests"] - bad - total["skipped"]
    words = [f"{passed} passed", f"{bad} failed" if bad else "", f"{total['skipped']} left out" if total["skipped"] else ""]
    return code == 0, ", ".join(filter(None, words))


def _suites(report: Path) -> list[ElementTree.Element]:
    return list(ElementTree.parse(report).getroot().iter("testsuite"))


def run_sanity(row: Row, python: Path) -> tuple[bool, str]:
    """Run ansible-test sanity as this core has it."""
    code = subprocess.run([str(python), "-m", "tests.tools.sanity"], cwd=ROOT, env=environment(row), check=False).returncode
    return code == 0, "clean" if code == 0 else "failed"


def stages(row: Row, python: Path, wanted: list[str], *, short: bool) -> dict[str, Callable[[], tuple[bool, str]]]:
    """Return what is to be run for a row, by name."""
    unit = TOUCHING if short else ("tests/unit",)
    known: dict[str, Callable[[], tuple[bool, str]]] = {
        "unit": lambda: run_pytest(row, python, "unit", "-n", "4", *unit),
        "smoke": lambda: run_pytest(row, python, "smoke", "-n", "2", "tests/integration", "-m", "smoke"),
        "sanity": lambda: (True, f"left out: {row.unready}") if row.unready else run_sanity(row, python),
    }
    return {name: known[name] for name in wanted}


def run(row: Row, wanted: list[str], *, short: bool) -> Outcome:
    """Run a row."""
    outcome = Outcome(row)
    python = python_of(row)
    if python is None:
        outcome.told = {"": f"left out: there is no Python 3.{min(row.pythons)} to 3.{max(row.pythons)} here"}
        return outcome
    try:
        own = prepare(row, python)
        outcome.versions = versions(row, own)
    except subprocess.CalledProcessError as error:
        outcome.failed, outcome.told = True, {"": f"could not be prepared: {' '.join(error.cmd[:5])} …"}
        return outcome
    for name, stage in stages(row, own, wanted, short=short).items():
        print(f"== {row.name} ({outcome.versions}): {name}", flush=True)
        began = time.monotonic()
        well, words = stage()
        outcome.told[name] = f"{words} ({time.monotonic() - began:.0f} s)"
        outcome.failed |= not well
    return outcome


def table(outcomes: list[Outcome]) -> list[str]:
    """Return the outcomes as lines."""
    lines = []
    for outcome in outcomes:
        told = "; ".join(f"{name}: {words}" if name else words for name, words in outcome.told.items())
        lines.append(f"{'FAILED' if outcome.failed else 'ok':6} {outcome.row.name:12} {outcome.versions:30} {told}")
    return ["", "       row          core, Python, ansible.windows", *lines]


def main(arguments: list[str] | None = None) -> int:
    """Run the rows that are asked for; return 1 when one failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [row.name for row in ROWS]
    parser.add_argument("rows", nargs="*", metavar="row", help=f"all, or some of {', '.join(names)}")
    parser.add_argument("--short", action="store_true", help="of the unit tests those that touch Ansible, and no sanity")
    parser.add_argument("--only", nargs="+", choices=("unit", "smoke", "sanity"), help="leave the others out")
    given = parser.parse_args(arguments)
    if unknown := set(given.rows) - set(names):
        parser.error(f"there is no row {', '.join(sorted(unknown))}")
    wanted = given.only or (["unit", "smoke"] if given.short else ["unit", "smoke", "sanity"])
    outcomes = [run(row, wanted, short=given.short) for row in ROWS if not given.rows or row.name in given.rows]
    print("\n".join(table(outcomes)))
    return int(any(outcome.failed for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
