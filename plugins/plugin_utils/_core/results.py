# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Results as types: made by the use cases, read by the report, documented by each module's RETURN."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from .change import Change, as_dicts
from .tentacle.words import last_words


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
        return f"'{self.command}' ended with exit code {self.rc}: {last_words(self.stderr, self.stdout)}"


@dataclass(frozen=True)
class Verdict:
    """A machine's health in the server's words; `failure` is one line when the machine is not well."""

    healthy: bool
    status: str
    messages: tuple[str, ...]
    failure: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return the verdict as a task result shows it."""
        return {"healthy": self.healthy, "status": self.status, "messages": list(self.messages)}


@dataclass(frozen=True)
class RecordResult:
    """What became of a record on the server; in check mode, what would become of it. No changes: nothing was sent."""

    result: Literal["created", "updated", "adopted", "unchanged", "deleted", "absent"]
    name: str
    id: str | None
    thumbprint: str | None
    uri: str | None
    changes: tuple[Change, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the result as a task shows it."""
        return {
            "result": self.result,
            "name": self.name,
            "id": self.id,
            "thumbprint": self.thumbprint,
            "uri": self.uri,
            "changes": as_dicts(self.changes),
        }
