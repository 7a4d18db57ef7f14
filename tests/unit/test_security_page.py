"""Every threat that docs/security.md names is held by a test that exists."""

from __future__ import annotations

import pytest

from tests.tools import pages

ROWS = pages.rows("docs/security.md", "| threat | what holds it off | test |")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip()[:60])
def test_a_threat_names_tests_that_exist(row: str) -> None:
    assert pages.named(row), "it names no test"
    assert not pages.missing(row)
