# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What the drivers of both kinds of host are made of: visits, and the log of what ran."""

from __future__ import annotations

import abc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._core.errors import HostError
from .._core.results import CommandLog
from .jobs import Jobs
from .outcomes import Outcome, command_logs, raise_first_failure, with_log_words
from .step import Step

RunModule = Callable[[str, dict[str, Any]], Mapping[str, Any]]
"""Run a module on the host: its name and arguments in, its result out."""


@dataclass
class BatchHost(abc.ABC):
    """A host. `copy_file` puts a file of the controller's onto the host; `sleep` and `clock` are the time of the wait."""

    run_module: RunModule
    jobs: Jobs
    copy_file: Callable[[str, str], None]
    start_timeout: int = 60
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    tell: Callable[[str], None] = lambda message: None
    log: list[CommandLog] = field(default_factory=list)

    @abc.abstractmethod
    def _ask(self, steps: list[Step], secrets: Mapping[str, str]) -> list[Outcome]:
        """Run the module that carries out steps on this kind of host. Raises HostError when it does not run."""

    def _look(self, steps: Mapping[str, Step]) -> dict[str, Outcome]:
        """Carry out named steps in one visit. Raises HostError for the first that failed."""
        return dict(zip(steps, self._carry_out(list(steps.values())), strict=True))

    def _carry_out(self, steps: list[Step], secrets: Mapping[str, str] | None = None) -> list[Outcome]:
        """Carry out steps in one visit. Raises HostError for the first that failed, with Tentacle's own words where it has some."""
        outcomes = self._ask(steps, secrets or {})
        self._note(command_logs(outcomes))
        try:
            raise_first_failure(outcomes)
        except HostError as error:
            raise with_log_words(error, outcomes) from None
        return outcomes

    def _note(self, logs: list[CommandLog]) -> None:
        self.log += logs
        for entry in logs:
            self.tell(f"{entry.command}: exit code {entry.rc}, {entry.seconds} s")
