# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The driver for Windows hosts: reads and changes in batches of steps, installs by `ansible.windows.win_package`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._core.errors import HostError
from ..._core.tentacle.instance import Configuration, Defaults, Instance
from ..._core.tentacle.observation import Installed, Observation
from ..._core.tentacle.package import WantedPackage
from ..._core.tentacle.package_windows import windows_source
from ..._core.tentacle.plan import InstancePlan
from ..._core.text import sentence
from .. import contract as do
from ..driver import BatchHost, exit_code, installed, module_log, require_handed_over, why_failed
from ..outcomes import Outcome
from ..proof import told_configuration
from ..shapes import members, switch, text, whole
from ..step import Step, optional
from . import names
from .apply import apply_steps, prepare_steps, remove_steps, start_steps, stop_steps
from .batch import module_arguments, read_result
from .observe import file_of, observe_steps, prelude, read_observation, running_services, services_steps
from .package import (
    ANOTHER_INSTALLER,
    DOWNLOAD,
    INSTALLER,
    LOG,
    download_arguments,
    installer_arguments,
    is_remote,
    local_package,
    why_not_downloaded,
    why_not_installed,
)

_POLL_SECONDS = (0.2, 0.5, 1, 2)
"""A host waits half of the last pause, on average, for an installer that has ended already."""
_INSTALLER_BUSY_SECONDS = (5, 10, 20, 30)
_HANDED_OVER = members(id=text, dotnet_release=whole, downloading=switch)
_LOG_LINES = 400
"""The end of a verbose log of the installer's: what failed stands before a list of all properties."""


class WindowsHost(BatchHost):
    """A Windows host."""

    poll_seconds = _POLL_SECONDS

    def defaults(self, instance: str) -> Defaults:
        """Return what a new instance gets where nothing is said of it."""
        return names.defaults(instance)

    def check_package(self, package: WantedPackage, observation: Observation) -> None:
        """Raise PackageError for a package that this host cannot install."""
        windows_source(package, observation.package.dotnet_release)

    def start_install(self, package: WantedPackage, observation: Observation) -> Mapping[str, Any]:
        """Start in the background what comes first. The services that run are stopped last, when all that the installer needs is there.

        Where none runs there is nothing to keep up, and win_package downloads for itself.
        """
        release = observation.package.dotnet_release
        source, programdata = windows_source(package, release), observation.facts["programdata"]
        downloading = bool(observation.running) and is_remote(source)
        self._carry_out(prepare_steps())
        if package.file:
            self.copy_file(package.file, local_package(programdata))
        if downloading:
            job = self._start_job(DOWNLOAD, download_arguments(package, source, programdata))
        else:
            path = local_package(programdata) if package.file else source
            job = self._stop_and_start(observation.running, installer_arguments(package, path, programdata))
        return {"id": job, "dotnet_release": release, "downloading": downloading}

    def wait_for_install(self, job: Mapping[str, Any], package: WantedPackage, *, timeout: float) -> Installed:
        """Wait for the package, where it is downloaded first, and for the installer.

        While another one is at work (exit code 1618) ours is started again, later and later.
        """
        until = self.clock() + timeout
        require_handed_over(job, _HANDED_OVER)
        source, downloading = windows_source(package, job["dotnet_release"]), job["downloading"]
        path = names.PACKAGE if package.file or downloading else source
        job_id = self._install_downloaded(job["id"], package, source, until) if downloading else job["id"]
        result = self._result_of(job_id, INSTALLER, source, until)
        busy = 0
        while exit_code(result) == ANOTHER_INSTALLER:
            pause = _INSTALLER_BUSY_SECONDS[min(busy, len(_INSTALLER_BUSY_SECONDS) - 1)]
            busy += 1
            if self.clock() + pause > until:
                raise HostError(
                    f"Another installation was still at work on this machine after {timeout:.0f} seconds (exit code 1618). "
                    "Run again when it is over, or raise 'tentacle_install_timeout'."
                )
            self.tell(f"another installer is at work; trying again in {pause} s")
            self.sleep(pause)
            programdata = str(self._look(prelude())["programdata"].value)
            arguments = installer_arguments(package, path.replace("<programdata>", programdata), programdata)
            result = self._result_of(self._start_job(INSTALLER, arguments), INSTALLER, source, until)
        leftovers = [do.remove(names.PACKAGE)] if path == names.PACKAGE else []
        if result.get("failed"):
            raise why_not_installed(source, result, self._installers_log(result, leftovers))
        if leftovers:
            self._carry_out([*prelude().values(), *leftovers])
        return installed(result)

    def _install_downloaded(self, job: str, package: WantedPackage, source: str, until: float) -> str:
        """Wait for the download, stop what runs by then, and start the installer; return its job."""
        result = self._result_of(job, DOWNLOAD, source, until)
        if result.get("failed"):
            raise why_not_downloaded(package, source, result)
        seen = self._look(prelude() | services_steps())
        programdata = str(seen["programdata"].value)
        arguments = installer_arguments(package, local_package(programdata), programdata)
        return self._stop_and_start(running_services(seen["services"].value), arguments)

    def _stop_and_start(self, running: tuple[str, ...], arguments: dict[str, Any]) -> str:
        if running:
            self._carry_out(stop_steps(running))
        return self._start_job(INSTALLER, arguments)

    def recover_services(self, awaiting: tuple[str, ...], *, replaced: bool) -> None:
        """Start what was stopped for an installation that failed."""
        if awaiting:
            self.start_services(awaiting)

    def start_services(self, awaiting: tuple[str, ...]) -> None:
        """Start what was stopped for an installation."""
        self._carry_out(start_steps(awaiting))

    def apply(self, instance: Instance, plan: InstancePlan, observation: Observation, secrets: Mapping[str, str]) -> Configuration | None:
        """Carry out the plan in one visit, and verify it; see `Host`."""
        steps = apply_steps(instance, plan, observation, service_password="service_password" in secrets, listen_seconds=self.start_timeout)
        return told_configuration(self._carry_out(steps, secrets))

    def remove(self, instance: Instance, observation: Observation, *, package: bool) -> None:
        """Remove the instance, and with the last one the package."""
        self._carry_out(remove_steps(instance, observation))
        if not package:
            return
        product = observation.facts["product_id"]
        result = self._run_and_note(INSTALLER, {"product_id": product, "state": "absent"}, product)
        if result.get("failed"):
            raise HostError(f"Removing the package of Tentacle failed: {sentence(why_failed(result))}")

    def _observe_steps(self, instance: Instance) -> dict[str, Step]:
        return observe_steps(instance)

    def _configuration_path(self, instance: Instance) -> str:
        return names.configuration_path(instance.name, instance.home)

    def _file_to_read(self, instance: Instance, outcomes: Mapping[str, Outcome]) -> str | None:
        return file_of(instance, outcomes)

    def _read(self, instance: Instance, outcomes: Mapping[str, Outcome], path: str | None) -> Observation:
        return read_observation(instance, outcomes, path)

    def _ask(self, steps: list[Step], secrets: Mapping[str, str]) -> list[Outcome]:
        return read_result(steps, self.run_module("ansible.windows.win_powershell", module_arguments(steps, secrets)))

    def _result_of(self, job: str, module: str, source: str, until: float) -> Mapping[str, Any]:
        started = self.clock()
        result = self._wait(job, until, f"{'Downloading' if module == DOWNLOAD else 'Installing'} {source}")
        self._note([module_log(module, source, result, self.clock() - started)])
        return result

    def _installers_log(self, result: Mapping[str, Any], leftovers: list[Step]) -> str:
        """Return the installer's log, which win_package brings with it when it could read it, else as it stands on the host.

        The visit removes what is left over, too. Empty where no log was written.
        """
        log = str(result.get("log") or "")
        unread = bool(exit_code(result)) and not log.strip()
        tail = optional(do.tail(LOG, _LOG_LINES, encoding="utf-16"))
        steps = [*leftovers, *([tail] if unread else [])]
        try:
            outcomes = self._carry_out([*prelude().values(), *steps]) if steps else []
        except HostError:  # why the installation failed is the matter
            return log
        return str(outcomes[-1].value or "") if unread else log
