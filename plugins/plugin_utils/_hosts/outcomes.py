# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What came of the steps of a visit: paired, logged, and told in words. What both kinds of host have in common."""

from __future__ import annotations

import base64
import json
import shlex
import subprocess
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._core.errors import HostError
from .._core.results import CommandLog
from .._core.tentacle.answers import Indexed, last_words, logged_errors
from .._core.tentacle.evidence import Judgement, Stored
from .._core.text import sentence, shown
from .step import Step


@dataclass(frozen=True)
class Outcome:
    """What came of one step: its value, or why it failed. A step that an earlier failure passed over has neither."""

    step: Step
    value: Any = None
    error: str | None = None
    skipped: bool = False


def noted_services(content: str | None, known: Container[str]) -> tuple[str, ...]:
    """Read the note of services that wait for the end of an installation; those that are gone since wait no more."""
    try:
        listed = json.loads(base64.b64decode(content or ""))
    except (ValueError, RecursionError):
        return ()
    return tuple(name for name in listed if isinstance(name, str) and name in known) if isinstance(listed, list) else ()


def stored_in(outcomes: Mapping[str, Outcome], path: str | None) -> Stored | None:
    """Return what the configuration file `path` holds; None where nobody had to look."""
    return None if path is None else Stored.of(path, outcomes["settings"].value, outcomes["settings"].error)


def file_facts(found: Judgement, indexed: Indexed, path: str | None, entry: str) -> dict[str, str]:
    """Return what a plan has to know of an instance's files: where the configuration is, and what of it and of the index is damaged."""
    looked_at = path if path and (found.configuration or found.damaged) else ""
    return {
        "configuration_path": indexed.configuration_path or looked_at,
        "damaged": looked_at if found.damaged else "",
        "entry": entry if indexed.broken is not None else "",
    }


def pair(steps: Sequence[Step], answers: Any, result: Mapping[str, Any]) -> list[Outcome]:
    """Pair each step with what came of it. Raises HostError when the module that carries them out did not run."""
    told = isinstance(answers, list) and len(answers) == len(steps) and all(isinstance(answer, dict) for answer in answers)
    if result.get("failed") or not told:
        raise HostError(f"The batch of commands did not run on the host: {sentence(why_not(result))}")
    return [
        Outcome(step, value=answer.get("value"), error=_words(answer.get("error")), skipped=bool(answer.get("skipped")))
        for step, answer in zip(steps, answers, strict=True)
    ]


def _words(error: Any) -> str | None:
    return None if error is None else str(error) or "it gave no reason"


def why_not(result: Mapping[str, Any]) -> str:
    """Return why a module failed, in one line. One that did not even start has said so on its streams alone."""
    stderr, stdout = (str(result.get(stream) or "") for stream in ("module_stderr", "module_stdout"))
    if stderr.strip() or stdout.strip():
        return last_words(stderr, stdout)
    told = result.get("error")
    errors = [_detail(error) for error in told] if isinstance(told, list) else [str(told or "")]
    return shown(str(result.get("msg") or " ".join(errors))) or "it gave no answer"


def _detail(error: Any) -> str:
    return str(error.get("error_details") or error.get("output") or error) if isinstance(error, dict) else str(error)


def command_logs(outcomes: Sequence[Outcome]) -> list[CommandLog]:
    """Return the processes that the steps started, for the host's log. Arguments hold `<word>`, never a secret.

    A query of a program that is not there does not count.
    """
    return [
        answer_of(outcome)
        for outcome in outcomes
        if not outcome.skipped and (outcome.step["do"] == "run" or (outcome.step["do"] == "query" and outcome.value))
    ]


def answer_of(outcome: Outcome) -> CommandLog:
    """Return what a process answered; one that could not be started has no exit code, and its error for words."""
    told = outcome.value or {"rc": None, "stdout": "", "stderr": str(outcome.error), "seconds": 0.0}
    return CommandLog(_command(outcome.step), told["rc"], told["stdout"], told["stderr"], float(told["seconds"]))


def raise_first_failure(outcomes: Sequence[Outcome]) -> None:
    """Raise HostError for the first step that failed and was not optional, with what it was doing."""
    for outcome in outcomes:
        step = outcome.step
        if step.get("optional"):
            continue
        if step["do"] == "run" and outcome.value and outcome.value["rc"] != 0:
            raise HostError(answer_of(outcome).failure())
        if outcome.error:
            raise HostError(f"{describe(step)} failed: {sentence(outcome.error)}")


def with_log_words(error: HostError, outcomes: Sequence[Outcome]) -> HostError:
    """Add what Tentacle's log says of a service that did not come up. A command that failed has spoken for itself."""
    log = next((outcome.value for outcome in outcomes if outcome.step["do"] == "tail"), None)
    errors = logged_errors(str(log or ""))
    if not errors or not any(outcome.error and outcome.step["do"] in ("start", "certificate", "steady") for outcome in outcomes):
        return error
    return HostError(f"{str(error).rstrip('.')}. Tentacle's log says: {sentence(errors)}")


def _shown(text: str) -> str:
    """Return text of a step as Windows itself would write it, where it names a folder of the machine's."""
    return text.replace("<programdata>", "%ProgramData%").replace("<lt>", "<")


def _command(step: Step) -> str:
    """Return the command line, or what a step that has a long one asks to be called."""
    return str(step.get("called") or _shown(f"{_program(step)} {_arguments(step)}"))


def _program(step: Step) -> str:
    return str(step["file"]).rsplit(">", maxsplit=1)[-1].rsplit("\\", maxsplit=1)[-1].rsplit("/", maxsplit=1)[-1].removesuffix(".exe")


def _arguments(step: Step) -> str:
    """Return the arguments as one would type them on the host."""
    if str(step["file"]).endswith(".exe"):
        return subprocess.list2cmdline(step["arguments"])
    return shlex.join(step["arguments"]).replace("'<pfx_password>'", "<pfx_password>")


def describe(step: Step) -> str:
    """Return what a step does, in words that "failed" may follow."""
    what = _shown(step.get("path") or step.get("name") or step.get("account") or "")
    words = {
        "certificate": f"Reading the certificate that port {step.get('port')} presents",
        "checksum": f"Checking {what}",
        "directory": f"Making the folder {what} and setting its access",
        "forget": "Removing the copies of the private key that .NET made",
        "keyring": f"Making a keyring of the repository's key {step.get('url', '')}".rstrip(),
        "link": f"Linking {what}",
        "write": f"Writing {what}",
        "move": f"Moving {what}",
        "own": f"Setting the access of {what}",
        "remove": f"Removing {what}",
        "steady": f"Keeping the service '{what}' running",
        "start": f"Starting the service '{what}'",
        "stop": f"Stopping the service '{what}'",
        "set_firewall": f"Opening the firewall ('{what}')",
        "remove_firewall": f"Closing the firewall ('{what}')",
        "folder": f"Looking at the folder {what}",
        "units": "Asking systemd",
    }
    if step["do"] == "run":
        return shown(_command(step))
    return shown(words.get(step["do"], f"Reading {step['do']} {what}"))
