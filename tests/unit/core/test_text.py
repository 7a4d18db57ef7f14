"""Texts for one line of a terminal."""

from __future__ import annotations

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.text import shown
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  a\r\n\tb ", "a b"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("\u202eevil", "\\u202eevil"),
        ("half \ud83d", "half \\ud83d"),
        ("München", "München"),
        ("", ""),
    ],
)
def test_a_text_in_one_line(text: str, line: str) -> None:
    assert shown(text) == line


def test_a_long_text_is_cut() -> None:
    assert shown("x" * 2_000_000, 10) == "x" * 9 + "…"
    assert shown("x" * 10, 10) == "x" * 10


@given(st.text(alphabet=st.characters(), max_size=60), st.integers(5, 50))
def test_any_text_fits_and_does_no_harm(text: str, limit: int) -> None:
    line = shown(text, limit)
    assert len(line) <= limit
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in line)
    line.encode()
