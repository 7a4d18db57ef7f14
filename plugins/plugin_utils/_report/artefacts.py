# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What a run leaves for those who go on with it, such as the next node of a workflow: who became what, in names. Pure."""

from __future__ import annotations

from typing import Any

from .collate import HostReport, Report

NAME = "octoboot_report"
"""The statistic, and the extra variable that a workflow of AWX makes of it."""

_LISTS = {
    "created": "created",
    "adopted": "updated",
    "updated": "updated",
    "deleted": "updated",
    "unchanged": "unchanged",
    "absent": "unchanged",
    "failed": "failed",
    "unreachable": "failed",
}
_MOST_FIRST = ("failed", "created", "updated", "unchanged")


class Artefacts:
    """Kept up to date while the run goes on: who prints statistics may do so before the report is settled."""

    def __init__(self, report: Report, folder: str | None) -> None:
        self._report = report
        self._found: dict[str, dict[str, str | None]] = {}
        self._place: dict[str, str] = {}
        lists: dict[str, list[str]] = {name: [] for name in dict.fromkeys(_LISTS.values())}
        self.values: dict[str, Any] = {**lists, "check_mode": False, "report": folder, "tasks": report.tasks}

    def note(self, entry: HostReport, result: str) -> None:
        """Note what has become of a host by now. One of several instances is in the list that most concerns who reads it."""
        self.values["check_mode"] = self._report.check_mode
        found = self._found.setdefault(entry.host, {})
        found[entry.name] = _LISTS.get(result)
        wanted = next((name for name in _MOST_FIRST if name in found.values()), None)
        kept = self._place.get(entry.host)
        if kept == wanted:
            return
        if kept is not None:
            self.values[self._place.pop(entry.host)].remove(entry.host)
        if wanted is not None:
            self.values[wanted].append(entry.host)
            self._place[entry.host] = wanted
