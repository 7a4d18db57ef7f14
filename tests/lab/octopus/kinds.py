"""The kinds of resource: what a client may write, how lists are ordered and filtered, who may do what.

One row per kind; the handlers in `routes/resources.py` serve them all. Sources: octopus-api.md 1.2 (link templates), 3.2 (pages),
3.4 (filters), 4 and 9 (members), 5.5 (permissions).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from tests.lab.octopus import machine_policy
from tests.lab.octopus.query import Filter, any_of, contains
from tests.lab.octopus.store import Document

NAMES: Mapping[str, Filter] = MappingProxyType({"ids": any_of("Id"), "name": any_of("Name"), "partialName": contains("Name")})
MACHINES: Mapping[str, Filter] = MappingProxyType(
    {
        **NAMES,
        "isDisabled": any_of("IsDisabled"),
        "healthStatuses": any_of("HealthStatus"),
        "commStyles": any_of("Endpoint.CommunicationStyle"),
        "thumbprint": any_of("Thumbprint"),
        "shellNames": any_of("ShellName"),
        "operatingSystemNames": any_of("OperatingSystem"),
    }
)
TARGETS: Mapping[str, Filter] = MappingProxyType(
    {
        **MACHINES,
        "roles": any_of("Roles"),
        "targetTags": any_of("Roles"),
        "environmentIds": any_of("EnvironmentIds"),
        "tenantIds": any_of("TenantIds"),
        "tenantTags": any_of("TenantTags"),
    }
)

NEVER_CHECKED: Mapping[str, Any] = MappingProxyType({
    "Thumbprint": None, "Uri": None, "HealthStatus": "Unknown", "HasLatestCalamari": False, "StatusSummary": "", "IsInProcess": False,
    "OperatingSystem": "Unknown", "OperatingSystemVersion": "Unknown", "ShellName": "Unknown", "ShellVersion": "Unknown",
    "Architecture": "Unknown",
})  # fmt: skip


@dataclass(frozen=True)
class Permissions:
    """What each verb needs; empty: anyone who is logged in."""

    view: str
    create: str
    edit: str
    delete: str


def _permissions(stem: str) -> Permissions:
    return Permissions(f"{stem}View", f"{stem}Create", f"{stem}Edit", f"{stem}Delete")


@dataclass(frozen=True)
class Kind:
    """One kind of resource."""

    collection: str
    item_type: str
    prefix: str
    noun: str
    link: str
    template: str
    permissions: Permissions
    writable: Mapping[str, Any]
    """The members that a client may write, with the value of one that is left out."""
    owned: Mapping[str, Any] = field(default_factory=dict)
    """The members that only the server writes, with their first value."""
    filters: Mapping[str, Filter] = field(default_factory=lambda: NAMES)
    default_take: int = 30
    order: str = "Name"
    links: Mapping[str, str] = field(default_factory=dict)
    name_limit: int | None = None
    has_all: bool = True

    def sort_key(self, document: Document) -> tuple[Any, str]:
        """Order documents as the lists of this kind are ordered."""
        first = document[self.order] if self.order != "Name" else 0
        return (first, document["Name"].casefold())

    def environments_of(self, document: Document) -> tuple[str, ...] | None:
        """Return the environments that a permission must reach for this document, None for a kind that is in none."""
        if self.collection == "environments":
            return (document["Id"],)
        return tuple(document["EnvironmentIds"]) if self.collection == "machines" else None


ENVIRONMENTS = Kind(
    "environments", "Environment", "Environments", "environment", "Environments", "name,skip,ids,take,partialName",
    _permissions("Environment"),
    {"Name": "", "Slug": None, "Description": "", "SortOrder": 0, "UseGuidedFailure": False, "AllowDynamicInfrastructure": False,
     "ExtensionSettings": [], "EnvironmentTags": []},
    filters={**NAMES, "name": contains("Name")},  # a fragment, for old times' sake (octopus-api.md 3.4)
    default_take=10, order="SortOrder", name_limit=50,
    links={"Machines": "/machines{?skip,take,partialName,roles,isDisabled,healthStatuses,commStyles,tenantIds,tenantTags}",
           "Metadata": "/metadata", "SinglyScopedVariableDetails": "/singlyScopedVariableDetails"},
)  # fmt: skip
MACHINE = Kind(
    "machines", "Machine", "Machines", "machine", "Machines",
    "skip,take,name,ids,partialName,roles,isDisabled,healthStatuses,commStyles,tenantIds,tenantTags,environmentIds,thumbprint,"
    "deploymentId,shellNames,deploymentTargetTypes",
    _permissions("Machine"),
    {"Name": "", "Slug": None, "IsDisabled": False, "MachinePolicyId": None, "Endpoint": None, "EnvironmentIds": [], "Roles": [],
     "TenantedDeploymentParticipation": "Untenanted", "TenantIds": [], "TenantTags": []},
    owned=NEVER_CHECKED, filters=TARGETS, links={"Connection": "/connection", "TasksTemplate": "/tasks{?skip,take}"},
)  # fmt: skip
WORKER = Kind(
    "workers", "Worker", "Workers", "worker", "Workers",
    "skip,take,name,ids,partialName,isDisabled,healthStatuses,commStyles,workerPoolIds,thumbprint,shellNames",
    Permissions("WorkerView", "WorkerEdit", "WorkerEdit", "WorkerEdit"),
    {"Name": "", "Slug": None, "IsDisabled": False, "MachinePolicyId": None, "Endpoint": None, "WorkerPoolIds": []},
    owned=NEVER_CHECKED, filters={**MACHINES, "workerPoolIds": any_of("WorkerPoolIds")},
    links={"Connection": "/connection", "TasksTemplate": "/tasks{?skip,take}"},
)  # fmt: skip
WORKER_POOLS = Kind(
    "workerpools", "WorkerPool", "WorkerPools", "worker pool", "WorkerPools", "name,skip,ids,take,partialName",
    Permissions("WorkerView", "WorkerEdit", "WorkerEdit", "WorkerEdit"),
    {"Name": "", "Slug": None, "Description": "", "IsDefault": False, "SortOrder": 0, "WorkerPoolType": "StaticWorkerPool",
     "WorkerType": None},
    owned={"CanAddWorkers": True}, default_take=10, order="SortOrder", links={"Workers": "/workers{?skip,take,partialName}"},
)  # fmt: skip
MACHINE_POLICIES = Kind(
    "machinepolicies", "MachinePolicy", "MachinePolicies", "machine policy", "MachinePolicies", "skip,take,ids,partialName",
    _permissions("MachinePolicy"), machine_policy.DEFAULTS,
    links={"Machines": "/machines{?skip,take}", "Workers": "/workers{?skip,take}"},
)  # fmt: skip
PROXIES = Kind(
    "proxies", "Proxy", "Proxies", "proxy", "Proxies", "skip,take,ids,partialName", _permissions("Proxy"),
    {"Name": "", "Host": "", "Port": 80, "ProxyType": "HTTP", "Username": None, "Password": None},
)  # fmt: skip
TENANTS = Kind(
    "tenants", "Tenant", "Tenants", "tenant", "Tenants", "skip,projectId,name,tags,take,ids,partialName", _permissions("Tenant"),
    {"Name": "", "Slug": None, "Description": "", "IsDisabled": False, "TenantTags": [], "ProjectEnvironments": {},
     "ClonedFromTenantId": None, "CustomFields": []},
    filters={**NAMES, "tags": any_of("TenantTags")},
)  # fmt: skip
TAG_SETS = Kind(
    "tagsets", "TagSet", "TagSets", "tag set", "TagSets", "skip,take,ids,partialName",
    Permissions("", "TagSetCreate", "TagSetEdit", "TagSetDelete"),
    {"Name": "", "Description": "", "SortOrder": 0, "Type": "MultiSelect", "Scopes": ["Tenant"], "Tags": []},
    owned={"IsSystem": False}, filters={**NAMES, "scopes": any_of("Scopes")}, order="SortOrder",
)  # fmt: skip

KINDS = (ENVIRONMENTS, MACHINE, WORKER, WORKER_POOLS, MACHINE_POLICIES, PROXIES, TENANTS, TAG_SETS)
MACHINE_LIKE = (MACHINE, WORKER)
BY_COLLECTION: Mapping[str, Kind] = MappingProxyType({kind.collection: kind for kind in KINDS})
