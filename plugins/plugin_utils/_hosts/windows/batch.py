# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""A visit to a Windows host: its steps are carried out by batch.ps1, in one run of `ansible.windows.win_powershell`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from ..outcomes import Outcome, pair
from ..step import Step

SECRET_PARAMETERS = {"pfx": "Pfx", "pfx_password": "PfxPassword", "service_password": "ServicePassword"}


@cache
def script() -> str:
    """Return the text of batch.ps1."""
    return (Path(__file__).parent / "batch.ps1").read_text(encoding="utf-8")


def module_arguments(steps: Sequence[Step], secrets: Mapping[str, str]) -> dict[str, Any]:
    """Return the arguments of `ansible.windows.win_powershell`.

    Secrets go as sensitive parameters and in no other way: Windows modules write their arguments to the event log.
    """
    arguments: dict[str, Any] = {"script": script(), "parameters": {"Steps": json.dumps(list(steps))}}
    if secrets:
        arguments["sensitive_parameters"] = [{"name": SECRET_PARAMETERS[word], "value": value} for word, value in secrets.items()]
    return arguments


def read_result(steps: Sequence[Step], result: Mapping[str, Any]) -> list[Outcome]:
    """Pair each step with what came of it. Raises HostError when the batch itself did not run."""
    try:
        answers = json.loads(result["result"])
    except (KeyError, TypeError, ValueError):
        answers = None
    return pair(steps, answers, result)
