# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The report as the operator reads it. Pure; plain text, so that it reads in AWX as on a terminal."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .._core.version import VERSION
from .collate import HostReport, Report
from .redact import redact_all

_WOULD = {"created": "would create", "updated": "would update", "adopted": "would adopt", "deleted": "would delete"}
_NAMED_HOSTS = 20
_TOGETHER = 8


def progress(report: Report, seconds: float) -> str | None:
    """Return a line that says where the hosts are; None when none is at work."""
    hosts = list(report.hosts.values())  # the caller is a thread of its own, and hosts may be added meanwhile
    busy = [entry for entry in hosts if entry.installing or entry.step]
    if not (report.ours or report.working) or not busy:
        return None
    installing = Counter(entry.installing for entry in busy if entry.installing)
    steps = Counter(entry.step for entry in busy if not entry.installing)
    parts = [f"installing Tentacle {version} on {count} of {len(hosts)} hosts" for version, count in installing.most_common()]
    parts += [f"{count} at '{step}'" for step, count in steps.most_common()]
    if len(hosts) > len(busy):
        parts.append(f"{len(hosts) - len(busy)} done or waiting")
    return f"{seconds:.0f} s: {'; '.join(parts)}"


def table(report: Report) -> list[str]:
    """Return the table of hosts, and the reasons of those that failed."""
    rows = [("host", "result", "machine", "thumbprint", "seconds"), *(row(report, entry) for entry in report.hosts.values())]
    widths = [max(len(cells[column]) for cells in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip() for cells in rows]
    lines += [f"{together(hosts)}: {reason}" for reason, hosts in report.reasons().items()]
    lines += [f"{entry.name}: reboot required" for entry in report.hosts.values() if entry.reboot_required]
    return [*lines, counted(report)]


def row(report: Report, entry: HostReport) -> tuple[str, str, str, str, str]:
    """Return what a table says of a host."""
    thumbprint = entry.thumbprint if entry.thumbprint and not entry.thumbprint.startswith("(") else "-"
    return entry.name, _result(report, entry), ", ".join(entry.machine_ids) or "-", thumbprint[:8], f"{entry.seconds:.1f}"


def _result(report: Report, entry: HostReport) -> str:
    return _WOULD.get(entry.result, entry.result) if report.check_mode else entry.result


def counted(report: Report) -> str:
    """Return how many hosts there are of each result."""
    counts = Counter(_result(report, entry) for entry in report.hosts.values())
    return ", ".join(f"{count} {result}" for result, count in counts.items())


def together(hosts: Sequence[str]) -> str:
    """Return hosts as the subject of a sentence."""
    if len(hosts) <= _TOGETHER:
        return ", ".join(hosts)
    return f"{', '.join(hosts[:_TOGETHER])} and {len(hosts) - _TOGETHER} more"


def undone(report: Report) -> list[str]:
    """Return the hosts to run again: the failed, and those that the run was stopped before."""
    return list(dict.fromkeys(entry.host for entry in (*report.bad, *report.left)))


def again(report: Report, command: Sequence[str], failed_file: str | None, *, debugging: bool) -> str | None:
    """Return the line that runs the failed hosts again; in a debug run, the one that goes on from there. `failed_file` lists the hosts."""
    hosts = undone(report)
    if not report.bad:
        return None
    limit = f"@{failed_file}" if failed_file and len(hosts) > _NAMED_HOSTS else ",".join(hosts)
    words = "Go on from here" if debugging else "Run the failed hosts again"
    return f"{words}: {shlex.join([*command, '-l', limit])}"


def document(report: Report, *, place: str, started: str, finished: str, rc_ok: bool, secrets: Iterable[str] = ()) -> str:
    """Return the report as JSON, without the secrets: collection, servers, times, and every host."""
    shown = {
        "schema": 1,
        "collection": {"version": VERSION, "path": place},
        "servers": report.servers,
        "check_mode": report.check_mode,
        "started": started,
        "finished": finished,
        "succeeded": rc_ok,
        "hosts": {name: entry.as_dict() for name, entry in report.hosts.items()},
    }
    return json.dumps(redact_all(shown, secrets), indent=2)


def log_entry(time: str, task: str, status: str, result: Mapping[str, Any], seconds: float) -> str:
    """Return what a host's log says of one task: its commands with their output, its changes, and why it failed."""
    lines = [f"{time} {task}: {status} ({seconds:.1f} s)"]
    registrations = result.get("registrations") or []
    for each in registrations:
        became = each["failure"] or each["result"]
        lines.append(f"  {each['kind']} '{each['name']}' ({each['id'] or 'no id'}) in space '{each['space']}' of {each['url']}: {became}")
        lines += [f"  {line}" for line in _changed(each["changes"])]
    lines += [] if registrations else _changed(result.get("changes") or [])
    for command in result.get("commands") or []:
        lines.append(f"  $ {command['command']}")
        lines.append(f"    exit code {command['rc']}, {command['seconds']} s")
        for stream in ("stdout", "stderr"):
            lines += [f"    {stream}: {line}" for line in str(command[stream]).splitlines()]
    for warning in result.get("warnings") or []:
        lines.append(f"  warning: {warning}")
    if status != "ok":
        lines.append(f"  {' '.join(str(result.get('msg')).split())}")
    return "\n".join(lines) + "\n"


def _changed(changes: Iterable[Mapping[str, Any]]) -> list[str]:
    return [f"  {change['path']}: {json.dumps(change['before'])} -> {json.dumps(change['after'])}" for change in changes]
