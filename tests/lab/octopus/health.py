"""Health tasks: which machines, what is found at each, and what that makes of the task (octopus-api.md 4.5, 8)."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.lab import halibut
from tests.lab.halibut.messages import CAPABILITIES_SERVICE, GET_CAPABILITIES, capabilities_in, request
from tests.lab.halibut.tunnel import Proxy
from tests.lab.halibut.wire import ProtocolError
from tests.lab.octopus import documents, texts
from tests.lab.octopus.state import State
from tests.lab.octopus.store import Document, now, timestamp
from tests.lab.octopus.tasks import Node, NodeStatus, Task, long_date, time_span

CONCURRENT_MACHINES = 8
TENTACLE_PORT = 10933
_CATEGORIES = {"Healthy": "Info", "HasWarnings": "Warning", "Unhealthy": "Error", "Unavailable": "Fatal"}
_NOUNS = {"Machines": "deployment target", "Workers": "worker"}
_OUTCOMES: dict[str, NodeStatus] = {"Healthy": "Success", "HasWarnings": "SuccessWithWarning"}


@dataclass(frozen=True)
class Finding:
    """What the check of one machine found."""

    status: str
    message: str

    @property
    def is_good(self) -> bool:
        """Say whether deployments can go there."""
        return self.status in _OUTCOMES


class HealthChecks:
    """Runs server tasks; those of other kinds than Health succeed without doing anything."""

    def __init__(self, state: State) -> None:
        self._state = state

    def run(self, task: Task) -> None:
        """Run a task to its end, whatever happens on the way: one that never ended would be waited for."""
        try:
            self._run(task)
        except Exception:
            # A client is told that it failed; whoever runs the lab gets the cause.
            traceback.print_exc()
            with self._state.lock:
                task.complete("Failed", texts.UNEXPECTED)

    def _run(self, task: Task) -> None:
        with self._state.lock:
            task.execute()
            machines = self._machines_of(task) if task.name == "Health" else []
            steps = [task.root.child(f"Check {_NOUNS[machine['Id'].partition('-')[0]]}: {machine['Name']}") for machine in machines]
        with ThreadPoolExecutor(CONCURRENT_MACHINES, thread_name_prefix="octopus-check") as pool:
            passed = list(pool.map(lambda machine, step: self._check(task, machine, step), machines, steps))
        with self._state.lock:
            self._complete(task, machines, passed)

    def _complete(self, task: Task, machines: Sequence[Document], passed: Sequence[bool]) -> None:
        failed = [machine["Name"] for machine, good in zip(machines, passed, strict=True) if not good]
        if task.cancel_requested:
            task.complete("Canceled")
        elif failed:
            task.complete("Failed", texts.NOT_ALL_HEALTHY.format(failed=len(failed), total=len(machines), names=", ".join(failed)))
        else:
            task.complete("Success")

    def _machines_of(self, task: Task) -> list[Document]:
        """Return copies of the machines that a task is about; without any named, all of the space (octopus-api.md 8.1)."""
        arguments = {name.lower(): value for name, value in task.arguments.items()}
        store, restricted = self._state.store, arguments.get("restrictedto")
        found = [] if restricted == "Workers" else store.all("machines", task.space_id)
        found += [] if restricted == "DeploymentTargets" else store.all("workers", task.space_id)
        named = arguments.get("machineids")
        if named:
            wanted = {named} if isinstance(named, str) else set(named)
            found = [machine for machine in found if machine["Id"] in wanted]
        for argument, member in (("environmentid", "EnvironmentIds"), ("workerpoolid", "WorkerPoolIds")):
            if arguments.get(argument):
                found = [machine for machine in found if arguments[argument] in machine.get(member, ())]
        if arguments.get("machinepolicyid"):
            found = [machine for machine in found if self._policy_of(machine)["Id"] == arguments["machinepolicyid"]]
        return [dict(machine) for machine in found]

    def _policy_of(self, machine: Document) -> Document:
        policy = self._state.store.find("machinepolicies", machine["MachinePolicyId"] or "", machine["SpaceId"])
        return policy or documents.default_of(self._state, "machinepolicies", machine["SpaceId"])

    def _check(self, task: Task, machine: Document, step: Node) -> bool:
        """Check one machine; say whether the task may succeed."""
        with self._state.lock:
            if task.cancel_requested or machine["IsDisabled"]:
                step.end("Canceled" if task.cancel_requested else "Skipped")
                return True
            step.start()
            override = self._state.faults.health.get(machine["Name"].casefold())
        finding = Finding(override.status, override.message) if override else self._find(task, machine)
        with self._state.lock:
            self._record(task, machine, finding)
            step.say(_CATEGORIES.get(finding.status, "Error"), finding.message)
            policy = self._policy_of(machine)["MachineConnectivityPolicy"]["MachineConnectivityBehavior"]
            may_be_offline = finding.status == "Unavailable" and policy == "MayBeOfflineAndCanBeSkipped"
            step.end("Skipped" if may_be_offline else _OUTCOMES.get(finding.status, "Failed"))
            return finding.is_good or may_be_offline

    def _find(self, task: Task, machine: Document) -> Finding:
        endpoint = machine["Endpoint"] or {}
        style = endpoint.get("CommunicationStyle")
        if style in _WAYS:
            try:
                _WAYS[style](self, task, endpoint)
            except halibut.HandshakeError as error:
                return Finding("Unavailable", str(error))
        if self._state.settings.first_health == "Healthy" or machine["HasLatestCalamari"]:
            return Finding("Healthy", texts.REACHED.format(when=long_date(now())))
        return Finding(self._state.settings.first_health, texts.CALAMARI_MISSING)

    def _proxy_of(self, endpoint: dict[str, Any]) -> Proxy | None:
        """Return the proxy by which the server reaches a machine. Raises HandshakeError for one that is gone (octopus-api.md 4.3)."""
        identifier = endpoint.get("ProxyId")
        if identifier is None:
            return None
        with self._state.lock:
            proxy = self._state.store.find("proxies", identifier)
            if proxy is None:
                raise halibut.HandshakeError(texts.NO_PROXY.format(identifier=identifier))
            password = self._state.passwords.get(identifier)
        return Proxy(self._state.address_of(proxy["Host"]), proxy["Port"], proxy["Username"] or None, password)

    def _exchange(self, task: Task, endpoint: dict[str, Any]) -> None:
        """Connect to a Tentacle as the server does. Raises HandshakeError."""
        host, port = _place_of(endpoint["Uri"])
        halibut.exchange(
            self._state.address_of(host),
            port,
            certificate_pem=self._state.certificate.certificate_pem,
            private_key_pem=self._state.certificate.private_key_pem,
            expected_thumbprint=endpoint["Thumbprint"],
            timeout=_within(task, self._state.settings.check_timeout),
            through=self._proxy_of(endpoint),
        )

    def _wait_for(self, task: Task, endpoint: dict[str, Any]) -> None:
        """Let a polling Tentacle collect the question what it can do. Raises HandshakeError when it does not, or cannot say."""
        uri = endpoint["Uri"]
        asked = request(uri, endpoint["Thumbprint"], CAPABILITIES_SERVICE, GET_CAPABILITIES)
        try:
            capabilities_in(self._state.polling.ask(uri, asked, _within(task, self._state.settings.collect_timeout)), asked)
        except ProtocolError as error:
            raise halibut.HandshakeError(texts.BAD_ANSWER.format(uri=uri, error=error)) from error

    def _record(self, task: Task, checked: Document, finding: Finding) -> None:
        """Write what was found to the machine, unless it has vanished or leads elsewhere by now."""
        self._state.last_checked[checked["Id"]] = timestamp(now())
        collection = "machines" if checked["Id"].startswith("Machines-") else "workers"
        machine = self._state.store.find(collection, checked["Id"])
        if machine is None or (machine["Uri"], machine["Thumbprint"]) != (checked["Uri"], checked["Thumbprint"]):
            return
        if machine["HealthStatus"] != finding.status:
            self._state.record(f"Machine{finding.status}", machine, f"Machine {machine['Name']} is {finding.status}")
        connectivity_only = bool(task.arguments.get("OnlyTestConnection"))
        self._state.store.put(collection, machine | _health_members(machine, finding, self._state, connectivity_only=connectivity_only))


_WAYS = {"TentaclePassive": HealthChecks._exchange, "TentacleActive": HealthChecks._wait_for}
"""How a Tentacle is met, by its communication style."""


def _within(task: Task, patience: float) -> float:
    """Return how many seconds the check of one machine may take."""
    limit = time_span(task.arguments.get("MachineTimeout"))
    return min(patience, limit.total_seconds()) if limit else patience


def _place_of(uri: str) -> tuple[str, int]:
    """Return the host and port of a Tentacle. Raises HandshakeError for a URI without, or one that leads nowhere."""
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname or "", parts.port or TENTACLE_PORT
        host.encode("idna")  # a name with an empty or endless label is no name
    except ValueError as error:
        raise halibut.HandshakeError(texts.UNREADABLE_URI.format(uri=uri)) from error
    if not host:
        raise halibut.HandshakeError(texts.UNREADABLE_URI.format(uri=uri))
    return host, port


def _health_members(machine: Document, finding: Finding, state: State, *, connectivity_only: bool) -> Document:
    """Return what a check writes: a full one that reached the machine also says what it met there (octopus-api.md 4.5)."""
    summaries = {"Healthy": texts.REACHED, "HasWarnings": texts.REACHED_WITHOUT_CALAMARI, "Unavailable": texts.UNREACHABLE}
    summary = summaries.get(finding.status, texts.UNHEALTHY).format(when=long_date(now()))
    members: Document = {"HealthStatus": finding.status, "StatusSummary": summary}
    if connectivity_only or not finding.is_good:
        return members
    members |= {"HasLatestCalamari": finding.status == "Healthy", "OperatingSystem": "Microsoft Windows Server 2022 Standard",
                "OperatingSystemVersion": "10.0.20348.0", "ShellName": "PowerShell", "ShellVersion": "5.1.20348.2849",
                "Architecture": "AMD64"}  # fmt: skip
    endpoint = machine["Endpoint"] or {}
    if endpoint.get("CommunicationStyle") in documents.TENTACLES:
        locked = bool((endpoint["TentacleVersionDetails"] or {}).get("UpgradeLocked"))
        version = {"UpgradeLocked": locked, "Version": state.settings.tentacle_version, "UpgradeSuggested": False, "UpgradeRequired": False}
        members["Endpoint"] = endpoint | {"TentacleVersionDetails": version, "CertificateSignatureAlgorithm": "sha256RSA"}
    return members
