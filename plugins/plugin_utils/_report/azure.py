# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The logging commands of Azure DevOps: `##vso[…]` and `##[…]`, anywhere in a line. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .._core.text import without_commands

_MESSAGE = {"%": "%AZP25", "\r": "%0D", "\n": "%0A"}


class Azure:
    """Azure DevOps."""

    summary_variable: str | None = None

    def opening(self) -> list[str]:
        """Return nothing: commands cannot be switched off from within."""
        return []

    def closing(self) -> list[str]:
        """Return nothing, as there was nothing at the opening."""
        return []

    def inert(self, line: str) -> str:
        """Return a line in which no command begins."""
        return without_commands(line)

    def fold(self, title: str, lines: Sequence[str]) -> list[str]:
        """Return a group."""
        return [f"##[group]{self.inert(title)}", *lines, "##[endgroup]"]

    def mark(self, title: str, text: str) -> list[str]:
        """Return an issue of the kind error."""
        message = "".join(_MESSAGE.get(letter, letter) for letter in self.inert(f"{title}: {text}"))
        return [f"##vso[task.logissue type=error]{message}"]

    def attach(self, summary: Path) -> list[str]:
        """Return the command that uploads the summary."""
        return [f"##vso[task.uploadsummary]{summary.absolute()}"]
