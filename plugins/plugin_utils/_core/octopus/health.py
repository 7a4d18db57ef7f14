# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What a health check says of one machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_MESSAGES = 3


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


def verdict_of(record: Mapping[str, Any] | None, messages: list[str], *, strict: bool) -> Verdict:
    """Judge a machine by its record after the check. `strict`: warnings are a failure too. Disabled machines are not checked."""
    if record is None:
        return Verdict(
            False, "Deleted", (), "The machine was deleted on the Octopus Server during the health check. Run again to register it."
        )
    status = str(record.get("HealthStatus") or "Unknown")
    if record.get("IsDisabled"):
        return Verdict(True, "Disabled", (), None)
    healthy = status == "Healthy" or (status == "HasWarnings" and not strict)
    told = tuple(dict.fromkeys(" ".join(message.split()) for message in messages if message.strip()))
    if healthy:
        return Verdict(True, status, told, None)
    why = " ".join(told[-_MESSAGES:]) or " ".join(str(record.get("StatusSummary") or "the server gives no reason").split())
    return Verdict(False, status, told, f"Octopus finds {record.get('Name')} ({record.get('Id')}) {status}: {why}")
