# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The sections of GitLab CI: marks with a carriage return and an escape, which no line of a host holds. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

_ERASE = "\x1b[0K"


class GitLab:
    """GitLab CI. `now`: seconds since 1970. What failed is marked by the report in the form of JUnit, which a job hands over."""

    summary_variable: str | None = None

    def __init__(self, now: float) -> None:
        self._now = int(now)

    def opening(self) -> list[str]:
        """Return nothing: a section takes two letters that are spelt out in all that is printed of hosts."""
        return []

    def closing(self) -> list[str]:
        """Return nothing, as there was nothing at the opening."""
        return []

    def inert(self, line: str) -> str:
        """Return the line without what makes a mark."""
        return line.replace("\r", "").replace("\x1b", "")

    def fold(self, title: str, lines: Sequence[str]) -> list[str]:
        """Return a section, folded."""
        name = f"octopus_{hashlib.sha256(title.encode('utf-8', 'backslashreplace')).hexdigest()[:12]}"
        return [
            f"{_ERASE}section_start:{self._now}:{name}[collapsed=true]\r{_ERASE}{self.inert(title)}",
            *lines,
            f"{_ERASE}section_end:{self._now}:{name}\r{_ERASE}",
        ]

    def mark(self, title: str, text: str) -> list[str]:
        """Return nothing: its log has no marks."""
        return []

    def attach(self, summary: Path) -> list[str]:
        """Return nothing: a job hands files over as artifacts."""
        return []
