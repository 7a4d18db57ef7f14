# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The driver for Linux hosts: reads and changes in batches of steps, installs by Ansible's own modules, one after the other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..._core.errors import HostError
from ..._core.results import CommandLog
from ..._core.tentacle.instance import WantedInstance
from ..._core.tentacle.observation import Installed, Observation
from ..._core.tentacle.package import WantedPackage
from ..._core.tentacle.package_linux import LinuxMachine, linux_source
from ..._core.tentacle.plan import InstancePlan
from .. import contract as do
from ..driver import BatchHost
from ..outcomes import Outcome, command_logs, raise_first_failure, why_not
from ..step import Step
from . import names as names
from .apply import apply_steps, note_steps, remove_steps, restart_steps
from .batch import MODULE, module_arguments, read_result
from .observe import observe_steps, read_observation
from .package import Stage, downloaded, install_stages, remove_stages

_POLL_SECONDS = (1, 1, 2, 2, 3, 4)
"""Each look is a module's run on the host; the quickest installation takes a few seconds."""

_DPKGS_PROGRESS = re.compile(r"^\(Reading database \.\.\. ?(\d+%)?[\r\n]+", re.MULTILINE)

_POLLS_BETWEEN_LOOKS = 6
_LIFETIME_SECONDS = 3600


@dataclass
class LinuxHost(BatchHost):
    """A Linux host. `install_timeout` (seconds) is also how long a package manager waits for another one to end."""

    install_timeout: int = 1800

    def defaults(self, instance: str) -> tuple[str, str]:
        """Return the default home and application directories of an instance."""
        return names.default_home(instance), names.default_application_directory(instance)

    def observe(self, wanted: WantedInstance) -> Observation:
        """See what is there, in one visit."""
        return read_observation(wanted, self._look(observe_steps(wanted)))

    def check_package(self, package: WantedPackage, observation: Observation) -> None:
        """Raise PackageError for a package that this host cannot install."""
        linux_source(package, _machine(observation))

    def start_install(self, package: WantedPackage, observation: Observation) -> Mapping[str, Any]:
        """Note what runs, and start the first of the modules that install in the background."""
        machine = _machine(observation)
        source = linux_source(package, machine)
        stages = install_stages(package, source, machine, seconds=self.install_timeout)
        self._carry_out(note_steps({*observation.running, *observation.awaiting}))
        if source.is_file:
            self.copy_file(source.location, downloaded(source))
        return self._start([stage.as_dict() for stage in stages])

    def wait_for_install(self, job: Mapping[str, Any], *, timeout: float) -> Installed:
        """Wait for each module, and start the next."""
        until = self.clock() + timeout
        while True:
            stage, started = Stage(**job["stage"]), self.clock()
            result = self._wait(str(job["id"]), stage, until)
            self._conclude(stage, result, seconds=self.clock() - started)
            if not job["rest"]:
                return Installed()
            job = self._start(job["rest"])

    def recover_services(self, awaiting: tuple[str, ...], *, replaced: bool) -> None:
        """Forget what ran: nobody stopped it. When its files were replaced, the installation that goes well restarts it."""
        if awaiting and not replaced:
            self._carry_out(restart_steps(()))

    def start_services(self, awaiting: tuple[str, ...]) -> None:
        """Restart what still runs the version that was there before the installation."""
        self._carry_out(restart_steps(awaiting))

    def apply(self, wanted: WantedInstance, plan: InstancePlan, observation: Observation, secrets: Mapping[str, str]) -> None:
        """Carry out the plan in one visit, and verify it: the service runs, and its port presents the certificate."""
        self._carry_out(apply_steps(wanted, plan, observation, listen_seconds=self.start_timeout), secrets)

    def remove(self, wanted: WantedInstance, observation: Observation, *, package: bool) -> None:
        """Remove the instance, and with the last one the package."""
        self._carry_out(remove_steps(wanted, observation))
        if package:
            for stage in remove_stages(observation.facts["installed_as"], _machine(observation), seconds=self.install_timeout):
                started = self.clock()
                result = self.run_module(stage.module, stage.arguments)
                self._conclude(stage, result, seconds=self.clock() - started)

    def _ask(self, steps: list[Step], secrets: Mapping[str, str]) -> list[Outcome]:
        return read_result(steps, self.run_module(MODULE, module_arguments(steps, secrets)))

    def _start(self, stages: list[dict[str, Any]]) -> Mapping[str, Any]:
        stage, *rest = stages
        job = self.jobs.start(stage["module"], stage["arguments"], seconds=_LIFETIME_SECONDS)
        return {"id": job, "stage": stage, "rest": rest}

    def _wait(self, job: str, stage: Stage, until: float) -> Mapping[str, Any]:
        polls, alive = 0, True
        while True:
            result = self.jobs.result(job)
            if result is not None:
                return result
            if not alive:
                raise HostError(f"{stage.doing} was cut off: its process is gone and left no result. Run again.")
            if self.clock() > until:
                raise HostError(
                    f"{stage.doing} has not ended in time. It goes on by itself: run again when it is over, or raise "
                    "'tentacle_install_timeout'."
                )
            self.sleep(_POLL_SECONDS[min(polls, len(_POLL_SECONDS) - 1)])
            polls += 1
            if polls % _POLLS_BETWEEN_LOOKS == 0:
                alive = self._is_alive(job)

    def _is_alive(self, job: str) -> bool:
        """Tell whether a background job still has its process: after a restart of the machine, nobody will ever write its result."""
        steps = [do.running(f"async_wrapper.py {job.partition('.')[0]} ")]
        # The job itself may be what changes the host: it is not waited for here.
        return bool(read_result(steps, self.run_module(MODULE, {**module_arguments(steps), "alone": False}))[0].value)

    def _conclude(self, stage: Stage, result: Mapping[str, Any], *, seconds: float) -> None:
        """Log a module that has ended. Raises HostError when it failed."""
        if stage.module == MODULE:
            outcomes = read_result(stage.arguments["steps"], result)
            self._note(command_logs(outcomes))
            try:
                raise_first_failure(outcomes)
            except HostError as error:
                raise HostError(f"{stage.doing} failed: {error}") from error
            return
        self._note([_module_log(stage, result, seconds)])
        if result.get("failed"):
            raise HostError(f"{stage.doing} failed: {why_not(result)}{self._versions()}")

    def _versions(self) -> str:
        """Return which versions the repository has, as apt-cache told while it was read."""
        told = next((entry.stdout for entry in self.log if entry.command.startswith("apt-cache madison")), "")
        versions = [line.split("|")[1].strip() for line in told.splitlines() if line.count("|") > 1]
        return f". The repository has {', '.join(versions[:10])}." if versions else ""


def _machine(observation: Observation) -> LinuxMachine:
    facts = observation.facts
    return LinuxMachine(
        architecture=facts["architecture"],
        tools=frozenset(facts["tools"].split()),
        installed_as=facts["installed_as"] or None,  # type: ignore[arg-type]
        broken=bool(facts["installed_as"]) and observation.package.version is None,
    )


def _module_log(stage: Stage, result: Mapping[str, Any], seconds: float) -> CommandLog:
    what = stage.arguments.get("name") or stage.arguments.get("deb") or stage.arguments.get("url") or stage.arguments.get("src")
    name = what if isinstance(what, str) else " ".join(what or [])
    return CommandLog(
        command=f"{stage.module.rsplit('.', maxsplit=1)[-1]} {name}",
        rc=int(result.get("rc") or bool(result.get("failed"))),
        stdout=_DPKGS_PROGRESS.sub("", str(result.get("stdout") or "")),
        stderr=str(result.get("stderr") or (result.get("msg") if result.get("failed") else "") or ""),
        seconds=round(seconds, 3),
    )
