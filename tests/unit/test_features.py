"""Every feature that README claims is shown by a test that exists; what is not there yet claims none."""

from __future__ import annotations

import pytest

from tests.tools import pages
from tests.tools.checkout import ROOT

HEAD = "| feature | how | test |"
ROWS = pages.rows("README.md", HEAD)
NOT_YET = "*not yet*"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip()[:60])
def test_a_feature_names_tests_that_exist_or_is_said_not_to_be_there(row: str) -> None:
    assert bool(pages.named(row)) != (NOT_YET in row), "it names no test, and is not said to be missing; or both"
    assert not pages.missing(row)


def test_every_row_of_the_section_is_held() -> None:
    _before, after = (ROOT / "README.md").read_text(encoding="utf-8").split("## What it does, and which test shows it\n")
    lines = [line for line in after.split("\n## ")[0].splitlines() if line.startswith("|")]
    heads = lines.count(HEAD)
    assert len(lines) == len(ROWS) + 2 * heads
    assert heads == 5
