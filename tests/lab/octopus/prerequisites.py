"""The rules of what machines are registered with: pools, policies, proxies, tag sets, tenants (octopus-api.md 5.3, 9)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from tests.lab.octopus import errors, texts
from tests.lab.octopus.state import State
from tests.lab.octopus.store import Document

POOL_TYPES = ("StaticWorkerPool", "DynamicWorkerPool")
WORKER_TYPES = ("Ubuntu2204", "UbuntuDefault", "Windows2022", "WindowsDefault")
_RUN = ("InheritFromDefault", "Inline")
_POLICY: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "MachineHealthCheckPolicy.HealthCheckType": ("RunScript", "OnlyConnectivity"),
    "MachineHealthCheckPolicy.PowerShellHealthCheckPolicy.RunType": _RUN,
    "MachineHealthCheckPolicy.BashHealthCheckPolicy.RunType": _RUN,
    "MachineConnectivityPolicy.MachineConnectivityBehavior": ("ExpectedToBeOnline", "MayBeOfflineAndCanBeSkipped"),
    "MachineCleanupPolicy.DeleteMachinesBehavior": ("DoNotDelete", "DeleteUnavailableMachines"),
    "MachineUpdatePolicy.CalamariUpdateBehavior": ("UpdateOnDeployment", "UpdateOnNewMachine", "UpdateAlways"),
    "MachineUpdatePolicy.TentacleUpdateBehavior": ("NeverUpdate", "Update"),
})  # fmt: skip
_TIME_SPANS = (
    "MachineHealthCheckPolicy.HealthCheckInterval", "MachineCleanupPolicy.DeleteMachinesElapsedTimeSpan", "PollingRequestQueueTimeout",
    "ConnectionConnectTimeout", "ConnectionRetrySleepInterval", "ConnectionRetryTimeLimit",
)  # fmt: skip
_TIME_SPAN = re.compile(r"(\d+\.)?([01]\d|2[0-3]):[0-5]\d:[0-5]\d")
_TAG_SET_TYPES = ("MultiSelect", "SingleSelect", "FreeText")
_SCOPES = ("Tenant", "Environment", "Project", "Runbook", "Target")
_COLOR = re.compile("#[0-9A-Fa-f]{6}")


def problems(state: State, collection: str, document: Document, former: Document | None) -> Iterator[str]:
    """Say what is wrong with a document of one of these collections; `former` is the one that it replaces."""
    if collection == "workerpools":
        yield from _pool_problems(document, former)
    elif collection == "machinepolicies":
        yield from _policy_problems(document)
    elif collection == "proxies":
        yield from _proxy_problems(document)
    elif collection == "tagsets":
        yield from _tag_set_problems(state, document, former)
    elif collection == "tenants":
        yield from tenant_tag_problems(state, document)
        yield from _connected_problems(state, document)


def _pool_problems(pool: Document, former: Document | None) -> Iterator[str]:
    if pool["WorkerPoolType"] not in POOL_TYPES:
        yield texts.BAD_CHOICE.format(value=pool["WorkerPoolType"], name="WorkerPoolType")
    if former is not None and former["WorkerPoolType"] != pool["WorkerPoolType"]:
        yield texts.POOL_TYPE_STAYS
    if pool["WorkerPoolType"] == "DynamicWorkerPool":
        if not pool["WorkerType"]:
            yield texts.NO_WORKER_TYPE
        elif pool["WorkerType"] not in WORKER_TYPES:
            yield texts.UNKNOWN_WORKER_TYPE.format(name=pool["WorkerType"])


def _at(document: Mapping[str, Any], path: str) -> Any:
    value: Any = document
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _policy_problems(policy: Document) -> Iterator[str]:
    for path, choices in _POLICY.items():
        if (value := _at(policy, path)) not in choices:
            yield texts.BAD_CHOICE.format(value=value, name=path)
    for path in _TIME_SPANS:
        value = _at(policy, path)
        if value is not None and not (isinstance(value, str) and _TIME_SPAN.fullmatch(value)):
            yield texts.BAD_TIME_SPAN.format(value=value, name=path)


def _proxy_problems(proxy: Document) -> Iterator[str]:
    if not (proxy["Host"] or "").strip():
        yield texts.NO_HOST
    if not 0 <= proxy["Port"] <= 65535:
        yield texts.BAD_PORT.format(port=proxy["Port"])
    if proxy["ProxyType"] != "HTTP":
        yield texts.BAD_CHOICE.format(value=proxy["ProxyType"], name="ProxyType")
    password = proxy["Password"] or {}
    if not isinstance(password.get("HasValue", False), bool) or not isinstance(password.get("NewValue"), str | None):
        yield texts.BAD_MEMBER.format(name="Password")


def _tag_set_problems(state: State, tag_set: Document, former: Document | None) -> Iterator[str]:
    names = Counter(tag["Name"].casefold() for tag in tag_set["Tags"])
    if "" in names:
        yield texts.NO_TAG_NAME
    yield from (texts.DUPLICATE_TAG.format(name=name) for name, count in names.items() if name and count > 1)
    spelled = (tag_set["Name"], *(tag["Name"] for tag in tag_set["Tags"]))
    yield from (texts.BAD_TAG_NAME.format(name=name) for name in spelled if "/" in name)
    yield from (texts.BAD_COLOR.format(color=tag["Color"]) for tag in tag_set["Tags"] if not _COLOR.fullmatch(tag["Color"] or ""))
    if tag_set["Type"] not in _TAG_SET_TYPES:
        yield texts.BAD_CHOICE.format(value=tag_set["Type"], name="Type")
    yield from (texts.BAD_CHOICE.format(value=scope, name="Scopes") for scope in tag_set["Scopes"] if scope not in _SCOPES)
    if former is not None:
        if former["IsSystem"] and former["Name"] != tag_set["Name"]:
            yield texts.SYSTEM_TAG_SET_STAYS.format(name=former["Name"])
        yield from _tags_in_use(state, former, {tag["Id"] for tag in tag_set["Tags"]})


def check_tag_set_deletion(state: State, tag_set: Document) -> None:
    """Refuse to delete a tag set of the system, or one with a tag that something has. Raises ApiError 400."""
    if tag_set["IsSystem"]:
        raise errors.invalid(texts.SYSTEM_TAG_SET_STAYS.format(name=tag_set["Name"]))
    if used := list(_tags_in_use(state, tag_set, ())):
        raise errors.invalid(*used)


def _tags_in_use(state: State, tag_set: Document, kept_ids: Iterable[str]) -> Iterator[str]:
    kept = set(kept_ids)
    for tag in tag_set["Tags"]:
        name = tag["CanonicalTagName"]
        having = [
            user["Name"]
            for collection in ("tenants", "machines")
            for user in state.store.all(collection, tag_set["SpaceId"])
            if tag["Id"] not in kept and name.casefold() in {held.casefold() for held in user["TenantTags"]}
        ]
        if having:
            yield texts.TAG_IN_USE.format(tag=name, users=", ".join(having))


def tenant_tag_problems(state: State, document: Document) -> Iterator[str]:
    """Say what is wrong with the tenant tags of a tenant or a target."""
    sets = state.store.all("tagsets", document["SpaceId"])
    known = {tag["CanonicalTagName"].casefold(): tag_set for tag_set in sets for tag in tag_set["Tags"]}
    free = {tag_set["Name"].casefold() for tag_set in sets if tag_set["Type"] == "FreeText"}
    named: Counter[str] = Counter()
    for tag in document["TenantTags"]:
        if "/" not in tag:
            yield texts.BAD_TENANT_TAG
        elif tag.partition("/")[0].casefold() in free:
            continue
        elif tag.casefold() not in known:
            yield texts.UNKNOWN_TAG.format(tag=tag)
        else:
            named[known[tag.casefold()]["Id"]] += 1
    for tag_set in sets:
        if tag_set["Type"] == "SingleSelect" and named[tag_set["Id"]] > 1:
            yield texts.TWO_TAGS_OF_ONE.format(name=tag_set["Name"])


def _connected_problems(state: State, tenant: Document) -> Iterator[str]:
    """Say which environments of connected projects there are not. This server has no projects, so that any id of one will do."""
    for environments in (tenant["ProjectEnvironments"] or {}).values():
        if not isinstance(environments, list) or not all(isinstance(each, str) for each in environments):
            yield texts.BAD_MEMBER.format(name="ProjectEnvironments")
            return
        for identifier in environments:
            if state.store.find("environments", identifier, tenant["SpaceId"]) is None:
                yield texts.UNKNOWN_REFERENCE.format(noun="environment", identifier=identifier)
