# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""A module that runs on in the background of a host, beyond the task and the run that started it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Jobs(Protocol):
    """Ansible's own asynchronous modules, through the connection of the task."""

    def start(self, module: str, arguments: dict[str, Any], *, seconds: int) -> str:
        """Start a module that may run for `seconds`; return the id of the job. Raises HostError when it did not start."""

    def result(self, job: str) -> Mapping[str, Any] | None:
        """Return the module's result, and forget the job; None while it runs."""
