# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Results as types: made by the use cases, read by the report, documented by each module's RETURN."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from .tentacle.answers import last_words
from .text import sentence, shown


@dataclass(frozen=True)
class CommandLog:
    """One process on the host: its command line without secrets, exit code (None: it did not run), output and seconds."""

    command: str
    rc: int | None
    stdout: str
    stderr: str
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Return the command as a task result shows it."""
        return asdict(self)

    def failure(self) -> str:
        """Return the failure in one line: the command, its exit code, and the last lines that say why."""
        return f"'{shown(self.command)}' ended with exit code {self.rc}: {sentence(last_words(self.stderr, self.stdout))}"
