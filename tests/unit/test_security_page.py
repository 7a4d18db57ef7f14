"""Every threat that docs/security.md names is held by a test that exists."""

from __future__ import annotations

import ast
import re

import pytest

from tests.tools.checkout import ROOT

PAGE = ROOT / "docs/security.md"
NAMED = re.compile(r"`(?P<file>[\w/]+\.py)(?:::(?P<test>test_\w+))?`")


def rows() -> list[str]:
    """Return the rows of the table of threats, without its head."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    begin = lines.index("| threat | what holds it off | test |") + 2
    return [line for line in lines[begin:] if line.startswith("|")]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.split("|")[1].strip()[:60])
def test_a_threat_names_tests_that_exist(row: str) -> None:
    named = [(found["file"], found["test"]) for found in NAMED.finditer(row)]
    assert named, "it names no test"
    for file, test in named:
        tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
        assert test is None or test in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, f"{file} has no {test}"
