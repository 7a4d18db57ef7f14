# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Text from outside, as the operator may see it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from .urls import mask_urls

_COMMAND = re.compile(r"#(?=#(?:vso)?\[)", re.IGNORECASE)


def shown(text: str, limit: int = 500) -> str:
    """Return text as one printable line of at most `limit` characters.

    Blanks and line ends are joined to one blank each; what a terminal would act on, or not show, is escaped (`\\x1b`). Credentials of URLs
    are masked: of a URL that is cut, nobody could tell any more.
    """
    line = "".join(letter if letter.isprintable() else _escaped(letter) for letter in mask_urls(" ".join(text.split()))[: limit + 1])
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def sentence(text: str, limit: int = 500) -> str:
    """Return text as `shown` does, ended by one full stop, as the end of a message is."""
    line = shown(text, limit).rstrip(". ")
    return line if not line or line.endswith(("…", "!", "?")) else f"{line}."


def without_commands(text: str) -> str:
    """Return text in which Azure DevOps and GitHub Actions find no command anywhere in a line: `##vso[…]`, `##[…]`."""
    return _COMMAND.sub("# ", text)


def each_text(value: Any, change: Callable[[str], str]) -> Any:
    """Return the value with every text in it changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: each_text(item, change) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [each_text(item, change) for item in value]
    return value


def _escaped(letter: str) -> str:
    code = ord(letter)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
