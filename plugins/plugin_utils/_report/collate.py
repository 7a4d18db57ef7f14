# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""From results, one by one, to what became of each host. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

COLLECTION = "octoboot.octopus."
WORKING = f"{COLLECTION}tentacle"

Status = Literal["ok", "failed", "unreachable"]


@dataclass
class HostReport:
    """What is known of one host. `result` is settled at the end of the run."""

    host: str
    result: str = "not run"
    machine_id: str | None = None
    thumbprint: str | None = None
    seconds: float = 0.0
    reason: str | None = None
    step: str | None = None
    installing: str | None = None
    changes: list[dict[str, Any]] = field(default_factory=list)
    commands: int = 0
    reboot_required: bool = False
    record: str | None = None
    left_well: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the host as the report's file shows it."""
        shown = ("result", "machine_id", "thumbprint", "reason", "changes", "commands", "reboot_required")
        return {**{name: getattr(self, name) for name in shown}, "seconds": round(self.seconds, 2)}


@dataclass
class Report:
    """The run. It stays empty, and unseen, until an action of this collection has answered."""

    check_mode: bool = False
    collection: dict[str, str] = field(default_factory=dict)
    servers: list[dict[str, Any]] = field(default_factory=list)
    hosts: dict[str, HostReport] = field(default_factory=dict)
    ours: bool = False

    def expect(self, hosts: list[str]) -> None:
        """Note the hosts of a play."""
        for host in hosts:
            self.host(host)

    def host(self, name: str) -> HostReport:
        """Return a host's report."""
        return self.hosts.setdefault(name, HostReport(name))

    def started(self, host: str, task: str) -> None:
        """A host has begun a task."""
        self.host(host).step = task

    def ended(self, host: str, action: str, status: Status, result: Mapping[str, Any], seconds: float) -> None:
        """A host has ended a task."""
        entry = self.host(host)
        entry.seconds += seconds
        entry.step = None
        if action.startswith(COLLECTION):
            self.ours = True
            self._read(entry, action.removeprefix(COLLECTION), result)
        if status != "ok":
            entry.result = status
            entry.reason = entry.reason or one_line(result.get("msg") or "the task failed without a message")

    def _read(self, entry: HostReport, action: str, result: Mapping[str, Any]) -> None:
        if action == "preflight":
            self._read_preflight(result)
        elif action == "tentacle":
            entry.changes += result.get("changes") or []
            entry.commands += len(result.get("commands") or [])
            entry.thumbprint = result.get("thumbprint") or entry.thumbprint
            entry.installing = result.get("installing") if result.get("pending") else None
            entry.reboot_required = entry.reboot_required or bool(result.get("reboot_required"))
            entry.left_well = not result.get("failed") and not result.get("pending")
        elif action == "deployment_target":
            entry.changes += result.get("changes") or []
            entry.machine_id = result.get("id") or entry.machine_id
            entry.thumbprint = result.get("thumbprint") or entry.thumbprint
            entry.record = result.get("result")

    def _read_preflight(self, result: Mapping[str, Any]) -> None:
        self.collection = dict(result.get("collection") or {})
        self.servers = list(result.get("servers") or [])
        for host, finding in (result.get("hosts") or {}).items():
            entry = self.host(host)
            entry.machine_id = finding.get("machine_id")
            entry.thumbprint = finding.get("thumbprint")
            entry.reason = finding.get("failure")

    def settle(self, failed: set[str], unreachable: set[str]) -> None:
        """Say what became of each host, by Ansible's own count of who failed; a rescued failure is none."""
        for name, entry in self.hosts.items():
            if name in unreachable:
                entry.result = "unreachable"
            elif name in failed:
                entry.result = "failed"
            elif entry.record in ("created", "adopted", "updated", "deleted"):
                entry.result, entry.reason = str(entry.record), None
            elif entry.left_well:
                entry.result, entry.reason = "updated" if entry.changes else "unchanged", None
            elif entry.reason:
                entry.result = "failed"

    @property
    def bad(self) -> list[HostReport]:
        """The hosts that failed or could not be reached."""
        return [entry for entry in self.hosts.values() if entry.result in ("failed", "unreachable")]

    @property
    def left(self) -> list[HostReport]:
        """The hosts that the run did not come to."""
        return [entry for entry in self.hosts.values() if entry.result == "not run"]


def one_line(text: Any) -> str:
    """Return a message as one line."""
    return " ".join(str(text).split())
