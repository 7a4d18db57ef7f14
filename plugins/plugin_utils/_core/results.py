# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Results as types: made by the use cases, read by the report, documented by each module's RETURN."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from .change import Change, as_dicts
from .exit_codes import shown_code
from .octopus.snapshot import Named
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
        return f"'{shown(self.command)}' ended with exit code {shown_code(self.rc)}: {sentence(last_words(self.stderr, self.stdout))}"


@dataclass(frozen=True)
class HostResult:
    """What became of one instance on one host.

    `pending`: the installer runs in the background of the host, and a second task has to finish. `version`, `port` (None for
    one that polls), `subscription_ids` (of one that polls, by the server's thumbprint) and `former_thumbprints` are known once the host
    was seen as it is now. `settled`: nothing is left to do for the instance's records, whose ids are `machine_ids`; `machine_id` is the
    first.
    """

    instance: str
    changed: bool
    thumbprint: str | None = None
    changes: tuple[Change, ...] = ()
    commands: tuple[CommandLog, ...] = ()
    warnings: tuple[str, ...] = ()
    pending: bool = False
    installing: str | None = None
    installation: Mapping[str, Any] | None = None
    reboot_required: bool = False
    version: str | None = None
    port: int | None = None
    subscription_ids: Mapping[str, str] | None = None
    former_thumbprints: tuple[str, ...] | None = None
    settled: bool | None = None
    machine_id: str | None = None
    machine_ids: tuple[str, ...] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the result as the task shows it; what is not known is left out."""
        told: dict[str, Any] = {
            "instance": self.instance,
            "changed": self.changed,
            "thumbprint": self.thumbprint,
            "changes": as_dicts(self.changes),
            "commands": [command.as_dict() for command in self.commands],
            "pending": self.pending,
            "reboot_required": self.reboot_required,
        }
        known = ("installing", "installation", "version", "port", "subscription_ids", "settled", "machine_id")
        told |= {name: getattr(self, name) for name in known if getattr(self, name) is not None}
        told |= {
            name: list(value) for name in ("former_thumbprints", "warnings", "machine_ids") if (value := getattr(self, name)) is not None
        }
        return told


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
            "changed": bool(self.changes),
            "result": self.result,
            "name": self.name,
            "id": self.id,
            "thumbprint": self.thumbprint,
            "uri": self.uri,
            "changes": as_dicts(self.changes),
        }


@dataclass(frozen=True)
class PrerequisiteResult:
    """What became of a thing that machines are registered with; in check mode, what would become of it.

    `named`: by what others know it, when something was done, or would be.
    """

    result: Literal["created", "updated", "unchanged", "deleted", "absent"]
    name: str
    id: str | None
    changes: tuple[Change, ...] = ()
    named: Named | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the result as a task shows it."""
        return {"changed": bool(self.changes), "result": self.result, "name": self.name, "id": self.id, "changes": as_dicts(self.changes)}
