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
_FAULTS = "it recorded faults of release 0.1"
_FIREWALL = "all rules of a name are told now"
_FAKES = "the stand-ins for what only Windows has are others now"

PARTS = ("a", "b", "d")
"""The recorded parts, without c.json: it is about processes and ports in time, and recorded faults of release 0.1."""

SUPERSEDED = {
    "not json": "Python sends JSON, always",
    "object not list": "Python sends a list, always",
    "path": "what a step keeps is a table of words now",
    "step without do": "told in words now",
    "null in list": "told in words now",
    "run rc 3 optional then next": "an optional command that fails does not end the batch any more",
    "environment missing, null": "its last step has no timeout, and is killed where it does not end at once",
    "user value holding <pfx>": _FAULTS,
    "secrets": _FAULTS,
    "iso date": _FAULTS,
    "firewall absent set read remove remove": _FIREWALL,
    "set_firewall twice": _FIREWALL,
    "registry value/none/missing key/int/empty/multi": _FAKES,
    "products 1": _FAKES,
    "services 0 1 2": _FAKES,
    "access none 0 1 2": _FAKES,
    "files none 0 1 2": "whose a file is, is told too",
    "sid": _FAKES,
    "move missing keeps target?": _FAULTS,
    "write bad base64, missing dir; remove missing dir": "what is not there is removed, in a folder that is not there too",
    "unicode + long": "its record was cut",
    "kill leaves the tree": _FAULTS,
    "wait-service: dies": _FAKES,
    "check mode with WhatIf: all readers": _FAKES,
    "strict: missing members": "Python sends all of a step's members",
    "dollar/backtick/quotes through args": "it printed a whole environment",
    "kept value holding <pfx> is not expanded again": "what a step keeps is a table of words now",
}
"""Jobs that are not held to their record any more, and why."""


@cache
def recorded() -> dict[str, tuple[dict[str, Any], str]]:
    """Return each job by its name, with what it gave."""
    found = {}
    for part in PARTS:
        jobs = {job["name"]: job for job in json.loads((STEPS / f"{part}.json").read_text(encoding="utf-8"))}
        for block in re.split(r"^## ", (STEPS / f"{part}.out").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            head, _, result = block.partition("\n")
            name = head.partition("  [")[0]
            found[name] = (jobs[name], result.strip())
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
    """Return a result without what differs from run to run: how long a process took, and the order of a folder's files."""
    if isinstance(result, list):
        alike = [told_alike(entry) for entry in result]
        return sorted(alike, key=lambda entry: str(entry["name"])) if alike and all("name" in entry for entry in alike) else alike
    return {key: 0 if key == "seconds" else told_alike(value) for key, value in result.items()} if isinstance(result, dict) else result


@pytest.mark.skipif(PWSH is None, reason="there is no pwsh on this machine: batch.ps1 was not run")
def test_a_recorded_step_gives_what_it_gave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # an error of .NET names the current folder
    prepare(tmp_path)
    held = {name: job for name, job in recorded().items() if name not in SUPERSEDED}
    given = PowerShell(tmp_path).carry_out([job_of(job, str(tmp_path)) for job, _ in held.values()])
    for (name, (_, then)), outcomes in zip(held.items(), given, strict=True):
        now = json.loads(json.dumps(outcomes).replace(str(tmp_path), FOLDER))
        assert told_alike(now) == told_alike(json.loads(then)), name


def test_what_is_superseded_was_recorded() -> None:
    assert SUPERSEDED.keys() <= recorded().keys()
    assert len(recorded()) - len(SUPERSEDED) > 15
