# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Text from elsewhere, as it may be shown."""

from __future__ import annotations


def shown(text: str, limit: int = 500) -> str:
    """Return the text as one line of at most `limit` characters, control characters spelt out so that no terminal obeys them."""
    line = " ".join(text[: limit * 4].split())
    spelt = "".join(character if character.isprintable() else repr(character)[1:-1] for character in line)
    return spelt if len(spelt) <= limit and len(text) <= limit * 4 else f"{spelt[: limit - 1]}…"
