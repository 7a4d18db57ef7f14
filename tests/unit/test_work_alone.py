"""The use cases need neither Ansible nor what the adapters need: they are imported and tested where none of it can be imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools.checkout import ROOT

MISSING = ("ansible", "requests", "urllib3", "cryptography", "winrm", "yaml")
ROOMS = ("_core", "_work")
PRIVATE = "ansible_collections.octoboot.octopus.plugins.plugin_utils"

SITE = f"""
import sys

class Refusal:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {MISSING!r}:
            raise ImportError(f"{{name}} is not there")
        return None

assert not set(sys.modules) & set({MISSING!r})
sys.meta_path.insert(0, Refusal())
"""


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """The environment of a Python that finds nothing of what is missing."""
    (tmp_path / "sitecustomize.py").write_text(SITE, encoding="utf-8")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    return {**inherited, "PYTHONPATH": os.pathsep.join(map(str, (tmp_path, ROOT / "collections", ROOT)))}


def python(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python to its end."""
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize("name", [*MISSING, f"{PRIVATE}._ansible.inputs"])
def test_what_is_missing_is_missing(bare: dict[str, str], name: str) -> None:
    ended = python(bare, "-c", f"import {name}")
    assert ended.returncode != 0
    assert " is not there" in ended.stderr, ended.stderr


def test_every_module_of_the_pure_rooms_is_imported_without_it(bare: dict[str, str]) -> None:
    base = ROOT / "plugins/plugin_utils"
    found = sorted(path.relative_to(base).with_suffix("") for place in ROOMS for path in (base / place).rglob("*.py"))
    names = [f"{PRIVATE}.{'.'.join(path.parts)}".removesuffix(".__init__") for path in found]
    assert {f"{PRIVATE}._work.host", f"{PRIVATE}._core.options"} <= set(names)
    ended = python(bare, "-c", "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)", *names)
    assert ended.returncode == 0, ended.stderr


def test_the_use_cases_pass_their_tests_without_it(bare: dict[str, str]) -> None:
    ended = python(bare, "-m", "pytest", "tests/unit/work", "-q", "-p", "no:cacheprovider", "-p", "no:xdist")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert " passed" in ended.stdout


def test_a_test_that_needs_it_would_fail(bare: dict[str, str], tmp_path: Path) -> None:
    test = tmp_path / "test_needy.py"
    test.write_text(f"def test_it():\n    from {PRIVATE}._work import host\n    import {PRIVATE}._ansible.inputs\n", encoding="utf-8")
    ended = python(bare, "-m", "pytest", str(test), "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-c", str(ROOT / "pyproject.toml"))
    assert ended.returncode == 1
    assert " is not there" in ended.stdout, ended.stdout
