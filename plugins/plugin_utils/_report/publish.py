# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The report in each of its forms, written into the folder of the run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from .._core.version import place
from .collate import Report
from .files import ReportFiles
from .junit import junit
from .markdown import summary
from .redact import redacted
from .render import document, undone


def publish(files: ReportFiles, report: Report, *, started: str, finished: str, secrets: Iterable[str]) -> Path | None:
    """Write the settled report without the secrets; return where the hosts to run again are listed, if there are any. Raises OSError.

    `started`, `finished`: as ISO 8601.
    """
    known = tuple(secrets)
    shown = redacted(report, known)
    well = not report.bad
    files.put("report.json", document(report, place=place(), started=started, finished=finished, rc_ok=well, secrets=known) + "\n")
    files.put("report.xml", junit(shown, started=started))
    files.put("report.markdown", summary(shown))
    return None if well else files.put("failed.txt", "".join(f"{host}\n" for host in undone(report)))
