# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The driver for Windows hosts: reads and changes in batches of steps, installs by `ansible.windows.win_package`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._core.errors import HostError
from ..._core.tentacle.instance import Defaults, Instance
from ..._core.tentacle.observation import Installed, Observation
from ..._core.tentacle.package import WantedPackage
from ..._core.tentacle.package_windows import why_msi_failed, windows_source
from ..._core.tentacle.plan import InstancePlan
from ..._core.text import sentence
from .. import contract as do
from ..driver import BatchHost, exit_code, installed, module_log, require_handed_over, why_failed
from ..outcomes import Outcome
from ..shapes import members, text, whole
from ..step import Step, optional
from . import names
from .apply import apply_steps, prepare_steps, remove_steps, start_steps, stop_steps
from .batch import module_arguments, read_result
from .observe import file_of, observe_steps, prelude, read_observation

_PACKAGE = "ansible.windows.win_package"
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
_POLL_SECONDS = (0.2, 0.5, 1, 2)
"""A host waits half of the last pause, on average, for an installer that has ended already."""
_INSTALLER_BUSY_SECONDS = (5, 10, 20, 30)
_HANDED_OVER = members(id=text, dotnet_release=whole)
_LOG = "install.log"
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
        """Start the installer in the background. The services that run are stopped last, when all that it needs is there."""
        release = observation.package.dotnet_release
        programdata = observation.facts["programdata"]
        arguments = _installer(package, windows_source(package, release), programdata)
        self._carry_out(prepare_steps())
        if package.file:
            self.copy_file(package.file, arguments["path"])
        if observation.running:
            self._carry_out(stop_steps(observation.running))
        return {"id": self._start_job(_PACKAGE, arguments), "dotnet_release": release}

    def wait_for_install(self, job: Mapping[str, Any], package: WantedPackage, *, timeout: float) -> Installed:
        """Wait for the installer. While another one is at work (exit code 1618) ours is started again, later and later."""
        until = self.clock() + timeout
        require_handed_over(job, _HANDED_OVER)
        source = windows_source(package, job["dotnet_release"])
        result = self._result_of(job["id"], source, until)
        busy = 0
        while exit_code(result) == _ANOTHER_INSTALLER:
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
            result = self._result_of(self._start_job(_PACKAGE, _installer(package, source, programdata)), source, until)
        leftovers = [do.remove(_copied(package, names.STATE))] if package.file else []
        if result.get("failed"):
            raise HostError(_why_not_installed(source, result, self._installers_log(result, leftovers)))
        if leftovers:
            self._carry_out([*prelude().values(), *leftovers])
        return installed(result)

    def recover_services(self, awaiting: tuple[str, ...], *, replaced: bool) -> None:
        """Start what was stopped for an installation that failed."""
        if awaiting:
            self.start_services(awaiting)

    def start_services(self, awaiting: tuple[str, ...]) -> None:
        """Start what was stopped for an installation."""
        self._carry_out(start_steps(awaiting))

    def apply(self, instance: Instance, plan: InstancePlan, observation: Observation, secrets: Mapping[str, str]) -> None:
        """Carry out the plan in one visit, and verify it: the service runs, and its port presents the certificate."""
        steps = apply_steps(instance, plan, observation, service_password="service_password" in secrets, listen_seconds=self.start_timeout)
        self._carry_out(steps, secrets)

    def remove(self, instance: Instance, observation: Observation, *, package: bool) -> None:
        """Remove the instance, and with the last one the package."""
        self._carry_out(remove_steps(instance, observation))
        if not package:
            return
        product = observation.facts["product_id"]
        result = self._run_and_note(_PACKAGE, {"product_id": product, "state": "absent"}, product)
        if result.get("failed"):
            raise HostError(f"Removing the package of Tentacle failed: {sentence(why_failed(result))}")

    def _observe_steps(self, instance: Instance) -> dict[str, Step]:
        return observe_steps(instance)

    def _file_to_read(self, instance: Instance, outcomes: Mapping[str, Outcome]) -> str | None:
        return file_of(instance, outcomes)

    def _read(self, instance: Instance, outcomes: Mapping[str, Outcome], path: str | None) -> Observation:
        return read_observation(instance, outcomes, path)

    def _ask(self, steps: list[Step], secrets: Mapping[str, str]) -> list[Outcome]:
        return read_result(steps, self.run_module("ansible.windows.win_powershell", module_arguments(steps, secrets)))

    def _result_of(self, job: str, source: str, until: float) -> Mapping[str, Any]:
        started = self.clock()
        result = self._wait(job, until, f"Installing {source}")
        self._note([module_log(_PACKAGE, source, result, self.clock() - started)])
        return result

    def _installers_log(self, result: Mapping[str, Any], leftovers: list[Step]) -> str:
        """Return the installer's log, which win_package brings with it when it could read it, else as it stands on the host.

        The visit removes what is left over, too. Empty where no log was written.
        """
        log = str(result.get("log") or "")
        unread = bool(exit_code(result)) and not log.strip()
        tail = optional(do.tail(f"{names.STATE}\\{_LOG}", _LOG_LINES, encoding="utf-16"))
        steps = [*leftovers, *([tail] if unread else [])]
        try:
            outcomes = self._carry_out([*prelude().values(), *steps]) if steps else []
        except HostError:  # why the installation failed is the matter
            return log
        return str(outcomes[-1].value or "") if unread else log


def _installer(package: WantedPackage, source: str, programdata: str) -> dict[str, Any]:
    """Return the arguments of win_package."""
    state = names.STATE.replace("<programdata>", programdata)
    arguments: dict[str, Any] = {
        "path": _copied(package, state) if package.file else source,
        "state": "present",
        "log_path": f"{state}\\{_LOG}",
    }
    if package.checksum:
        arguments |= {"checksum": package.checksum, "checksum_algorithm": "sha256"}
    return arguments


def _copied(package: WantedPackage, state: str) -> str:
    """Return where a package that is a file of the controller's is put on the host."""
    return f"{state}\\{str(package.file).rsplit('/', maxsplit=1)[-1]}"


def _why_not_installed(source: str, result: Mapping[str, Any], log: str) -> str:
    code = exit_code(result)
    what = f"Installing {source} failed"
    if not code:
        return f"{what}: {sentence(why_failed(result))}"
    meaning = f" ({_MEANINGS[code]})" if code in _MEANINGS else ""
    said = why_msi_failed(log)
    where = names.STATE.replace("<programdata>", "%ProgramData%")
    return f"{what} with exit code {code}{meaning}{f': {said}' if said else ''}. The installer's log on the machine is {where}\\{_LOG}."
