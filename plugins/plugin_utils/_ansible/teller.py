# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Prints the report beside Ansible's own output: plainly, or as the log of a pipeline shows it best."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterable
from typing import Any

from ansible import constants

from .._report import pipeline
from .._report.collate import Report
from .._report.files import ReportFiles, add_to
from .._report.markdown import summary
from .._report.redact import redact
from .output import speaks_json

_SECRET_VARIABLES = ("OCTOPUS_API_KEY", "OCTOPUS_ACCESS_TOKEN")


class Teller:
    """Prints by Ansible's `display`. `said`: the option that names the pipeline."""

    def __init__(self, display: Any, said: str) -> None:
        self._display = display
        self.quiet = speaks_json()
        self._pipeline = pipeline.pipeline_of(said, os.environ, token=secrets.token_hex(16), now=time.time())
        self._logs: dict[str, list[str]] = {}

    def begin(self) -> None:
        """From here on, hosts may have said what is printed."""
        self._show(self._pipeline.opening() if self._pipeline else ())

    def end(self) -> None:
        """No host says anything any more."""
        self._show(self._pipeline.closing() if self._pipeline else ())

    def keep(self, host: str, text: str) -> None:
        """Keep what is told of a host's task, which is shown when the host fails."""
        if self._pipeline is not None:
            self._logs.setdefault(host, []).append(text)

    def say(self, lines: Iterable[str]) -> None:
        """Print lines that may hold what a host said."""
        self._show(map(self._pipeline.inert, lines) if self._pipeline else lines)

    def finish(self, report: Report, files: ReportFiles | None) -> None:
        """Show in the pipeline's way what failed, and the summary."""
        self.end()
        if self._pipeline is None:
            return
        self._show(pipeline.failures(self._pipeline, report, {host: "".join(texts) for host, texts in self._logs.items()}))
        shared = os.environ.get(self._pipeline.summary_variable or "")
        try:
            if shared:
                add_to(shared, clean(summary(report)))
        except OSError as error:
            self._display.warning(f"The summary is not written: {error}")
        if files is not None:
            self._show(self._pipeline.attach(files.folder / "report.markdown"))

    def refuse(self, told: str, *, fails: bool) -> None:
        """Say why the run as a whole is none."""
        if fails:
            self._show(self._pipeline.mark("No machine", told) if self._pipeline else ())
            self._display.display(clean(f"ERROR! {told}"), color=constants.COLOR_ERROR, stderr=True)
        else:
            self._display.warning(clean(told))

    def _show(self, lines: Iterable[str]) -> None:
        for line in () if self.quiet else lines:
            self._display.display(clean(line))


def known_secrets() -> list[str]:
    """Return the secrets that the environment holds."""
    return [os.environ.get(name, "") for name in _SECRET_VARIABLES]


def clean(text: str) -> str:
    """Return text without secrets."""
    return redact(text, known_secrets())
