"""Where a batch of steps can be carried out: the Linux runner on this machine, batch.ps1 under a PowerShell, and the lab's twin of it."""

from __future__ import annotations

import getpass
import json
import math
import shutil
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.octoboot.octopus.plugins.module_utils._linux.batch import carry_out
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts import contract as do
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.step import LINUX, WINDOWS, Step
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.windows.batch import SECRET_PARAMETERS, module_arguments, script

from tests.lab.machine import Result, Service, User
from tests.lab.windows.arguments import split_arguments
from tests.lab.windows.batch import Batch
from tests.lab.windows.host import MALLORY, SYSTEM_USER, FirewallRule, WindowsHost

PWSH = shutil.which("pwsh")
SQUATTED = ("squatted home", "squatted state")
"""Folders that somebody made first: on a place that is a Windows host, they are mallory's, and something of hers is in them."""
_SECONDS = 20


@dataclass(frozen=True)
class Job:
    """A batch to carry out."""

    steps: Sequence[Step]
    secrets: Mapping[str, str] = field(default_factory=dict)
    check: bool = False


class Place(ABC):
    """A place with a folder of its own."""

    system: str

    @property
    @abstractmethod
    def folder(self) -> str:
        """The folder."""

    @abstractmethod
    def path(self, *names: str) -> str:
        """Return a path in the folder."""

    @abstractmethod
    def carry_out(self, jobs: Sequence[Job]) -> list[list[dict[str, Any]]]:
        """Return what came of the steps of each job."""

    def run(self, script: str, seconds: int = _SECONDS) -> Step:
        """Return the step that runs a shell script, for so many seconds at most."""
        return do.windows_run("/bin/sh", ["-c", script], seconds)

    def query(self, script: str) -> Step:
        """Return the step that asks a shell script."""
        return do.windows_query("/bin/sh", ["-c", script], _SECONDS)


@dataclass
class Linux(Place):
    """The Linux runner."""

    root: Path
    system = LINUX

    @property
    def folder(self) -> str:
        return str(self.root)

    def path(self, *names: str) -> str:
        return str(self.root.joinpath(*names))

    def carry_out(self, jobs: Sequence[Job]) -> list[list[dict[str, Any]]]:
        return [self._carry_out(job) for job in jobs]

    def _carry_out(self, job: Job) -> list[dict[str, Any]]:
        answers = carry_out(list(job.steps), job.secrets, check_mode=job.check, alone=False, lock_timeout=1)
        told: list[dict[str, Any]] = json.loads(json.dumps(answers))
        return told

    def run(self, script: str, seconds: int = _SECONDS) -> Step:
        return do.linux_run("/bin/sh", ["-c", script], seconds, user=getpass.getuser())

    def query(self, script: str) -> Step:
        return do.linux_query("/bin/sh", ["-c", script], _SECONDS, user=getpass.getuser())


class TwinHost(WindowsHost):
    """A virtual host whose programs are this machine's own."""

    def execute(self, path: str, arguments: str, environment: Mapping[str, str], user: User, timeout: float = math.inf) -> Result:
        argv = [path, *split_arguments(arguments)]
        try:
            within = min(timeout, 3600)
            ended = subprocess.run(argv, env=dict(environment), input="", capture_output=True, text=True, check=False, timeout=within)
        except subprocess.TimeoutExpired as error:
            stdout, stderr = ((said or b"").decode() for said in (error.stdout, error.stderr))
            raise TimeoutError(f"{stderr}\n{stdout}") from error
        return Result(ended.returncode, ended.stdout, ended.stderr)


class Twin(Place):
    """The lab's twin."""

    system = WINDOWS
    folder = "C:\\Table"

    def __init__(self) -> None:
        self.host = TwinHost("win01", "127.0.0.1")
        self.host.files.make_dirs(self.folder)
        self.host.registry["software\\octopus\\tentacle"] = {"InstallLocation": "D:\\Tentacle\\"}
        self.host.products["{id}"] = {"name": "Octopus Deploy Tentacle", "version": "9.2.4285"}
        self.host.faults["firewall_off"] = "off"
        self.host.firewall += [FirewallRule("Twice", "1")] * 2
        accounts = {
            "OctopusDeploy Tentacle": ".\\vagrant",
            "OctopusDeploy Tentacle: two": "LocalSystem",
            "OctopusDeploy Tentacle: x": "GONE\\user",
        }
        for name, account in accounts.items():
            self.host.services.create(Service(name, '"C:\\x.exe" run', account=account))
        for name in SQUATTED:
            self.host.files.make_dirs(self.path(name), owner=MALLORY)
            self.host.files.write(self.path(name, "hers.txt"), b"")
        self.host.files.make_link(self.path("link"), "C:\\Windows")
        self.host.files.make_dirs(self.path("closed to all"))
        self.host.files.node(self.path("closed to all")).unreadable = True

    def path(self, *names: str) -> str:
        return "\\".join((self.folder, *names))

    def carry_out(self, jobs: Sequence[Job]) -> list[list[dict[str, Any]]]:
        user = User(SYSTEM_USER)
        return [json.loads(Batch(self.host, user, job.secrets, check_mode=job.check).run(list(job.steps))) for job in jobs]


@dataclass
class PowerShell(Place):
    """batch.ps1 under the PowerShell on PATH; `like51`: with arrays as Windows PowerShell 5.1 has them; `patience`: of a port, seconds."""

    root: Path
    like51: bool = False
    patience: int = 5
    system = WINDOWS

    @property
    def folder(self) -> str:
        return str(self.root)

    def __post_init__(self) -> None:
        for name in (*SQUATTED, "closed to all"):
            (self.root / name).mkdir()
        for name in SQUATTED:
            (self.root / name / "hers.txt").touch()
        (self.root / "link").symlink_to("/usr")

    def path(self, *names: str) -> str:
        return str(self.root.joinpath(*names))

    def carry_out(self, jobs: Sequence[Job]) -> list[list[dict[str, Any]]]:
        sent = [
            {
                "steps": module_arguments(job.steps, {})["parameters"]["Steps"],
                "secrets": {SECRET_PARAMETERS[word]: value for word, value in job.secrets.items()},
                "check": job.check,
                "like51": self.like51,
                "patience": self.patience,
            }
            for job in jobs
        ]
        listed = self.root / "jobs.json"
        listed.write_text(json.dumps(sent), encoding="utf-8")
        sent_script = self.root / "batch.ps1"
        sent_script.write_text(script(), encoding="ascii")
        here = Path(__file__).with_name("powershell")
        command = [str(PWSH), "-NoProfile", "-File", str(here / "drive.ps1"), str(listed), str(sent_script), str(here / "fakes.ps1")]
        ended = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=300, check=False)
        assert ended.returncode == 0, ended.stderr
        answers = json.loads(ended.stdout)
        assert [answer for answer in answers if answer["errors"] or answer["output"] or answer["changed"]] == []
        return [json.loads(answer["result"]) for answer in answers]
