# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""From results, one by one, to what became of each host. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from .._core.text import shown
from .._core.urls import MASK

COLLECTION = "octoboot.octopus."
_LOOKS = (f"{COLLECTION}preflight", f"{COLLECTION}server_info")
"""Actions that only look: they are no result of a host."""
_HEALTH = f"{COLLECTION}health_check"
_TENTACLE = f"{COLLECTION}tentacle"
_RECORDS = {"deployment_target": "target", "worker": "worker", "registrations": None}
"""Actions that answer for records, and of which kind a single one is."""
_MEMBERS = ("kind", "url", "space", "name", "id", "result", "failure")

Status = Literal["ok", "failed", "unreachable"]

_LONGEST_REASON = 2000


@dataclass
class HostReport:
    """What is known of one host, or of one of its instances. `result` is settled at the end of the run. `machine_id` is that of its first
    record, `other_ids` those of others.

    `ours`: an action of this collection answered for it; `begun`: it was given a task at all. `hidden`: what an action
    said is not seen, but for whether it `changed` something. `further`: an earlier row is the host's first instance's.
    """

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
    other_ids: list[str] = field(default_factory=list)
    registrations: list[dict[str, Any]] = field(default_factory=list)
    hidden: bool = False
    failed: bool = False
    changed: bool = False
    ours: bool = False
    begun: bool = False
    instance: str | None = None
    further: bool = False

    @property
    def name(self) -> str:
        """What its row is called: as the host, unless another of its instances is."""
        return f"{self.host} ({self.instance})" if self.further else self.host

    @property
    def machine_ids(self) -> list[str]:
        """The ids of its records."""
        return [self.machine_id, *self.other_ids] if self.machine_id else []

    def known_as(self, ids: Sequence[str]) -> None:
        """Note the ids of its records. None are no news."""
        if ids:
            self.machine_id, self.other_ids = ids[0], list(ids[1:])

    def as_dict(self) -> dict[str, Any]:
        """Return the host as the report's file shows it."""
        told = (
            *("host", "instance", "result", "machine_id", "machine_ids", "registrations", "thumbprint", "reason"),
            *("changes", "commands", "reboot_required"),
        )
        return {**{name: getattr(self, name) for name in told}, "seconds": round(self.seconds, 2)}


@dataclass
class Report:
    """The run. It stays empty, and unseen, until an action of this collection has answered.

    `hosts` are its rows by name: a host has one for each of its instances that a task was for. `rows`: which one is at work now, by host.
    """

    check_mode: bool = False
    servers: list[dict[str, Any]] = field(default_factory=list)
    hosts: dict[str, HostReport] = field(default_factory=dict)
    tasks: list[str] = field(default_factory=list)
    ours: bool = False
    working: bool = False
    aside: dict[str, HostReport] = field(default_factory=dict)
    rows: dict[str, HostReport] = field(default_factory=dict)

    def begin_play(self) -> None:
        """Set aside the hosts of a new play, until an action of this collection runs there."""
        self.working = False
        self.aside = {}

    def expect(self, hosts: Iterable[str]) -> None:
        """Show the hosts of a play, with what is known of them."""
        self.working = True
        for host in hosts:
            self.hosts.setdefault(host, self.aside.get(host) or HostReport(host))

    def host(self, name: str) -> HostReport:
        """Return a host's report: of the instance that it is at."""
        return self.rows.get(name) or self.hosts.setdefault(name, HostReport(name))

    def of(self, host: str, instance: str) -> HostReport:
        """Return the report of an instance, which the host is at from now on."""
        entry = self.host(host)
        if entry.instance in (None, instance):
            entry.instance = instance
            return entry
        own = (each for each in self.hosts.values() if (each.host, each.instance) == (host, instance))
        found = next(own, None) or HostReport(host, instance=instance, further=True)
        found.begun, entry.step, entry.installing = True, None, None
        self.rows[host] = self.hosts.setdefault(found.name, found)
        return found

    def seen(self, name: str) -> HostReport:
        """Return a host's report; one set aside when the play is not known to be ours."""
        if self.working or name in self.hosts:
            return self.host(name)
        return self.aside.setdefault(name, HostReport(name))

    def started(self, host: str, task: str) -> None:
        """A host has begun a task."""
        entry = self.seen(host)
        entry.step, entry.begun = task, True

    def skipped(self, host: str) -> None:
        """A host has skipped a task."""
        self.seen(host).step = None

    def ended(
        self, host: str, action: str, status: Status, result: Mapping[str, Any], seconds: float, *, for_all: bool = False
    ) -> HostReport:
        """A host has ended a task; return what is known of it. `for_all`: it ran a run_once task, which says nothing of any host."""
        if action.startswith(COLLECTION):
            self.ours = self.working = True
            instance = str(result.get("instance") or "") if action == _TENTACLE else ""
            # A name in which a secret of some host is masked tells no instance from another.
            told = instance and MASK not in instance
            self._read(self.of(host, instance) if told else self.host(host), action.removeprefix(COLLECTION), result)
            answers = action not in _LOOKS and not (for_all and action == _HEALTH)
            self.host(host).ours = self.host(host).ours or answers
        entry = self.seen(host)
        entry.seconds += seconds
        entry.step = None
        if status != "ok":
            entry.installing, entry.failed = None, True
            entry.reason = shown(str(result.get("msg") or _reason_of_none(result)), _LONGEST_REASON)
        return entry

    def _read(self, entry: HostReport, action: str, result: Mapping[str, Any]) -> None:
        if "censored" in result or "results" in result:
            # What no_log hides, and what a loop said of several: that something changed is all that is known.
            entry.hidden = True
            entry.changed = entry.changed or bool(result.get("changed"))
        entry.changes += result.get("changes") or []
        self.tasks += [task for task in result.get("tasks") or [] if action == "health_check" and task not in self.tasks]
        asked = result.get("servers") or [result.get("server")]
        self.servers += [dict(server) for server in asked if server and server not in self.servers]
        if action == "tentacle":
            entry.commands += len(result.get("commands") or [])
            entry.thumbprint = result.get("thumbprint") or entry.thumbprint
            entry.installing = result.get("installing") if result.get("pending") else None
            entry.reboot_required = entry.reboot_required or bool(result.get("reboot_required"))
            entry.known_as(result.get("machine_ids") or list(filter(None, [result.get("machine_id")])))
        elif action in _RECORDS:
            _read_records(entry, action, result)

    def settle(self, failed: set[str], unreachable: set[str]) -> None:
        """Say what became of each host, by Ansible's own count of who failed; a rescued failure does not count."""
        several = {entry.host for entry in self.hosts.values() if entry.further}
        for entry in self.hosts.values():
            concerned = entry.failed or entry.host not in several
            if concerned and entry.host in unreachable:
                entry.result = "unreachable"
            elif concerned and entry.host in failed:
                entry.result = "failed"
            else:
                entry.result, entry.reason = outcome(entry), None

    @property
    def bad(self) -> list[HostReport]:
        """The hosts that failed or could not be reached."""
        return [entry for entry in self.hosts.values() if entry.result in ("failed", "unreachable")]

    def reasons(self) -> dict[str, list[str]]:
        """Return the hosts by why they failed: one mistake of sixty machines is said once."""
        reasons: dict[str, list[str]] = {}
        for entry in self.bad:
            reasons.setdefault(str(entry.reason), []).append(entry.name)
        return reasons

    @property
    def left(self) -> list[HostReport]:
        """The hosts that the run did not come to: it was stopped before."""
        return [entry for entry in self.hosts.values() if entry.result == "not run" and not entry.begun]


def outcome(entry: HostReport) -> str:
    """Return what became of a host that did not fail: of its record first, then of the host."""
    if entry.record in ("created", "adopted", "updated", "deleted"):
        return entry.record
    if entry.installing or not entry.ours:
        return "not run"
    if entry.changes or entry.changed:
        return "updated"
    return "unknown" if entry.hidden else entry.record or "unchanged"


def _read_records(entry: HostReport, action: str, result: Mapping[str, Any]) -> None:
    """Take over what became of a host's records: a task tells of one, or of several."""
    each = result.get("registrations") or ([{"kind": _RECORDS[action], **result}] if result.get("result") else [])
    told = [{name: one.get(name) for name in _MEMBERS} for one in each]
    others = [one for one in entry.registrations if not any(_same(one, new) for new in told)]
    entry.registrations = [*others, *told]
    entry.known_as([one["id"] for one in entry.registrations if one["id"]])
    entry.thumbprint = next((one["thumbprint"] for one in each if one.get("thumbprint")), entry.thumbprint)
    results = [one["result"] for one in entry.registrations if one["result"]]
    entry.record = next((one for one in results if one not in ("unchanged", "absent")), results[-1] if results else None)


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether two tasks told of one record. One that tells of a single record does not say on which server it is."""
    servers = {one["url"], other["url"]} - {None}
    by_id = one["id"] is not None and one["id"] == other["id"] and len(servers) < 2
    return by_id or all(one[name] == other[name] for name in ("kind", "url", "space", "name"))


def _reason_of_none(result: Mapping[str, Any]) -> str:
    return "the task failed, and no_log hides why" if "censored" in result else "the task failed without a message"
