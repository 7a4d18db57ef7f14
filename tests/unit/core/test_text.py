"""Text from outside, as the operator may see it."""

from __future__ import annotations

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.text import sentence, shown
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (" a\r\n\tb  c ", "a b c"),
        ("\x1b[2J\x07", "\\x1b[2J\\x07"),
        ("a\0b", "a\\x00b"),
        ("invoice\u202efdp", "invoice\\u202efdp"),
        ("\ud800 \U000e0001", "\\ud800 \\U000e0001"),
        ("C:\\Octopus Ü", "C:\\Octopus Ü"),
        ("", ""),
    ],
)
def test_text_is_one_line_and_what_cannot_be_seen_is_escaped(text: str, line: str) -> None:
    assert shown(text) == line


def test_long_text_is_cut() -> None:
    assert shown("x" * 500) == "x" * 500
    assert shown("x" * 501) == "x" * 499 + "…"
    assert shown("abcdef", 4) == "abc…"


@pytest.mark.parametrize(
    ("text", "end"), [("no", "no."), ("no.", "no."), ("no.. .", "no."), ("no!", "no!"), ("no?\n", "no?"), ("x" * 501, "x" * 499 + "…")]
)
def test_a_sentence_ends_once(text: str, end: str) -> None:
    assert sentence(text) == end


@given(st.text(), st.integers(1, 40))
def test_any_text_is_printable_and_no_longer_than_told(text: str, limit: int) -> None:
    line = shown(text, limit)
    assert line.isprintable()
    assert len(line) <= limit
    assert line.encode().decode() == line
