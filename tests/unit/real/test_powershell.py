"""batch.ps1 gives under a real PowerShell what it gave when its steps were recorded (tests/real/powershell)."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.windows.batch import SECRET_PARAMETERS

from tests.lab.windows.arguments import split_arguments
from tests.tools.checkout import ROOT
from tests.unit.hosts.places import PWSH, Job, PowerShell

STEPS = ROOT / "tests/real/powershell/steps"
FOLDER = "/tmp/steps"
_LONG_SECONDS = 10
_FAULTS = "it recorded faults of release 0.1"
_FIREWALL = "all rules of a name are told now"
_WORDS = "what a step keeps is a table of words now"
_FAKES = "the stand-ins for what only Windows has are others now"

_LIST = "Python sends a list of steps, always"
_NO_TIMEOUT = "a step of it has no timeout, and is killed where it does not end at once"
_CLOSED = "nothing listened when it was recorded: it is 'closed' under another name (tests/unit/hosts/bad_ports.py has such ports)"

NOT_RUN = {
    "a/not json": _LIST,
    "a/object not list": _LIST,
    "a/null in list": _LIST,
    "a/environment missing, null": _NO_TIMEOUT,
    "c/timeout null": _NO_TIMEOUT,
    "b/unicode + long": "its record was cut",
    "d/dollar/backtick/quotes through args": "it printed a whole environment",
    **dict.fromkeys(("c/tls12", "c/tls12 expect wrong wait 1", "c/tls13 only", "c/mute", "c/plain", "c/hangs up", "c/drip"), _CLOSED),
    "c/blackhole": "what answered was in the recorder's network",
}
"""Jobs whose record says nothing that could be compared, and why."""

SUPERSEDED = {
    "a/path": _WORDS,
    "a/step without do": "told in words now",
    "a/run rc 3 optional then next": "an optional command that fails does not end the batch any more",
    "a/user value holding <pfx>": _FAULTS,
    "a/secrets": _FAULTS,
    "b/iso date": _FAULTS,
    "b/firewall absent set read remove remove": _FIREWALL,
    "d/set_firewall twice": _FIREWALL,
    "b/registry value/none/missing key/int/empty/multi": _FAKES,
    "b/products 1": _FAKES,
    "b/services 0 1 2": _FAKES,
    "b/access none 0 1 2": _FAKES,
    "b/files none 0 1 2": "whose a file is, is told too",
    "b/sid": _FAKES,
    "b/move missing keeps target?": _FAULTS,
    "b/write bad base64, missing dir; remove missing dir": "what is not there is removed, in a folder that is not there too",
    "c/grandchild holds the pipe, timeout 3": "it was waited for, four times as long as it had time",
    "c/timeout overflow 3000000": _FAULTS,
    "d/kill leaves the tree": _FAULTS,
    "d/wait-service: dies": _FAKES,
    "d/check mode with WhatIf: all readers": _FAKES,
    "d/strict: missing members": "Python sends all of a step's members",
    "d/kept value holding <pfx> is not expanded again": _WORDS,
}
"""Jobs that give something else by now, and why."""


@cache
def recorded() -> dict[str, tuple[dict[str, Any], str]]:
    """Return each job by its part and name, with what it gave."""
    found = {}
    for part in "abcd":
        jobs = {job["name"]: job for job in json.loads((STEPS / f"{part}.json").read_text(encoding="utf-8"))}
        for block in re.split(r"^## ", (STEPS / f"{part}.out").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            head, _, result = block.partition("\n")
            name = head.partition("  [")[0]
            found[f"{part}/{name}"] = (jobs[name], result.strip())
    return found


def job_of(told: dict[str, Any], folder: str) -> Job:
    steps = json.loads(told.get("raw") or json.dumps(told["steps"]).replace(FOLDER, folder))
    words = {parameter: word for word, parameter in SECRET_PARAMETERS.items()}
    for step in steps:
        if isinstance(step.get("arguments"), str):  # release 0.1 sent them as one text
            step["arguments"] = split_arguments(step["arguments"])
    return Job(steps, {words[name]: value for name, value in told.get("secrets", {}).items()}, bool(told.get("check")))


def prepare(folder: Path) -> None:
    """Make the files that the steps look at."""
    files = {
        "f1/a": b"a\n",
        "f2/a": b"a\n",
        "f2/b": b"b\n",
        "crlf.txt": "\ufeffl1\r\nl2 ä\r\nl3 😀\r\n".encode(),
        "empty.txt": b"",
        "one.txt": b"one",
        "bad.txt": b"a\xff\xfeb",
        **dict.fromkeys(("odd/a[b]", "odd/q'q", "odd/d$x", "odd/b`t", "odd/s*r"), b"X"),
    }
    (folder / "f0").mkdir()
    for name, data in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)


def told_alike(result: Any) -> Any:
    """Return a result without what differs from run to run: whether a process took long is enough, and a folder's files have no order."""
    if isinstance(result, list):
        alike = [told_alike(entry) for entry in result]
        return sorted(alike, key=lambda entry: str(entry["name"])) if alike and all("name" in entry for entry in alike) else alike
    if isinstance(result, dict):
        return {key: value > _LONG_SECONDS if key == "seconds" else told_alike(value) for key, value in result.items()}
    return result


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what each job that is run gives now."""
    if PWSH is None:
        pytest.skip("there is no pwsh on this machine: batch.ps1 was not run")
    folder = tmp_path_factory.mktemp("steps")
    prepare(folder)
    jobs = {name: job_of(job, str(folder)) for name, (job, _) in recorded().items() if name not in NOT_RUN}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)  # an error of .NET names the current folder
        outcomes = PowerShell(folder).carry_out(list(jobs.values()))
    return json.loads(json.dumps(dict(zip(jobs, outcomes, strict=True))).replace(str(folder), FOLDER))


@pytest.mark.parametrize("name", [name for name in recorded() if name not in NOT_RUN])
def test_a_recorded_step_gives_what_it_gave_unless_that_is_superseded(name: str, given: dict[str, Any]) -> None:
    then = json.loads(recorded()[name][1])
    if name in SUPERSEDED:
        assert told_alike(given[name]) != told_alike(then), "it is superseded no more"
    else:
        assert told_alike(given[name]) == told_alike(then)


def test_what_is_left_out_was_recorded() -> None:
    left_out = SUPERSEDED.keys() | NOT_RUN.keys()
    assert left_out <= recorded().keys()
    assert SUPERSEDED.keys() & NOT_RUN.keys() == set()
    assert len(recorded()) - len(left_out) > 20
