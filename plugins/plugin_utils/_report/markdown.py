# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The report in Markdown, as pipelines show it beside a run. Pure."""

from __future__ import annotations

import re

from .._core.text import shown
from .collate import Report
from .render import counted, row, together

_MARKS = re.compile(r"([\\`*_{}\[\]()#+!|~$@:-])")
_ROWS = 500
"""GitHub refuses a summary of more than a mebibyte."""


def summary(report: Report) -> str:
    """Return the hosts as a table, those that failed first, and why they failed."""
    title = "What would become of the machines" if report.check_mode else "What became of the machines"
    entries = sorted(report.hosts.values(), key=lambda entry: entry not in report.bad)
    lines = [f"### Octopus Deploy: {title}", "", escaped(counted(report)), "", "| host | result | machine | thumbprint | seconds |"]
    lines += ["|---|---|---|---|---:|"]
    lines += [f"| {' | '.join(map(escaped, row(report, entry)))} |" for entry in entries[:_ROWS]]
    lines += ["", f"and {len(entries) - _ROWS} more"] if len(entries) > _ROWS else []
    if report.bad:
        lines += ["", *(f"- **{escaped(together(hosts))}**: {escaped(reason)}" for reason, hosts in report.reasons().items())]
    return "\n".join(lines) + "\n\n"


def escaped(text: str) -> str:
    """Return text as Markdown that shows it as it is, on one line: no link, no HTML, no cell of a table."""
    line = _MARKS.sub(r"\\\1", shown(text, 1000))
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
