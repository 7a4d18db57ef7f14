# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Texts from outside, made fit for one line of a terminal."""

from __future__ import annotations

import unicodedata

# Control characters, invisible ones that turn the reading direction, and halves of characters that no encoding can write.
_UNSHOWABLE = frozenset({"Cc", "Cf", "Cs"})


def shown(text: str, limit: int = 500) -> str:
    r"""Return a text in one line of at most `limit` characters: blanks joined, control characters as `\x1b`, cut with `…`."""
    line = " ".join(text.split())
    plain = "".join(_escaped(character) if unicodedata.category(character) in _UNSHOWABLE else character for character in line[: limit + 1])
    return plain if len(plain) <= limit else f"{plain[: limit - 1]}…"


def sentence(text: str, limit: int = 500) -> str:
    """Return a text as `shown`, and see that it ends as a sentence does."""
    line = shown(text, limit)
    return line if line.endswith((".", "!", "?")) or not line else f"{line}."


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
