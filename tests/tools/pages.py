"""Pages whose tables name tests, and whether those tests exist."""

from __future__ import annotations

import ast
import re
from functools import cache

from tests.tools.checkout import ROOT

_NAMED = re.compile(r"`(?P<file>[\w/]+\.py)(?:::(?P<test>test_\w+))?`")


def rows(page: str, head: str) -> list[str]:
    """Return the rows of all tables of a page that have this head."""
    lines = (ROOT / page).read_text(encoding="utf-8").splitlines()
    found: list[str] = []
    for begin in (number + 2 for number, line in enumerate(lines) if line == head):
        end = next((number for number in range(begin, len(lines)) if not lines[number].startswith("|")), len(lines))
        found += lines[begin:end]
    return found


def named(row: str) -> list[tuple[str, str | None]]:
    """Return the tests that a row names: the file below `tests`, and the function, None where the file is named as a whole."""
    return [(found["file"], found["test"]) for found in _NAMED.finditer(row)]


def missing(row: str) -> list[str]:
    """Return which of the tests that a row names do not exist."""
    return [f"{file}::{test}" for file, test in named(row) if test is not None and test not in _functions(file)]


@cache
def _functions(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
