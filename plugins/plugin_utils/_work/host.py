# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""One instance of Tentacle on one host: observe, plan, apply. Or take it off again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any

from .._core.change import Change
from .._core.errors import Failure, HostError, InputError, OperatorError, WouldBeKept
from .._core.identity import NEW_CERTIFICATE
from .._core.octopus.registration import Known, known_by
from .._core.results import HostResult
from .._core.tentacle.absence import plan_absence
from .._core.tentacle.communication import require_known_count
from .._core.tentacle.complete import complete
from .._core.tentacle.instance import Configuration, Instance, WantedInstance
from .._core.tentacle.observation import Installed, Observation
from .._core.tentacle.package import WantedPackage, plan_package
from .._core.tentacle.plan import InstancePlan, plan_instance, require_firewall, settle_folders
from .contest import is_settled, require_own_record
from .identity import thumbprint_of
from .manner import Manner
from .neighbours import Note, settle_neighbours
from .ports import Host, Identities
from .recovery import recovering
from .register import Register
from .subscriptions import as_before, copied, remember, subscriptions, with_told


@dataclass
class HostWork:
    """One task's work on one instance. A class, because a failure reports what was done until then.

    `registers` are the instance's records, where some are wanted: the host must not take over another machine's. `unreached` says why
    records that are wanted as well are not among them. `tell` says how the work goes on, `mask` hides values that nobody may see, and
    `claim` takes a thumbprint or a subscription id for this host: it returns which other host of the run has it, if one does; `note`
    tells of the other instances of the host. `told`: what Tentacle said of its configuration when it was changed; `claimed`: thumbprints
    by which Octopus knows the machine until now.
    """

    wanted: WantedInstance
    package: WantedPackage
    host: Host
    identities: Identities
    manner: Manner = field(default_factory=Manner)
    registers: tuple[Register, ...] = ()
    unreached: tuple[str, ...] = ()
    tell: Callable[[str], None] = lambda message: None
    mask: Callable[[Iterable[str]], None] = lambda secrets: None
    claim: Callable[[str], str | None] = lambda thumbprint: None
    note: Note = lambda own: ()
    changes: list[Change] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    installed: Installed = field(default_factory=Installed)
    told: Configuration | None = None
    claimed: list[str] = field(default_factory=list)

    def bring(self, job: Mapping[str, Any] | None = None) -> HostResult:
        """Bring the instance to what is wanted. `job`: the installation that an earlier task started. Raises Failure."""
        return self._telling(lambda: self._bring(job))

    def remove(self) -> HostResult:
        """Bring the instance to its absence. Raises Failure."""
        return self._telling(self._remove)

    def _telling(self, work: Callable[[], HostResult]) -> HostResult:
        try:
            return work()
        except OperatorError as error:
            raise Failure(error, self._result(changed=bool(self.changes)).as_dict()) from None

    def _bring(self, job: Mapping[str, Any] | None) -> HostResult:
        self._take_identity()
        if job:
            observation = self._finish_install(job)
        else:
            observation = self._observe()
            settle_neighbours(self.host, self.instance, observation, self.note)
            require_firewall(self.instance, observation.instance)
            self.warnings += settle_folders(self.instance, observation)
            self._settle_contests(observation)
            plan = plan_package(self.package, observation.package.version)
            require_known_count(self.instance.communication, self.package.version if plan.change else observation.package.version)
            self.warnings += [plan.warning] if plan.warning else []
            if plan.change:
                self.host.check_package(self.package, observation)
                foreseen = self._plan(observation, stale=True)
                if self.manner.check_mode:
                    self.changes = [plan.change, *foreseen.changes]
                    return self._result(changed=True, observation=observation)
                change = plan.change.as_dict()
                with self._recovering(change):
                    job = {"job": self.host.start_install(self.package, observation), "change": change}
                self.tell(f"installing Tentacle {plan.change.after}")
                if self.manner.background:
                    return replace(self._result(changed=False), pending=True, installing=plan.change.after, installation=job)
                observation = self._finish_install(job)
        return self._configure(observation)

    def _take_identity(self) -> None:
        """Find the identity, or make it; but not for a host whose inputs are wrong, nor one that another host has."""
        complete(self.wanted, None, self.host.defaults(self.wanted.name))
        thumbprint = thumbprint_of(self.identities, check_mode=self.manner.check_mode)
        other = self.claim(thumbprint) if thumbprint != NEW_CERTIFICATE else None
        if other:
            raise InputError(
                f"This machine has the same certificate as {other}, and one certificate is one machine to Octopus: "
                "give each its own 'tentacle_identity_name' or 'tentacle_certificate'."
            )
        self.wanted = replace(self.wanted, thumbprint=thumbprint)

    def _configure(self, observation: Observation) -> HostResult:
        plan = self._plan(observation, stale=observation.service in observation.awaiting)
        self.changes += plan.changes
        if observation.awaiting:
            self.changes.append(Change("services_awaiting_a_start", list(observation.awaiting), []))
        if not self.manner.check_mode:
            self._apply(plan, observation)
            self.warnings += remember(self.identities, self.instance, observation.instance, self.told)
        return self._result(changed=bool(self.changes), observation=observation)

    def _remove(self) -> HostResult:
        observation = self._observe()
        problem = observation.instance.firewall_problem
        self.warnings += [f"Whether the firewall has a rule for the instance is not known: {problem}"] if problem else []
        plan = plan_absence(self.wanted.name, observation.instance, version=observation.package.version, others=observation.others)
        self.changes += plan.changes
        if plan.changes and not self.manner.check_mode:
            self.tell(f"removing {', '.join(change.path for change in plan.changes)}")
            self.host.remove(self.instance, observation, package=plan.package)
        return self._result(changed=bool(plan.changes))

    def _observe(self) -> Observation:
        """See what is there. What was not said is where the host has it, so a host that has it elsewhere is looked at once more."""
        defaults = self.host.defaults(self.wanted.name)
        supposed = complete(self.wanted, None, defaults)
        observation = self.host.observe(supposed)
        if observation.instance.configuration is None:
            known = self._known()
            compared = [register.compare(known, None) for register in self.registers]
            self.wanted = replace(self.wanted, communication=as_before(self.wanted.communication, known, compared))
        self.instance: Instance = complete(self.wanted, observation.instance, defaults)
        if self.instance.listening is None:
            # It opens no port: whoever answers at the supposed one is somebody else.
            observation = replace(observation, instance=replace(observation.instance, live_thumbprint=None))
            supposed = replace(supposed, communication=self.instance.communication)
            self.instance = replace(self.instance, subscriptions_of_others=copied(observation.instance, self._is_others))
        return observation if self.instance.place == supposed.place else self.host.observe(self.instance)

    def _is_others(self, shown: tuple[str, ...], subscription: str) -> bool:
        known = self._known(shown)
        return bool(self.claim(subscription)) or any(register.is_others(known, subscription) for register in self.registers)

    def _settle_contests(self, observation: Observation) -> None:
        """Refuse to go on with a record in Octopus that may be another machine's: see `require_own_record`."""
        known = replace(self._known(), subscriptions=subscriptions(self.instance, observation.instance, self.told))
        for register in self.registers:
            claimed = require_own_record(register, known, self.instance.port, observation.instance.shown_thumbprints)
            self.claimed += claimed
            for thumbprint in () if self.manner.check_mode else claimed:
                self.identities.remember(thumbprint)

    def _plan(self, observation: Observation, *, stale: bool) -> InstancePlan:
        plan = plan_instance(self.instance, observation, stale=stale)
        if self.manner.check_mode and plan.import_certificate and self.wanted.thumbprint != NEW_CERTIFICATE:
            self.identities.require_key()  # as the run that is foreseen will have to
        for register in self.registers if plan.create else ():
            register.made_anew = True
        sent = "private key" if plan.import_certificate else "service's password" if plan.service and self.manner.service_password else None
        if self.manner.keeps_files and sent:
            raise WouldBeKept(sent)
        return plan

    def _recovering(self, change: Mapping[str, Any]) -> AbstractContextManager[None]:
        return recovering(self.host, self._observe, change, self.warnings)

    def _finish_install(self, job: Mapping[str, Any]) -> Observation:
        """Wait for the installer, see what is there now, and start what was stopped for it, also when it failed."""
        change = job["change"]
        with self._recovering(change):
            self.installed = self.host.wait_for_install(job["job"], self.package, timeout=self.manner.install_timeout)
            observation = self._observe()
            version = observation.package.version
            if version is None or (self.package.version is not None and version != self.package.version):
                found = f"Tentacle {version} is installed" if version else "no Tentacle is there"
                raise HostError(f"The installer ended well, but {found}, where {change['after']} was to be installed.")
        self.changes.append(Change("package.version", change["before"], str(version)))
        return observation

    def _apply(self, plan: InstancePlan, observation: Observation) -> None:
        if plan.changes or plan.restart:
            self.tell(f"changing {', '.join(change.path for change in plan.changes) or 'nothing, but the running version'}")
            self.told = self.host.apply(self.instance, plan, observation, self._secrets(plan))
            self.changes = list(with_told(self.changes, self.told))
        if observation.awaiting:
            applied = {observation.service} if plan.restart else set()
            self.host.start_services(tuple(name for name in observation.awaiting if name not in applied))

    def _secrets(self, plan: InstancePlan) -> dict[str, str]:
        found: dict[str, str] = {}
        if plan.import_certificate:
            found["pfx"], found["pfx_password"] = self.identities.one_time_pfx(self.manner.pfx_encryption)
        if plan.service and self.manner.service_password:
            found["service_password"] = self.manner.service_password.reveal()
        self.mask(found.values())
        return found

    def _known(self, shown: tuple[str, ...] = ()) -> Known:
        known = known_by(self.identities.find()) or Known(self.wanted.thumbprint)
        return replace(known, thumbprint=self.wanted.thumbprint, own=tuple(dict.fromkeys((*known.own, *self.claimed, *shown))))

    def _result(self, *, changed: bool, observation: Observation | None = None) -> HostResult:
        result = HostResult(
            instance=self.wanted.name,
            changed=changed,
            thumbprint=self.wanted.thumbprint or None,
            changes=tuple(self.changes),
            commands=tuple(self.host.log),
            reboot_required=self.installed.reboot_required,
            warnings=(*self.warnings, *self.unreached, *(observation.warnings if observation else ()), *self.installed.warnings),
        )
        if observation is None:
            return result
        polled = subscriptions(self.instance, observation.instance, self.told)
        known = replace(self._known(observation.instance.shown_thumbprints), subscriptions=polled)
        version = observation.package.version
        compared = [register.compare(known, self.instance.port) for register in self.registers]
        counts = {"health_check": self.manner.health_check, "strict": self.manner.health_strict}
        ids = tuple(each.record_id for each in compared if each.record_id)
        return replace(
            result,
            version=str(version) if version else None,
            port=self.instance.port,
            subscription_ids=polled,
            former_thumbprints=known.own,
            settled=not self.unreached and all(is_settled(each, **counts) for each in compared) if compared else None,
            machine_id=ids[0] if ids else None,
            machine_ids=ids or None,
        )
