# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The report as the operator reads it. Pure; plain text, so that it reads in AWX as on a terminal."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from .collate import HostReport, Report

_WOULD = {"created": "would create", "updated": "would update", "adopted": "would adopt", "deleted": "would delete"}
_NAMED_HOSTS = 20


def progress(report: Report, seconds: float) -> str | None:
    """Return a line that says where the hosts are; None when none is at work."""
    busy = [entry for entry in report.hosts.values() if entry.step]
    if not report.ours or not busy:
        return None
    steps: dict[str, int] = {}
    for entry in busy:
        step = f"installing Tentacle {entry.installing}" if entry.installing else str(entry.step)
        steps[step] = steps.get(step, 0) + 1
    done = len(report.hosts) - len(busy)
    where = "; ".join(f"{count} at '{step}'" for step, count in sorted(steps.items(), key=lambda item: -item[1]))
    return f"{seconds:.0f} s: {where}; {done} of {len(report.hosts)} not waiting for anything"


def table(report: Report) -> list[str]:
    """Return the table of hosts, and the reasons of those that failed."""
    rows = [("host", "result", "machine", "thumbprint", "seconds"), *(_row(report, entry) for entry in report.hosts.values())]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines += [f"{entry.host}: {entry.reason}" for entry in report.bad]
    lines += [f"{entry.host}: reboot required" for entry in report.hosts.values() if entry.reboot_required]
    return [*lines, _summary(report)]


def _row(report: Report, entry: HostReport) -> tuple[str, str, str, str, str]:
    result = _WOULD.get(entry.result, entry.result) if report.check_mode else entry.result
    thumbprint = entry.thumbprint if entry.thumbprint and not entry.thumbprint.startswith("(") else "-"
    return entry.host, result, entry.machine_id or "-", thumbprint[:8], f"{entry.seconds:.1f}"


def _summary(report: Report) -> str:
    counts: dict[str, int] = {}
    for entry in report.hosts.values():
        counts[entry.result] = counts.get(entry.result, 0) + 1
    return ", ".join(f"{count} {result}" for result, count in counts.items())


def again(report: Report, command: Sequence[str], failed_file: str | None, *, debugging: bool) -> str | None:
    """Return the line that runs the failed hosts again; in a debug run, the one that goes on from there."""
    hosts = [entry.host for entry in report.bad] + ([entry.host for entry in report.left] if debugging else [])
    if not report.bad:
        return None
    limit = f"@{failed_file}" if failed_file and len(hosts) > _NAMED_HOSTS else ",".join(hosts)
    words = "Go on from here" if debugging else "Run the failed hosts again"
    return f"{words}: {shlex.join([*command, '-l', limit])}"


def document(report: Report, *, started: str, finished: str, rc_ok: bool) -> str:
    """Return the report as JSON: collection, servers, times, and every host."""
    return json.dumps(
        {
            "schema": 1,
            "collection": report.collection,
            "servers": report.servers,
            "check_mode": report.check_mode,
            "started": started,
            "finished": finished,
            "succeeded": rc_ok,
            "hosts": {name: entry.as_dict() for name, entry in report.hosts.items()},
        },
        indent=2,
    )


def log_entry(time: str, task: str, status: str, result: Mapping[str, Any], seconds: float) -> str:
    """Return what a host's log says of one task: its commands with their output, its changes, and why it failed."""
    lines = [f"{time} {task}: {status} ({seconds:.1f} s)"]
    for change in result.get("changes") or []:
        lines.append(f"  {change['path']}: {json.dumps(change['before'])} -> {json.dumps(change['after'])}")
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
