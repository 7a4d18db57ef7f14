# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What the drivers of both kinds of host are made of: visits, the wait for modules in the background, and the log of what ran."""

from __future__ import annotations

import abc
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar
from urllib.parse import urlsplit

from .._core.errors import HostError, InputError
from .._core.exit_codes import shown_code
from .._core.results import CommandLog
from .._core.tentacle.answers import SETTINGS
from .._core.tentacle.evidence import Stored, configuration_of, stored_proxies
from .._core.tentacle.instance import Defaults, Instance
from .._core.tentacle.neighbours import Neighbour
from .._core.tentacle.observation import Installed, Observation
from .._core.tentacle.paths import same_path
from .._core.tentacle.proxy import PROXY_SETTINGS
from . import contract as do
from .jobs import Jobs
from .outcomes import Outcome, command_logs, describe, raise_first_failure, why_not, with_log_words
from .shapes import Shape, misshapen
from .step import Step, literal, optional

RunModule = Callable[[str, dict[str, Any]], Mapping[str, Any]]
"""Run a module on the host: its name and arguments in, its result out."""

_LIFETIME_SECONDS = 3600
"""How long a module may run on in the background of a host."""

_HTTP = re.compile(r"^HTTP Error [0-9]+: ")


@dataclass
class BatchHost(abc.ABC):
    """A host. `copy_file` puts a file of the controller's onto the host; `sleep` and `clock` are the time of the wait."""

    run_module: RunModule
    jobs: Jobs
    copy_file: Callable[[str, str], None]
    start_timeout: int = 60
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    tell: Callable[[str], None] = lambda message: None
    log: list[CommandLog] = field(default_factory=list)

    poll_seconds: ClassVar[Sequence[float]]
    """How long to wait before each look at a job; the last one holds for all that follow."""

    def observe(self, instance: Instance) -> Observation:
        """See what is there, in one visit; in two where the configuration has to be read from its file. Raises HostError."""
        supposed = literal(self._configuration_path(instance))
        proxies = {"proxies": optional(do.settings(supposed, PROXY_SETTINGS))} if instance.proxies else {}
        outcomes = self._look({**self._observe_steps(instance), **proxies})
        path = self._file_to_read(instance, outcomes)
        if path is not None:
            outcomes |= self._look({"settings": optional(do.settings(literal(path), SETTINGS))})
        observation = self._read(instance, outcomes, path)
        return self._with_proxies(observation, outcomes["proxies"], supposed) if proxies else observation

    def _with_proxies(self, observation: Observation, outcome: Outcome, supposed: str) -> Observation:
        """Add how proxies are used, which Tentacle itself does not tell. Looks once more where the configuration is not where supposed."""
        path = observation.facts["configuration_path"]
        if observation.instance.configuration is None or not path:
            return observation
        if not same_path(literal(path), supposed):
            outcome = self._look({"proxies": optional(do.settings(literal(path), PROXY_SETTINGS))})["proxies"]
        stored = Stored.of(path, outcome.value, outcome.error)
        return replace(observation, instance=replace(observation.instance, proxies=stored_proxies(stored)))

    def neighbours(self, observation: Observation) -> list[Neighbour]:
        """Return the other instances, in one visit. One whose configuration cannot be read is left out: that is its own matter."""
        outcomes = self._look({name: optional(do.settings(literal(path), SETTINGS)) for name, path in observation.others.items()})
        stored = {name: Stored.of(observation.others[name], outcome.value, outcome.error) for name, outcome in outcomes.items()}
        return [Neighbour.of(name, found) for name, file in stored.items() if (found := configuration_of(file, self.defaults(name)))]

    @abc.abstractmethod
    def defaults(self, instance: str) -> Defaults:
        """Return what a new instance gets where nothing is said of it."""

    @abc.abstractmethod
    def _observe_steps(self, instance: Instance) -> dict[str, Step]:
        """Return the steps of the visit that sees what is there, by name."""

    @abc.abstractmethod
    def _configuration_path(self, instance: Instance) -> str:
        """Return where the instance's configuration is, unless somebody has put it elsewhere."""

    @abc.abstractmethod
    def _file_to_read(self, instance: Instance, outcomes: Mapping[str, Outcome]) -> str | None:
        """Return the configuration file that has to be read, as Tentacle's own answer is of no use; None when it is."""

    @abc.abstractmethod
    def _read(self, instance: Instance, outcomes: Mapping[str, Outcome], path: str | None) -> Observation:
        """Turn outcomes into what is there. `path`: the file of the outcome 'settings'. Raises HostError for what no run can mend."""

    @abc.abstractmethod
    def _ask(self, steps: list[Step], secrets: Mapping[str, str]) -> list[Outcome]:
        """Run the module that carries out steps on this kind of host. Raises HostError when it does not run."""

    def _is_alive(self, job: str, polls: int) -> bool:
        """Tell whether a job that gave no result yet still can, after so many looks."""
        return True

    def _look(self, steps: Mapping[str, Step]) -> dict[str, Outcome]:
        """Carry out named steps in one visit. Raises HostError for the first that failed."""
        return dict(zip(steps, self._carry_out(list(steps.values())), strict=True))

    def _carry_out(self, steps: list[Step], secrets: Mapping[str, str] | None = None) -> list[Outcome]:
        """Carry out steps in one visit. Raises HostError for the first that failed, with Tentacle's own words where it has some."""
        return self._heed(self._ask(steps, secrets or {}))

    def _heed(self, outcomes: list[Outcome]) -> list[Outcome]:
        """Log what ran, and return it. Raises HostError for what cannot be read, and for the first step that failed."""
        require_readable(outcomes)
        self._note(command_logs(outcomes))
        try:
            raise_first_failure(outcomes)
        except HostError as error:
            raise with_log_words(error, outcomes) from None
        return outcomes

    def _note(self, logs: list[CommandLog]) -> None:
        self.log += logs
        for entry in logs:
            self.tell(f"{entry.command}: exit code {shown_code(entry.rc)}, {entry.seconds} s")

    def _start_job(self, module: str, arguments: dict[str, Any]) -> str:
        return self.jobs.start(module, arguments, seconds=_LIFETIME_SECONDS)

    def _wait(self, job: str, until: float, doing: str) -> Mapping[str, Any]:
        """Wait for the result of a job. `doing` says what for, in words that "has not ended" may follow. Raises HostError."""
        polls, alive = 0, True
        while True:
            result = self.jobs.result(job)
            if result is not None:
                return result
            if not alive:
                raise HostError(f"{doing} was cut off: its process is gone and left no result. Run again.")
            if self.clock() > until:
                raise HostError(
                    f"{doing} has not ended in time. It goes on by itself: run again when it is over, or raise 'tentacle_install_timeout'."
                )
            self.sleep(self.poll_seconds[min(polls, len(self.poll_seconds) - 1)])
            polls += 1
            alive = self._is_alive(job, polls)

    def _run_and_note(self, module: str, arguments: dict[str, Any], what: str) -> Mapping[str, Any]:
        """Run a module while we wait, and log it by the name of `what` it works on."""
        started = self.clock()
        result = self.run_module(module, arguments)
        self._note([module_log(module, what, result, self.clock() - started)])
        return result


def require_readable(outcomes: Sequence[Outcome]) -> None:
    """Raise HostError for a step whose value is not what such a step gives: from here on everybody may rely on its shape."""
    outcome = misshapen(outcomes)
    if outcome is not None:
        raise HostError(f"{describe(outcome.step)} on the host gave an answer that cannot be read.")


def set_aside_steps(observation: Observation, entry_aside: str) -> list[Step]:
    """Return the steps that put out of the way what is damaged: the entry in the index, the configuration, or both. Both are kept.

    `entry_aside`: where the entry goes. Not inside of the index: Tentacle reads every file there, whatever its name (tentacle.md 2.1).
    """
    entry, damaged = observation.facts["entry"], literal(observation.facts["damaged"])
    return [do.set_aside(path, aside) for path, aside in ((entry, entry_aside), (damaged, f"{damaged}.broken")) if path]


def literal_in_steps(wanted: Instance) -> Instance:
    """Return an instance whose texts that users or hosts choose mean nothing in the steps of a visit but themselves."""
    return replace(
        wanted,
        home=literal(wanted.home),
        application_directory=literal(wanted.application_directory),
        service_account=wanted.service_account and literal(wanted.service_account),
    )


def module_log(module: str, what: str, result: Mapping[str, Any], seconds: float) -> CommandLog:
    """Return the log of one of Ansible's own modules."""
    failed = bool(result.get("failed"))
    code = exit_code(result)
    return CommandLog(
        command=f"{module.rsplit('.', maxsplit=1)[-1]} {what}",
        rc=int(failed) if code is None or (failed and code == 0) else code,
        stdout=str(result.get("stdout") or ""),
        stderr=str(result.get("stderr") or (result.get("msg") if failed else "") or ""),
        seconds=round(seconds, 3),
    )


def exit_code(result: Mapping[str, Any]) -> int | None:
    """Return the exit code in a module's result, also if it is text; None where there is none."""
    return _whole(result.get("rc"))


def why_failed(result: Mapping[str, Any]) -> str:
    """Return why a module failed, in one line; of a download, what the server answered (get_url says so beside its message alone).

    What a server gave may still be the wrong thing: a file of another checksum, or one that the disk has no room for.
    """
    status = _whole(result.get("status_code"))
    if not status or status < 300:
        return why_not(result)
    reason = _HTTP.sub("", str(result.get("response") or "")).strip()
    return f"{_server(result.get('url'))} answered HTTP {status}{f' ({reason})' if reason else ''}"


def require_handed_over(job: Mapping[str, Any], shape: Shape) -> None:
    """Raise InputError for what no task can have handed over to the next."""
    if not shape(job):
        raise InputError("is not what an earlier task returned as 'installation'.", option="installation")


def installed(result: Mapping[str, Any]) -> Installed:
    """Return what a module that installed says of the machine."""
    return Installed(reboot_required=result.get("reboot_required") in (True, "true", "True"))


def _server(url: Any) -> str:
    try:
        return urlsplit(str(url or "")).hostname or "the server"
    except ValueError:
        return "the server"


def _whole(value: Any) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,10}", value.strip()):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
