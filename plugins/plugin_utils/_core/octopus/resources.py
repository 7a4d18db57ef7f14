# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The things that Octopus Server keeps, as a table: a new one, or a new field of one, is a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import tenancy
from .field import Compare, Field, Record


@dataclass(frozen=True)
class Permissions:
    """What each verb needs (octopus-api.md 5.5)."""

    view: str
    create: str
    edit: str
    delete: str


@dataclass(frozen=True, eq=False)
class ResourceType:
    """A type of resource (octopus-api.md 3.4).

    `path` lies below `/api`, or below `/api/Spaces-N` when `in_space`. `words` is what users call it, `noun` its place in a list of
    changes. `name_filter` is the query parameter that narrows a list to a name: exact where the server has that, else a fragment.
    `name_variable` is what the role calls the name. `endpoint`: Octopus reaches it, and it has a thumbprint.
    `new` is what a new one holds besides its fields. `finish` completes the values that were said by what the record holds.
    `open_member`: the member that is false of one which takes no others. `name_member` holds its name. `template`: the server tells what a
    new one is like.
    `needs_one_of`: options of which a new one needs at least one that is not empty.
    """

    path: str
    id_prefix: str
    words: str
    permissions: Permissions
    in_space: bool = True
    name_filter: str = "partialName"
    noun: str = ""
    name_variable: str = ""
    endpoint: bool = False
    fields: tuple[Field, ...] = ()
    new: Mapping[str, Any] = field(default_factory=dict)
    finish: Callable[[Mapping[str, Any], Record], Mapping[str, Any]] | None = None
    open_member: str = ""
    name_member: str = "Name"
    template: bool = False
    needs_one_of: tuple[str, ...] = ()

    def owns(self, text: str) -> bool:
        """Tell whether `text` has the shape of an id of this type."""
        prefix, _dash, number = text.partition("-")
        return prefix == self.id_prefix and number.isdecimal()

    @property
    def view(self) -> str:
        """The permission to see such things."""
        return self.permissions.view

    @property
    def places(self) -> Field | None:
        """The field that says in which environments it is: there its permissions are asked for."""
        return next((each for each in self.fields if each.kind is ENVIRONMENT), None)

    @property
    def stated(self) -> tuple[Field, ...]:
        """The fields that users state: its own, and those of its endpoint."""
        return (*self.fields, *(each for each in ENDPOINT if self.endpoint and each.kind is not None))

    @property
    def named(self) -> tuple[ResourceType, ...]:
        """The types whose names its fields are given by, and of which all are always read."""
        return tuple(each.kind for each in self.stated if each.kind is not None and not each.on_demand)

    def asked_for(self, said: Mapping[str, Any]) -> tuple[ResourceType, ...]:
        """Return the types that have to be read besides, as something of them is named."""
        return tuple(each.kind for each in self.stated if each.kind is not None and each.on_demand and said.get(each.option))


def _permissions(stem: str) -> Permissions:
    return Permissions(f"{stem}View", f"{stem}Create", f"{stem}Edit", f"{stem}Delete")


_WORKERS = Permissions("WorkerView", "WorkerEdit", "WorkerEdit", "WorkerEdit")
"""There is no other permission for workers, nor for their pools (octopus-api.md 4.4)."""

SPACE = ResourceType("spaces", "Spaces", "space", _permissions("Space"), in_space=False)
TASK = ResourceType("tasks", "ServerTasks", "server task", Permissions("TaskView", "TaskCreate", "TaskEdit", "TaskCancel"), in_space=False)
ENVIRONMENT = ResourceType("environments", "Environments", "environment", _permissions("Environment"))
MACHINE_POLICY = ResourceType("machinepolicies", "MachinePolicies", "machine policy", _permissions("MachinePolicy"))
MACHINE_PROXY = ResourceType("proxies", "Proxies", "machine proxy", _permissions("Proxy"))
TENANT = ResourceType("tenants", "Tenants", "tenant", _permissions("Tenant"))
TAG_SET = ResourceType("tagsets", "TagSets", "tag set", Permissions("", "TagSetCreate", "TagSetEdit", "TagSetDelete"))

ENDPOINT = (
    Field("communication_style", "CommunicationStyle"),
    Field("uri", "Uri", Compare.URI),
    Field("thumbprint", "Thumbprint", Compare.CASELESS),
    Field("proxy", "ProxyId", kind=MACHINE_PROXY, on_demand=True),
)
"""The members of a Tentacle's endpoint (octopus-api.md 4.3)."""

TARGET = ResourceType(
    "machines", "Machines", "deployment target", _permissions("Machine"),
    name_filter="name", noun="target", name_variable="octopus_target_name", endpoint=True,
    fields=(
        Field("machine_policy", "MachinePolicyId", kind=MACHINE_POLICY),
        Field("disabled", "IsDisabled", initial=False),
        Field("environments", "EnvironmentIds", Compare.SET, kind=ENVIRONMENT, required=True, initial=()),
        Field("target_tags", "Roles", Compare.SET, required=True, initial=()),
        # Lists are always sent: old servers fail on null (octopus-api.md 5.4).
        Field(tenancy.TENANTS, "TenantIds", Compare.SET, kind=TENANT, initial=(), on_demand=True),
        Field(tenancy.TAGS, "TenantTags", Compare.SET, kind=TAG_SET, initial=(), on_demand=True),
        Field(
            tenancy.PARTICIPATION, "TenantedDeploymentParticipation", initial=tenancy.UNTENANTED, words=tenancy.PARTICIPATIONS
        ),
    ),
    new={"SkipInitialHealthCheck": True},  # the health check follows for all machines at once
    finish=tenancy.complete,
)  # fmt: skip

WORKER_POOL = ResourceType("workerpools", "WorkerPools", "worker pool", _WORKERS, open_member="CanAddWorkers")
WORKER = ResourceType(
    "workers", "Workers", "worker", _WORKERS,
    name_filter="name", noun="worker", name_variable="octopus_worker_name", endpoint=True,
    fields=(
        Field("machine_policy", "MachinePolicyId", kind=MACHINE_POLICY),
        Field("disabled", "IsDisabled", initial=False),
        Field("worker_pools", "WorkerPoolIds", Compare.SET, kind=WORKER_POOL, required=True, initial=(), on_demand=True),
    ),
    new={"SkipInitialHealthCheck": True},
)  # fmt: skip

MACHINES = (TARGET, WORKER)
"""What a machine may be in Octopus; a snapshot holds these whole."""
