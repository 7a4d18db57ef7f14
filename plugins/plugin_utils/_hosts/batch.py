# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""One visit to a Windows host: a list of steps for batch.ps1, and what came of each.

A step is a dictionary: `do` names it, the rest are its arguments. Text may name `<word>`, which an earlier step kept under `keep`,
or a secret (`<pfx>`, `<pfx_password>`, `<service_password>`). After a failure only steps marked `always` are carried out; a step
marked `optional` may fail. Readers (allowed in check mode): registry, products, path, file, tail, exists, files, access, sid,
services, certificate, firewall, query. Writers: run, directory, write, move, remove, start, stop, set_firewall, remove_firewall.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from .command import CommandLog, HostError

Step = dict[str, Any]
RunModule = Callable[[str, dict[str, Any]], Mapping[str, Any]]
"""Run a module on the host: its name and arguments in, its result out."""

SECRET_PARAMETERS = {"pfx": "Pfx", "pfx_password": "PfxPassword", "service_password": "ServicePassword"}


@dataclass(frozen=True)
class Outcome:
    """What came of one step: its value, or why it failed. A step that an earlier failure passed over has neither."""

    step: Step
    value: Any = None
    error: str | None = None
    skipped: bool = False


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
    told = isinstance(answers, list) and len(answers) == len(steps) and all(isinstance(answer, dict) for answer in answers)
    if result.get("failed") or not told:
        raise HostError(f"The batch of commands did not run on the host: {_why(result)}")
    return [
        Outcome(step, value=answer.get("value"), error=answer.get("error"), skipped=bool(answer.get("skipped")))
        for step, answer in zip(steps, answers, strict=True)
    ]


def _why(result: Mapping[str, Any]) -> str:
    errors = [str(error.get("error_details") or error.get("output") or error) for error in result.get("error") or []]
    return " ".join(str(result.get("msg") or " ".join(errors) or "it gave no answer").split())


def command_logs(outcomes: Sequence[Outcome]) -> list[CommandLog]:
    """Return the processes that the steps started, for the host's log. Arguments hold `<word>`, never a secret."""
    return [
        CommandLog(
            command=_shown(f"{_program(outcome.step)} {outcome.step['arguments']}"),
            rc=outcome.value["rc"] if outcome.value else None,
            stdout=outcome.value["stdout"] if outcome.value else "",
            stderr=outcome.value["stderr"] if outcome.value else str(outcome.error),
            seconds=float(outcome.value["seconds"]) if outcome.value else 0.0,
        )
        for outcome in outcomes
        if outcome.step["do"] in ("run", "query") and not outcome.skipped
    ]


def _shown(text: str) -> str:
    """Return text of a step as Windows itself would write it, where it names a folder of the machine's."""
    return text.replace("<programdata>", "%ProgramData%")


def _program(step: Step) -> str:
    return str(step["file"]).rsplit(">", maxsplit=1)[-1].rsplit("\\", maxsplit=1)[-1].removesuffix(".exe")


def raise_first_failure(outcomes: Sequence[Outcome]) -> None:
    """Raise HostError for the first step that failed and was not optional, with what it was doing."""
    for outcome in outcomes:
        step = outcome.step
        if step["do"] == "run" and outcome.value and outcome.value["rc"] != 0:
            raise HostError(command_logs([outcome])[0].failure())
        if outcome.error and not step.get("optional"):
            raise HostError(f"{_describe(step)} failed: {' '.join(outcome.error.split())}")


def _describe(step: Step) -> str:
    what = _shown(step.get("path") or step.get("name") or step.get("account") or step.get("arguments") or "")
    words = {
        "certificate": f"Reading the certificate that port {step.get('port')} presents",
        "directory": f"Making the folder {what} and setting its access",
        "write": f"Writing {what}",
        "move": f"Moving {what}",
        "remove": f"Removing {what}",
        "start": f"Starting the service '{what}'",
        "stop": f"Stopping the service '{what}'",
        "set_firewall": f"Opening the firewall ('{what}')",
        "run": f"Tentacle {what}",
    }
    return words.get(step["do"], f"Reading {step['do']} {what}".rstrip())
