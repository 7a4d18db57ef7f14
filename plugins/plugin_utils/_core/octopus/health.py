# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What is well: the one place that says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..results import Verdict
from ..text import sentence, shown
from .field import Record

_MESSAGES = 3
_LONGEST = 1500
_QUEUED = ("New", "Queued")
_ENDED = ("Success", "Failed", "Canceled", "TimedOut")


@dataclass(frozen=True)
class TaskState:
    """How a server task stands (octopus-api.md 8.2)."""

    state: str
    completed: bool

    @classmethod
    def of(cls, task: Mapping[str, Any]) -> TaskState:
        """Read a task."""
        state = str(task.get("State") or "Unknown")
        return cls(state, completed=task.get("IsCompleted") is True or state in _ENDED)

    @property
    def queued(self) -> bool:
        """Whether it waits behind others."""
        return self.state in _QUEUED


@dataclass(frozen=True)
class Health:
    """A machine's health in the server's words; `messages` are the warnings and errors of its last check."""

    id: str
    status: str
    disabled: bool
    summary: str = ""
    messages: tuple[str, ...] = ()

    @classmethod
    def of(cls, record: Record, messages: tuple[str, ...] = ()) -> Health:
        """Read a record."""
        status = str(record.get("HealthStatus") or "Unknown")
        return cls(str(record["Id"]), status, bool(record.get("IsDisabled")), str(record.get("StatusSummary") or ""), messages)


def well(status: str, disabled: bool, *, strict: bool) -> bool:
    """Tell whether a machine is well. `strict`: warnings are a failure too. Disabled machines are not checked, and not blamed."""
    return disabled or status == "Healthy" or (status == "HasWarnings" and not strict)


def judge(health: Health | None, *, strict: bool) -> Verdict:
    """Judge a machine after its check; None is one that the server no longer has."""
    if health is None:
        return Verdict(
            False, "Deleted", (), "The machine was deleted on the Octopus Server during the health check. Run again to register it."
        )
    if health.disabled:
        return Verdict(well(health.status, True, strict=strict), "Disabled", (), None)
    told = tuple(dict.fromkeys(shown(message) for message in health.messages if message.strip()))
    if well(health.status, False, strict=strict):
        return Verdict(True, health.status, told, None)
    why = sentence(" ".join(told[-_MESSAGES:]) or health.summary.strip() or "the server gives no reason", _LONGEST)
    return Verdict(False, health.status, told, f"Octopus finds {shown(health.id, 50)} {shown(health.status, 50)}: {why}")
