# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""A visit to a Linux host: its steps are carried out in one run of our module `linux_batch`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..outcomes import Outcome, pair
from ..step import Step

MODULE = "octoboot.octopus.linux_batch"


def module_arguments(steps: Sequence[Step], secrets: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the arguments of the module. It never logs `secrets`, and masks them in whatever it returns."""
    return {"steps": list(steps), **({"secrets": dict(secrets)} if secrets else {})}


def read_result(steps: Sequence[Step], result: Mapping[str, Any]) -> list[Outcome]:
    """Pair each step with what came of it. Raises HostError when the batch itself did not run."""
    return pair(steps, result.get("outcomes"), result)
