"""Every feature that docs/features.md claims is shown by a test that exists; what is not there yet claims none."""

from __future__ import annotations

import pytest

from tests.tools import pages
from tests.tools.checkout import ROOT

PAGE = "docs/features.md"
ROWS = pages.rows(PAGE, "| feature | how | test |")
NOT_YET = "*not yet*"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip()[:60])
def test_a_feature_names_tests_that_exist_or_is_said_not_to_be_there(row: str) -> None:
    assert bool(pages.named(row)) != (NOT_YET in row), "it names no test, and is not said to be missing; or both"
    assert not pages.missing(row)


def test_every_row_of_the_page_is_held() -> None:
    lines = [line for line in (ROOT / PAGE).read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    heads = sum(line == "| feature | how | test |" for line in lines)
    assert len(lines) == len(ROWS) + 2 * heads
    assert heads == 5
