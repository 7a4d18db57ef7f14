# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What a pipeline's log can show: folds, and marks for what failed. Each system has a file, which knows its commands. Pure.

A host's text never becomes a command of the system: what begins one is broken up, and what a terminal acts on is spelt out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from .._core.text import shown
from .azure import Azure
from .collate import Report
from .github import GitHub
from .gitlab import GitLab

_LONGEST_LINE = 1000
_LONGEST_FOLD = 400


class Pipeline(Protocol):
    """A system that runs pipelines, as one who prints into its log knows it.

    `summary_variable`: the variable of the environment that names the file for what it shows beside the run.
    """

    summary_variable: str | None

    def opening(self) -> list[str]:
        """Return what is printed before anything of a host is."""

    def closing(self) -> list[str]:
        """Return what ends that, before commands of our own."""

    def inert(self, line: str) -> str:
        """Return a line that holds no command."""

    def fold(self, title: str, lines: Sequence[str]) -> list[str]:
        """Return lines that the log shows folded, with the title."""

    def mark(self, title: str, text: str) -> list[str]:
        """Return what marks an error."""

    def attach(self, summary: Path) -> list[str]:
        """Return what shows a file with Markdown beside the run."""


def pipeline_of(said: str, environ: Mapping[str, str], *, token: str, now: float) -> Pipeline | None:
    """Return the system that the run is in: the one that was `said`, or, for `auto`, whose variables are in the environment.

    `token`: what no host can guess; `now`: seconds since 1970.
    """
    signs = {"github": "GITHUB_ACTIONS", "gitlab": "GITLAB_CI", "azure": "TF_BUILD"}
    name = next((name for name, sign in signs.items() if environ.get(sign, "").lower() == "true"), "none") if said == "auto" else said
    if name == "github":
        return GitHub(token)
    if name == "gitlab":
        return GitLab(now)
    return Azure() if name == "azure" else None


def failures(pipeline: Pipeline, report: Report, logs: Mapping[str, str]) -> Iterator[str]:
    """Yield, for each host that failed, a fold with its log, and a mark with the reason. `logs`: what was told of each host's tasks."""
    for entry in report.bad:
        lines = logs.get(entry.host, str(entry.reason)).splitlines()
        left = len(lines) - _LONGEST_FOLD
        lines = [f"({left} lines before)", *lines[left:]] if left > 0 else lines
        host = shown(entry.name, _LONGEST_LINE)
        yield from pipeline.fold(f"{host}: {entry.result}", [pipeline.inert(_plain(line)) for line in lines])
        yield from pipeline.mark(f"{host} {entry.result}", shown(str(entry.reason), _LONGEST_LINE))


def _plain(line: str) -> str:
    """Return a line with its indentation, and with nothing that a terminal acts on."""
    return line[: len(line) - len(line.lstrip(" "))] + shown(line, _LONGEST_LINE)
