# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The driver for Windows hosts: reads and changes in batches of steps, installs by `ansible.windows.win_package`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._core.errors import HostError
from ..._core.results import CommandLog
from ..._core.tentacle.instance import WantedInstance
from ..._core.tentacle.observation import Installed, Observation
from ..._core.tentacle.package import WantedPackage
from ..._core.tentacle.package_windows import windows_source
from ..._core.tentacle.plan import InstancePlan
from .. import contract as do
from ..driver import BatchHost
from ..outcomes import Outcome, why_not
from ..step import Step
from . import names as names
from .apply import apply_steps, remove_steps, start_steps, stop_steps
from .batch import module_arguments, read_result
from .observe import observe_steps, read_observation

_ANOTHER_INSTALLER = 1618
_MEANINGS = {
    1601: "the Windows Installer service cannot be reached",
    1602: "the installation was cancelled",
    1603: "a fatal error during installation",
    1619: "the package could not be opened",
    1625: "the installation is forbidden by system policy",
    1633: "the package does not fit this processor",
    1638: "another version of this product is installed already",
}
_POLL_SECONDS = (0.2, 0.5, 1, 2, 3, 4)
_INSTALLER_BUSY_SECONDS = (5, 10, 20, 30)


class WindowsHost(BatchHost):
    """A Windows host."""

    def defaults(self, instance: str) -> tuple[str, str]:
        """Return the default home and application directories of an instance."""
        return names.default_home(instance), names.default_application_directory(instance)

    def observe(self, wanted: WantedInstance) -> Observation:
        """See what is there, in one visit."""
        return read_observation(wanted, self._look(observe_steps(wanted)))

    def check_package(self, package: WantedPackage, observation: Observation) -> None:
        """Raise PackageError for a package that this host cannot install."""
        windows_source(package, observation.package.dotnet_release)

    def start_install(self, package: WantedPackage, observation: Observation) -> Mapping[str, Any]:
        """Stop the services that run, and start the installer in the background."""
        source = windows_source(package, observation.package.dotnet_release)
        programdata = observation.facts["programdata"]
        self._carry_out(stop_steps(observation.running))
        copied = f"{programdata}\\octoboot\\{source.rsplit('/', maxsplit=1)[-1]}" if package.file else None
        if copied:
            self.copy_file(source, copied)
            source = copied
        arguments: dict[str, Any] = {"path": source, "state": "present", "log_path": f"{programdata}\\octoboot\\install.log"}
        if package.checksum:
            arguments |= {"checksum": package.checksum, "checksum_algorithm": "sha256"}
        return {"id": self._start(arguments), "arguments": arguments, "copied": copied}

    def wait_for_install(self, job: Mapping[str, Any], *, timeout: float) -> Installed:
        """Wait for the installer. While another one is at work (exit code 1618) ours is started again, later and later."""
        until = self.clock() + timeout
        job_id, arguments = str(job["id"]), dict(job["arguments"])
        busy = 0
        while True:
            result = self._wait(job_id, until, arguments)
            if result.get("rc") != _ANOTHER_INSTALLER:
                break
            pause = _INSTALLER_BUSY_SECONDS[min(busy, len(_INSTALLER_BUSY_SECONDS) - 1)]
            busy += 1
            if self.clock() + pause > until:
                raise HostError(
                    f"Another installation was still at work on this machine after {timeout:.0f} seconds (exit code 1618). "
                    "Run again when it is over, or raise 'tentacle_install_timeout'."
                )
            self.tell(f"another installer is at work; trying again in {pause} s")
            self.sleep(pause)
            job_id = self._start(arguments)
        if job.get("copied"):
            self._carry_out([do.remove(job["copied"])])
        if result.get("failed"):
            raise HostError(_why_not_installed(arguments, result))
        return Installed(reboot_required=bool(result.get("reboot_required")))

    def recover_services(self, awaiting: tuple[str, ...], *, replaced: bool) -> None:
        """Start what was stopped for an installation that failed."""
        self.start_services(awaiting)

    def start_services(self, awaiting: tuple[str, ...]) -> None:
        """Start what was stopped for an installation."""
        self._carry_out(start_steps(awaiting))

    def apply(self, wanted: WantedInstance, plan: InstancePlan, observation: Observation, secrets: Mapping[str, str]) -> None:
        """Carry out the plan in one visit, and verify it: the service runs, and its port presents the certificate."""
        steps = apply_steps(wanted, plan, observation, service_password="service_password" in secrets, listen_seconds=self.start_timeout)
        self._carry_out(steps, secrets)

    def remove(self, wanted: WantedInstance, observation: Observation, *, package: bool) -> None:
        """Remove the instance, and with the last one the package."""
        self._carry_out(remove_steps(wanted, observation))
        if not package:
            return
        arguments = {"product_id": observation.facts["product_id"], "state": "absent"}
        result = self.run_module("ansible.windows.win_package", arguments)
        self.log.append(_install_log({"path": observation.facts["product_id"]}, result, 0.0))
        if result.get("failed"):
            raise HostError(f"Removing the package of Tentacle failed: {why_not(result)}")

    def _ask(self, steps: list[Step], secrets: Mapping[str, str]) -> list[Outcome]:
        return read_result(steps, self.run_module("ansible.windows.win_powershell", module_arguments(steps, secrets)))

    def _start(self, arguments: dict[str, Any]) -> str:
        return self.jobs.start("ansible.windows.win_package", arguments, seconds=3600)

    def _wait(self, job_id: str, until: float, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        started = self.clock()
        polls = 0
        while True:
            result = self.jobs.result(job_id)
            if result is not None:
                self.log.append(_install_log(arguments, result, self.clock() - started))
                return result
            if self.clock() > until:
                raise HostError(
                    f"Installing {arguments['path']} has not ended in time. It goes on by itself: run again when it is over, "
                    "or raise 'tentacle_install_timeout'."
                )
            self.sleep(_POLL_SECONDS[min(polls, len(_POLL_SECONDS) - 1)])
            polls += 1


def _install_log(arguments: Mapping[str, Any], result: Mapping[str, Any], seconds: float) -> CommandLog:
    return CommandLog(
        command=f"win_package {arguments['path']}",
        rc=result.get("rc"),
        stdout=str(result.get("stdout") or ""),
        stderr=str(result.get("stderr") or result.get("msg") or ""),
        seconds=round(seconds, 3),
    )


def _why_not_installed(arguments: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    rc = result.get("rc")
    what = f"Installing {arguments['path']} failed"
    if rc:
        meaning = f" ({_MEANINGS[rc]})" if rc in _MEANINGS else ""
        return f"{what} with exit code {rc}{meaning}. The installer's log on the machine is {arguments['log_path']}."
    return f"{what}: {' '.join(str(result.get('msg') or 'the module gave no reason').split())}"
