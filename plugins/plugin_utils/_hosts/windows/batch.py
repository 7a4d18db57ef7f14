# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""A visit to a Windows host: its steps are carried out by batch.ps1, in one run of `ansible.windows.win_powershell`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from ..._core.errors import HostError
from ..outcomes import Outcome, pair, why_not
from ..step import Step

_DATE = re.compile(r"\d{4}-\d\d-\d\dT|/Date\(")
_NOT_SENT = re.compile(r"^(?:\s*#.*\n)*\s*", re.MULTILINE)
"""Lines that are empty or a comment, and indentation. No text of batch.ps1 goes over several lines."""
_CONSTRAINED = re.compile(r"ConstrainedLanguage|in this language mode|constrained language", re.IGNORECASE)
SECRET_PARAMETERS = {"pfx": "Pfx", "pfx_password": "PfxPassword", "service_password": "ServicePassword"}


@cache
def script() -> str:
    """Return the text of batch.ps1 without comments and indentation: it goes with every visit."""
    text = (Path(__file__).parent / "batch.ps1").read_text(encoding="utf-8")
    return _NOT_SENT.sub("", text)


def module_arguments(steps: Sequence[Step], secrets: Mapping[str, str]) -> dict[str, Any]:
    """Return the arguments of `ansible.windows.win_powershell`.

    Secrets go as sensitive parameters and in no other way: Windows modules write their arguments to the event log.
    """
    arguments: dict[str, Any] = {"script": script(), "parameters": {"Steps": json.dumps(_dateless(list(steps)))}}
    if secrets:
        arguments["sensitive_parameters"] = [{"name": SECRET_PARAMETERS[word], "value": value} for word, value in secrets.items()]
    return arguments


def _dateless(value: Any) -> Any:
    """Return steps in which PowerShell 7 finds no date: it would make one of a text that is one as a whole."""
    if isinstance(value, str):
        return f"<empty>{value}" if _DATE.match(value) else value
    if isinstance(value, dict):
        return {key: _dateless(member) for key, member in value.items()}
    return [_dateless(item) for item in value] if isinstance(value, list) else value


def read_result(steps: Sequence[Step], result: Mapping[str, Any]) -> list[Outcome]:
    """Pair each step with what came of it. Raises HostError when the batch itself did not run."""
    try:
        answers = json.loads(result["result"])
    except (KeyError, TypeError, ValueError):
        answers = None
    if result.get("failed") and _CONSTRAINED.search(why_not(result)):
        raise HostError(
            "This machine lets PowerShell run only what a policy trusts (WDAC or AppLocker; ConstrainedLanguage mode), and so no module "
            "that manages Tentacle: have the policy trust Ansible's scripts for the account that Ansible connects with."
        )
    return pair(steps, answers, result)
