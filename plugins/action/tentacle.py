# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring Tentacle on a host to the wanted state: observe, plan, apply. The options are documented in plugins/modules/tentacle.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..plugin_utils._ansible.action import OctopusAction
from ..plugin_utils._ansible.remote import Remote
from ..plugin_utils._ansible.wiring import source_of
from ..plugin_utils._core.arguments import TENTACLE
from ..plugin_utils._core.change import Change, as_dicts, as_diff
from ..plugin_utils._core.errors import Failure, HostError, OperatorError
from ..plugin_utils._core.identity import NEW_CERTIFICATE
from ..plugin_utils._core.tentacle.absence import plan_absence
from ..plugin_utils._core.tentacle.instance import WantedInstance, complete
from ..plugin_utils._core.tentacle.observation import Installed, Observation
from ..plugin_utils._core.tentacle.package import PackagePlan, WantedPackage, plan_package
from ..plugin_utils._core.tentacle.plan import InstancePlan, plan_instance
from ..plugin_utils._core.tentacle.wanted import wanted_instance, wanted_package
from ..plugin_utils._hosts.linux.host import LinuxHost
from ..plugin_utils._hosts.windows.host import WindowsHost
from ..plugin_utils._store.source import IdentitySource
from ..plugin_utils._work.ports import Host


class ActionModule(OctopusAction):
    """octoboot.octopus.tentacle"""

    spec = TENTACLE

    def perform(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Observe, plan, apply."""
        findings = arguments["findings"] or {}
        if findings.get("failure"):
            raise OperatorError(findings["failure"])
        host = str(self._variables["inventory_hostname"])
        source = source_of(arguments, host=host, loader=self._loader)
        remote = Remote(self, self._variables)
        driver = self._driver(arguments, remote)
        package = wanted_package(arguments)
        absent = arguments["state"] == "absent"
        thumbprint = "" if absent else self._thumbprint(source)
        trust = arguments["trust"] if arguments["trust"] is not None else findings.get("trust", [])
        wanted = wanted_instance(arguments, thumbprint=thumbprint, trust=trust)
        work = _Work(self, arguments, driver, source, package, wanted)
        result = work.remove() if absent else work.run()
        return result | ({"ansible_facts": remote.discovered} if remote.discovered else {})

    def _driver(self, arguments: dict[str, Any], remote: Remote) -> Host:
        """Return the driver for the host's kind: whatever the connection, its shell is one of Windows or it is not."""
        if not remote.is_windows:
            return LinuxHost(
                run_module=remote.run_module,
                jobs=remote,
                copy_file=remote.copy_file,
                install_timeout=arguments["install_timeout"],
                start_timeout=arguments["start_timeout"],
                tell=self.say,
            )
        if arguments["run_as"]:
            remote.become_on_windows(arguments["run_as"])
        return WindowsHost(
            run_module=remote.run_module,
            jobs=remote,
            copy_file=remote.copy_file,
            start_timeout=arguments["start_timeout"],
            tell=self.say,
        )

    def _thumbprint(self, source: IdentitySource) -> str:
        if self.check_mode:
            identity = source.find()
            return identity.thumbprint if identity else NEW_CERTIFICATE
        return source.require().thumbprint


class _Work:
    """One task's work on one host. A class because a failure reports what was done until then."""

    def __init__(
        self,
        action: ActionModule,
        arguments: dict[str, Any],
        driver: Host,
        source: IdentitySource,
        package: WantedPackage,
        wanted: WantedInstance,
    ) -> None:
        self.action = action
        self.arguments = arguments
        self.driver = driver
        self.source = source
        self.package = package
        self.wanted = wanted
        self.defaults = driver.defaults(wanted.name)
        self.instance = complete(wanted, None, self.defaults)
        self.changes: list[Change] = []
        self.warnings: list[str] = []
        self.installed = Installed()

    def run(self) -> dict[str, Any]:
        """Bring the instance to what is wanted. Raises Failure with the commands that ran."""
        return self._telling(self._run)

    def remove(self) -> dict[str, Any]:
        """Bring the instance to its absence. Raises Failure with the commands that ran."""
        return self._telling(self._remove)

    def _telling(self, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        try:
            return work()
        except OperatorError as error:
            extra = error.known if isinstance(error, Failure) else {}
            raise Failure(error.said_of(error.option), {**self._result(changed=bool(self.changes)), **extra}) from None

    def _observe(self) -> Observation:
        """See what is there, where the host has it: what is not said stays as it is."""
        observation = self.driver.observe(self.instance)
        found = complete(self.wanted, observation.instance, self.defaults)
        if found.place != self.instance.place:
            observation = self.driver.observe(found)
        self.instance = found
        return observation

    def _remove(self) -> dict[str, Any]:
        observation = self._observe()
        plan = plan_absence(self.wanted.name, observation.instance, version=observation.package.version, others=observation.others)
        self.changes += plan.changes
        if plan.changes and not self.action.check_mode:
            self.action.say(f"removing {', '.join(change.path for change in plan.changes)}")
            self.driver.remove(self.instance, observation, package=plan.package)
        return self._result(changed=bool(plan.changes))

    def _run(self) -> dict[str, Any]:
        job = self.arguments["installation"]
        if job:
            observation = self._finish_install(job)
        else:
            observation = self._observe()
            self._settle_contest(observation)
            package_plan = self._plan_package(observation)
            if package_plan.change:
                self.driver.check_package(self.package, observation)
            if package_plan.change and self.action.check_mode:
                return self._predict(package_plan.change, observation)
            if package_plan.change:
                job = {"job": self.driver.start_install(self.package, observation), "change": package_plan.change.as_dict()}
                self.action.say(f"installing Tentacle {package_plan.change.after}")
                if self.arguments["install_background"]:
                    return self._result(changed=False, pending=True, installation=job, installing=package_plan.change.after)
                observation = self._finish_install(job)
        plan = self._plan_instance(observation, stale=observation.service in observation.awaiting)
        self.changes += plan.changes
        if observation.awaiting:
            self.changes.append(Change("services_awaiting_a_start", list(observation.awaiting), []))
        if not self.action.check_mode:
            self._apply(plan, observation)
        return self._result(changed=bool(self.changes), observation=observation)

    def _settle_contest(self, observation: Observation) -> None:
        """Refuse to go on when a record in Octopus has this machine's name and a thumbprint that the machine does not show.

        When it does show it, the store remembers it first: a run that dies between here and the record's update must know it as ours.
        """
        findings = self.arguments["findings"] or {}
        contested = findings.get("contested")
        if not contested:
            return
        if contested not in observation.instance.shown_thumbprints:
            raise OperatorError(findings["contest"])
        if not self.action.check_mode:
            self.source.remember(contested)

    def _plan_package(self, observation: Observation) -> PackagePlan:
        plan = plan_package(self.package, observation.package.version)
        if plan.warning:
            self.warnings.append(plan.warning)
        return plan

    def _plan_instance(self, observation: Observation, *, stale: bool) -> InstancePlan:
        return plan_instance(self.instance, observation, stale=stale)

    def _predict(self, package_change: Change, observation: Observation) -> dict[str, Any]:
        self.changes = [package_change, *self._plan_instance(observation, stale=True).changes]
        return self._result(changed=True, observation=observation)

    def _finish_install(self, job: dict[str, Any]) -> Observation:
        """Wait for the installer, see what is there now, and start what was stopped for it, also when it failed."""
        change = job["change"]
        try:
            self.installed = self.driver.wait_for_install(job["job"], self.package, timeout=self.arguments["install_timeout"])
        except OperatorError:
            self._recover(self._observe(), change)
            raise
        observation = self._observe()
        version = observation.package.version
        if version is None or (self.package.version is not None and version != self.package.version):
            self._recover(observation, change)
            there = f"Tentacle {version} is installed" if version else "Tentacle is not there"
            raise HostError(f"The installer ended well, but {there}, and it should be {change['after']}.")
        self.changes.append(Change("package.version", change["before"], str(version)))
        return observation

    def _recover(self, observation: Observation, change: dict[str, Any]) -> None:
        version = observation.package.version
        self.driver.recover_services(observation.awaiting, replaced=(str(version) if version else None) != change["before"])

    def _apply(self, plan: InstancePlan, observation: Observation) -> None:
        if plan.changes or plan.restart:
            self.action.say(f"changing {', '.join(change.path for change in plan.changes) or 'nothing, but the running version'}")
            self.driver.apply(self.instance, plan, observation, self._secrets(plan))
        if observation.awaiting:
            applied = {observation.service} if plan.restart else set()
            self.driver.start_services(tuple(name for name in observation.awaiting if name not in applied))

    def _secrets(self, plan: InstancePlan) -> dict[str, str]:
        found: dict[str, str] = {}
        if plan.import_certificate:
            found["pfx"], found["pfx_password"] = self.source.one_time_pfx(self.arguments["pfx_encryption"])
        if plan.service and self.arguments["service_password"]:
            found["service_password"] = self.arguments["service_password"]
        self.action.keep_secret(found.values())
        return found

    def _result(self, *, changed: bool, observation: Observation | None = None, **more: Any) -> dict[str, Any]:
        result: dict[str, Any] = {
            "changed": changed,
            "changes": as_dicts(self.changes),
            "commands": [command.as_dict() for command in self.driver.log],
            "instance": self.wanted.name,
            "thumbprint": self.wanted.thumbprint or None,
            "pending": False,
            "reboot_required": self.installed.reboot_required,
        }
        if observation is not None:
            identity = self.source.find()
            shown = observation.instance.shown_thumbprints
            version = observation.package.version
            result["version"] = str(version) if version else None
            result["port"] = self.instance.port
            result["former_thumbprints"] = [*(identity.former_thumbprints if identity else ()), *shown]
        if self.installed.reboot_required:
            self.warnings.append("The installer asks for a reboot of this machine.")
        if self.warnings:
            result["warnings"] = list(self.warnings)
        if self.action._task.diff and self.changes:
            result["diff"] = as_diff(self.changes, header=f"Tentacle instance {self.wanted.name}")
        return result | more
