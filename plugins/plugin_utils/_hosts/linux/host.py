# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The driver for Linux hosts: reads and changes in batches of steps, installs by Ansible's own modules, one after the other."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ..._core.errors import HostError
from ..._core.tentacle.instance import Configuration, Defaults, Instance
from ..._core.tentacle.observation import Installed, Observation
from ..._core.tentacle.package import WantedPackage
from ..._core.tentacle.package_linux import LinuxMachine, LinuxSource, linux_source
from ..._core.tentacle.plan import InstancePlan
from ..._core.text import sentence, shown
from .. import contract as do
from ..driver import BatchHost, module_log, require_handed_over, require_readable, why_failed
from ..outcomes import Outcome
from ..proof import told_configuration
from ..shapes import list_of, members, switch, text
from ..step import Step, literal
from . import names
from .apply import apply_steps, note_steps, remove_steps, restart_steps
from .apt import forget_steps, login_steps, read_sources, source_steps, taken_source, withdraw_steps
from .batch import MODULE, module_arguments, read_result
from .observe import file_of, observe_steps, read_observation
from .package import Stage, downloaded, install_stages, leftover_steps, remove_stages

_POLL_SECONDS = (1, 1, 2)
"""Each look is a module's run on the host; the quickest installation takes a few seconds."""

_DPKGS_PROGRESS = re.compile(r"^\(Reading database \.\.\. ?(\d+%)?[\r\n]+", re.MULTILINE)

_POLLS_BETWEEN_LOOKS = 6
_DECIDED = ("architecture", "installed_as", "broken", "apt_source", "apt_ours")
_HANDED_OVER = members(
    id=text,
    architecture=text,
    tools=list_of(text),
    installed_as=lambda value: value in (None, "deb", "rpm", "archive"),
    broken=switch,
    apt_source=text,
    apt_ours=switch,
)


@dataclass
class LinuxHost(BatchHost):
    """A Linux host. `install_timeout` (seconds) is also how long a package manager waits for another one to end."""

    install_timeout: int = 1800
    apt_sources: dict[str, str] = field(default_factory=dict)
    """What the check of the package read, for the installation that follows."""

    poll_seconds = _POLL_SECONDS

    def defaults(self, instance: str) -> Defaults:
        """Return what a new instance gets where nothing is said of it."""
        return names.defaults(instance)

    def check_package(self, package: WantedPackage, observation: Observation) -> None:
        """Raise PackageError for a package that this host cannot install."""
        self._ready(package, observation)

    def start_install(self, package: WantedPackage, observation: Observation) -> Mapping[str, Any]:
        """Note what runs, and start the first of the modules that install in the background."""
        source, machine = self._ready(package, observation)
        stages = install_stages(package, source, machine, seconds=self.install_timeout)
        steps, secrets = login_steps(source)
        self._carry_out([*note_steps({*observation.running, *observation.awaiting}), *steps], secrets)
        if source.is_file:
            self.copy_file(source.location, downloaded(source))
        job = self._start_job(stages[0].module, stages[0].arguments)
        return {"id": job, **asdict(machine), "tools": sorted(machine.tools)}

    def wait_for_install(self, job: Mapping[str, Any], package: WantedPackage, *, timeout: float) -> Installed:
        """Wait for each module, and start the next. The first one runs; all of them are known by the package and the machine."""
        until = self.clock() + timeout
        require_handed_over(job, _HANDED_OVER)
        job_id, facts = job["id"], {name: job[name] for name in _DECIDED}
        machine = LinuxMachine(tools=frozenset(job["tools"]), **facts)
        source = linux_source(package, machine)
        stages = install_stages(package, source, machine, seconds=self.install_timeout)
        for number, stage in enumerate(stages):
            if number:
                job_id = self._start_job(stage.module, stage.arguments)
            started = self.clock()
            result = self._wait(job_id, until, stage.doing)
            try:
                self._conclude(stage, result, seconds=self.clock() - started)
            except HostError:
                self._take_back(source, machine)
                raise
        if source.kind == "apt" and machine.apt_ours:
            self._carry_out(forget_steps())
        return Installed()

    def _ready(self, package: WantedPackage, observation: Observation) -> tuple[LinuxSource, LinuxMachine]:
        """Return where the package comes from, and what of the host decides, with the sources that apt has. Raises OperatorError."""
        machine = _machine(observation)
        source = linux_source(package, machine)
        if source.kind != "apt":
            return source, machine
        self.apt_sources = self.apt_sources or read_sources(self._look(source_steps()))
        taken, ours = taken_source(source, self.apt_sources)
        return source, replace(machine, apt_source=taken, apt_ours=ours)

    def _take_back(self, source: LinuxSource, machine: LinuxMachine) -> None:
        """Take back what was added for apt, or the package's file. Why the installation failed is the matter, so this may fail too."""
        steps = withdraw_steps(machine) if source.kind == "apt" else leftover_steps(source)
        if steps:
            with contextlib.suppress(HostError):
                self._carry_out(steps)

    def recover_services(self, awaiting: tuple[str, ...], *, replaced: bool) -> None:
        """Forget what ran: nobody stopped it. When its files were replaced, the installation that goes well restarts it."""
        if awaiting and not replaced:
            self._carry_out(restart_steps(()))

    def start_services(self, awaiting: tuple[str, ...]) -> None:
        """Restart what still runs the version that was there before the installation."""
        self._carry_out(restart_steps(awaiting))

    def apply(self, instance: Instance, plan: InstancePlan, observation: Observation, secrets: Mapping[str, str]) -> Configuration | None:
        """Carry out the plan in one visit, and verify it; see `Host`."""
        return told_configuration(self._carry_out(apply_steps(instance, plan, observation, listen_seconds=self.start_timeout), secrets))

    def remove(self, instance: Instance, observation: Observation, *, package: bool) -> None:
        """Remove the instance, and with the last one the package."""
        self._carry_out(remove_steps(instance, observation))
        if package:
            sources = read_sources(self._look(source_steps()))
            for stage in remove_stages(observation.facts["installed_as"], _machine(observation), sources, seconds=self.install_timeout):
                started = self.clock()
                result = self.run_module(stage.module, stage.arguments)
                self._conclude(stage, result, seconds=self.clock() - started)

    def _observe_steps(self, instance: Instance) -> dict[str, Step]:
        return observe_steps(instance)

    def _configuration_path(self, instance: Instance) -> str:
        return names.configuration_path(instance.name, instance.home)

    def _file_to_read(self, instance: Instance, outcomes: Mapping[str, Outcome]) -> str | None:
        return file_of(instance, outcomes)

    def _read(self, instance: Instance, outcomes: Mapping[str, Outcome], path: str | None) -> Observation:
        return read_observation(instance, outcomes, path)

    def _ask(self, steps: list[Step], secrets: Mapping[str, str]) -> list[Outcome]:
        return read_result(steps, self.run_module(MODULE, module_arguments(steps, secrets)))

    def _is_alive(self, job: str, polls: int) -> bool:
        """Tell whether a background job still has its process: after a restart of the machine, nobody will ever write its result."""
        if polls % _POLLS_BETWEEN_LOOKS != 0:
            return True
        steps = [do.running(literal(f"async_wrapper.py {job.partition('.')[0]} "))]
        # The job itself may be what changes the host: it is not waited for here.
        outcomes = read_result(steps, self.run_module(MODULE, {**module_arguments(steps), "alone": False}))
        require_readable(outcomes)
        return outcomes[0].value is not False

    def _conclude(self, stage: Stage, result: Mapping[str, Any], *, seconds: float) -> None:
        """Log a module that has ended. Raises HostError when it failed."""
        if stage.module == MODULE:
            try:
                self._heed(read_result(stage.arguments["steps"], result))
            except HostError as error:
                raise HostError(f"{stage.doing} failed: {error}") from error
            return
        self._note([module_log(stage.module, _what(stage), _without_progress(result), seconds)])
        if result.get("failed"):
            raise HostError(f"{stage.doing} failed: {sentence(why_failed(result))}{self._versions()}")

    def _versions(self) -> str:
        """Return which versions the repository has, as apt-cache told while it was read."""
        told = next((entry.stdout for entry in self.log if entry.command.startswith("apt-cache madison")), "")
        versions = [line.split("|")[1].strip() for line in told.splitlines() if line.count("|") > 1]
        return f" The repository has {shown(', '.join(versions[:10]))}." if versions else ""


def _machine(observation: Observation) -> LinuxMachine:
    facts = observation.facts
    return LinuxMachine(
        architecture=facts["architecture"],
        tools=frozenset(facts["tools"].split()),
        installed_as=facts["installed_as"] or None,  # type: ignore[arg-type]
        broken=bool(facts["installed_as"]) and observation.package.version is None,
    )


def _what(stage: Stage) -> str:
    """Return what a module works on, for its log."""
    what = stage.arguments.get("name") or stage.arguments.get("deb") or stage.arguments.get("url") or stage.arguments.get("src") or ""
    return what if isinstance(what, str) else " ".join(what)


def _without_progress(result: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**result, "stdout": _DPKGS_PROGRESS.sub("", str(result.get("stdout") or ""))}
