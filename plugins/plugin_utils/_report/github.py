# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The workflow commands of GitHub Actions: lines that begin with `::`, and the older ones with `##[` anywhere. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .._core.text import without_commands

_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


class GitHub:
    """GitHub Actions. While the run goes on it obeys nothing but the `token`, whatever Ansible or a host prints."""

    summary_variable: str | None = "GITHUB_STEP_SUMMARY"

    def __init__(self, token: str) -> None:
        self._token = token

    def opening(self) -> list[str]:
        """Have commands ignored."""
        return [f"::stop-commands::{self._token}"]

    def closing(self) -> list[str]:
        """Have commands obeyed again."""
        return [f"::{self._token}::"]

    def inert(self, line: str) -> str:
        """Return a line that does not begin as a command does."""
        line = without_commands(line)
        return f"| {line}" if line.lstrip().startswith("::") else line

    def fold(self, title: str, lines: Sequence[str]) -> list[str]:
        """Return a group."""
        return [f"::group::{_escaped(title, _DATA)}", *lines, "::endgroup::"]

    def mark(self, title: str, text: str) -> list[str]:
        """Return an annotation."""
        return [f"::error title={_escaped(title, _PROPERTY)}::{_escaped(text, _DATA)}"]

    def attach(self, summary: Path) -> list[str]:
        """Return nothing: the summary is written to the file that GITHUB_STEP_SUMMARY names."""
        return []


def _escaped(text: str, letters: dict[str, str]) -> str:
    return "".join(letters.get(letter, letter) for letter in text)
