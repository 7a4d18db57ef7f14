"""Many hosts, each in a trouble of its own, in one run; what that left; and the run after the troubles were gone."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as member
from pathlib import Path
from typing import Any

from .playing import Field, Run


@dataclass(frozen=True)
class Trouble:
    """What is wrong with one host: a fault of the lab, a script that ran on it, or variables of its own; and how its run ends.

    `mend` is the script that undoes the first one. Variables are mended where they are the reason of a failure; others stay.
    """

    fault: str = ""
    value: Any = True
    result: str = "failed"
    reason: str = ""
    variables: dict[str, Any] = member(default_factory=dict)
    script: str = ""
    mend: str = ""


@dataclass(frozen=True)
class Story:
    """A run over hosts in trouble, what it left, and the run after the troubles were gone."""

    lab: Field
    troubles: Mapping[str, Trouble]
    troubled: Run
    hosts: dict[str, dict[str, Any]]
    paths: dict[str, set[str]]
    records: dict[str, dict[str, Any]]
    mended: Run

    def assert_told_and_made_up_for(self, name: str) -> None:
        """The host failed with one clear line, and the next run completed it."""
        trouble = self.troubles[name]
        assert self.troubled.result(name) == trouble.result
        reason = self.troubled.reason(name)
        assert re.search(trouble.reason, reason), reason
        assert len(reason) < 500, reason
        assert not re.search(r"-{5}|={5}|<programdata>|If you need help|VALUE_SPECIFIED", reason), reason
        assert name not in self.records
        assert self.mended.result(name) == "created", self.mended.hosts[name]

    def assert_finished(self, name: str) -> None:
        """The host was bootstrapped in spite of its trouble."""
        assert self.troubled.result(name) == "created", self.troubled.hosts[name]
        assert self.mended.result(name) == "unchanged", self.mended.hosts[name]
        assert self.records[name]["HealthStatus"] == "HasWarnings"

    def assert_ended_well(self) -> None:
        """The run with failed hosts ended with an exit code, without a traceback, and said how to go on."""
        assert self.troubled.rc != 0
        assert self.mended.rc == 0, self.mended.output
        assert [line for line in self.troubled.output.splitlines() if "Traceback" in line] == []
        told = re.search(r"Run the failed hosts again: .* -l (\S+)", self.troubled.output)
        assert told, self.troubled.output
        # Many hosts are named by a file.
        named = Path(told[1].removeprefix("@")).read_text().split() if told[1].startswith("@") else told[1].split(",")
        assert named == [name for name, trouble in self.troubles.items() if trouble.reason]


def tell(lab: Field, troubles: Mapping[str, Trouble], variables: Mapping[str, Any]) -> Story:
    """Make the troubles, play, look at what there is, take the troubles away, and play again."""
    for name, trouble in troubles.items():
        if trouble.fault:
            lab.hosts.set_fault(name, trouble.fault, trouble.value)
        if trouble.script:
            on_host(lab, name, trouble.script)
    own = host_variables(lab, {name: trouble.variables for name, trouble in troubles.items()})
    troubled = lab.play(*own, variables=variables, environment={"ANSIBLE_FORKS": "15"})
    hosts = {name: lab.hosts.host(name) for name in lab.names}
    paths = {name: {path.lower() for path in lab.hosts.files(name)} for name in lab.names}
    records = lab.records()
    for name, trouble in troubles.items():
        lab.hosts.clear_faults(name)
        if trouble.mend:
            on_host(lab, name, trouble.mend)
    own = host_variables(lab, {name: {} if trouble.reason else trouble.variables for name, trouble in troubles.items()})
    return Story(lab, troubles, troubled, hosts, paths, records, lab.play(*own))


def host_variables(lab: Field, variables: Mapping[str, Mapping[str, Any]]) -> tuple[str, str]:
    """Return the arguments that give hosts variables of their own."""
    path = lab.directory / "own.json"
    path.write_text(json.dumps({"tentacles": {"hosts": variables}}))
    return "-i", str(path)


def on_host(lab: Field, name: str, script: str) -> str:
    """Run a script on a Linux host as root, insist on its success, and return what it says."""
    ended = lab.hosts.run(name, script)
    assert ended["rc"] == 0, ended
    said: str = ended["stdout"]
    return said.strip()
