"""Running the real `ansible-playbook` against a lab, and reading what came of it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.lab.control import LabControl
from tests.lab.fleet import Lab
from tests.lab.octopus.control import ServerControl

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
SECONDS = 240


@dataclass(frozen=True)
class Run:
    """One finished run of `ansible-playbook`."""

    rc: int
    output: str
    report: dict[str, Any]
    logs: Path

    @property
    def hosts(self) -> dict[str, dict[str, Any]]:
        """What the report says of each host."""
        hosts: dict[str, dict[str, Any]] = self.report.get("hosts", {})
        return hosts

    def result(self, host: str) -> str:
        """Return a host's result: created, updated, unchanged, adopted, failed or unreachable."""
        return str(self.hosts[host]["result"])

    def logs_of(self, host: str) -> str:
        """Return a host's log."""
        return "".join(path.read_text() for path in self.logs.rglob(f"{host}*.log"))

    def reason(self, host: str) -> str:
        """Return why a host failed, in one line."""
        reason = str(self.hosts[host]["reason"])
        assert "\n" not in reason
        return reason


class Field:
    """A lab to play on, with everything that a test asks of it."""

    def __init__(self, lab: Lab, directory: Path) -> None:
        self.lab = lab
        self.directory = directory
        self.hosts = LabControl(lab.control.url)
        self.server = ServerControl(lab.server.control_url)
        self.runs = 0
        self._is_new = True

    @property
    def names(self) -> list[str]:
        return self.lab.names

    def play(
        self,
        *arguments: str,
        variables: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
        playbook: str = "bootstrap.yml",
        inventory: Path | None = None,
        start_timeout: int | None = 3,
    ) -> Run:
        """Run a playbook to its end, over the lab's inventory or another.

        `variables` are extra variables; ports that stay closed are given up after `start_timeout` (None: nothing is said of it).
        """
        process, logs = self.start(
            *arguments,
            variables=variables,
            environment=environment,
            playbook=playbook,
            inventory=inventory,
            start_timeout=start_timeout,
        )
        try:
            output, _ = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        reports = sorted(logs.glob("*/report.json"))
        report = json.loads(reports[-1].read_text()) if reports else {}
        return Run(process.returncode, output, report, logs)

    def start(
        self,
        *arguments: str,
        variables: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
        playbook: str = "bootstrap.yml",
        inventory: Path | None = None,
        start_timeout: int | None = 3,
    ) -> tuple[subprocess.Popen[str], Path]:
        """Start a playbook in a process group of its own; return it and the folder of its logs."""
        self.runs += 1
        self._is_new = False
        logs = self.directory / f"run-{self.runs}"
        extra = self.directory / f"extra-{self.runs}.json"
        extra.write_text(json.dumps({**({"tentacle_start_timeout": start_timeout} if start_timeout else {}), **(variables or {})}))
        hosts = str(inventory or self.lab.inventory)
        command = [str(BIN / "ansible-playbook"), "-i", hosts, "-e", f"@{extra}", *arguments, str(ROOT / playbook)]
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("OCTOPUS_", "ANSIBLE_"))}
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**clean, "OCTOBOOT_LOG_DIR": str(logs), "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORKS": "10", **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        return process, logs

    def records(self) -> dict[str, dict[str, Any]]:
        """Return the server's records of this lab's machines, by name."""
        machines = self.call("GET", "/api/Spaces-1/machines/all")
        return {machine["Name"]: machine for machine in machines if not machine["Name"].startswith("other-")}

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the server as its administrator."""
        response = requests.request(
            method, f"{self.lab.server.url}{path}", json=body, headers={"X-Octopus-ApiKey": self.lab.server.api_key}, timeout=30
        )
        response.raise_for_status()
        return response.json() if response.content else None

    @staticmethod
    def fetch(url: str) -> bytes:
        """Download a file of the lab's."""
        response = requests.get(url, timeout=30)
        response.raise_for_status()
        return response.content

    def reset(self) -> None:
        """Make every host new and sound, and the server as it was but for what its machines were. Hosts that were just started are new."""
        self.server.clear_faults()
        for name in () if self._is_new else self.names:
            self.hosts.clear_faults(name)
            self.hosts.wipe(name)
        self._is_new = False
        self.unregister()
        shutil.rmtree(self.lab.directory / "identities", ignore_errors=True)

    def unregister(self) -> None:
        """Let the server know none of the hosts."""
        for space in self.call("GET", "/api/spaces/all"):
            for kind in ("machines", "workers"):
                for record in self.call("GET", f"/api/{space['Id']}/{kind}/all"):
                    if not record["Name"].startswith("other-"):
                        self.call("DELETE", f"/api/{space['Id']}/{kind}/{record['Id']}")


@contextmanager
def field(names: list[str], directory: Path, **options: Any) -> Iterator[Field]:
    """Start a lab with hosts of these names, and stop it in every case."""
    lab = Lab(names, **options)
    try:
        lab.start()
        yield Field(lab, directory)
    finally:
        lab.stop()
