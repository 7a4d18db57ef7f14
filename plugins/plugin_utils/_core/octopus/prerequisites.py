# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What machines are registered with, as rows: environments, pools, policies, proxies, tag sets, tenants, spaces (octopus-api.md 2.2, 9)."""

from __future__ import annotations

from dataclasses import replace

from . import resources
from .field import LEFT_OUT, Compare, Field
from .resources import Permissions, ResourceType

TEAM = ResourceType("teams", "Teams", "team", Permissions("TeamView", "TeamCreate", "TeamEdit", "TeamDelete"), in_space=False)
USER = ResourceType(
    "users", "Users", "user", Permissions("UserView", "UserEdit", "UserEdit", "UserEdit"), in_space=False, name_member="Username"
)  # fmt: skip


def _said(option: str, member: str, **more: object) -> Field:
    """Return a field that is sent only when it is said, or is there already."""
    return Field(option, member, **{"initial": LEFT_OUT, **more})  # type: ignore[arg-type]


_DESCRIPTION = _said("description", "Description")
_CHECK, _CLEANUP, _UPDATE = "MachineHealthCheckPolicy", "MachineCleanupPolicy", "MachineUpdatePolicy"

ENVIRONMENT = replace(
    resources.ENVIRONMENT,
    noun="environment",
    fields=(
        _DESCRIPTION,
        _said("sort_order", "SortOrder", of=int),
        _said("guided_failure", "UseGuidedFailure", of=bool),
        _said("dynamic_infrastructure", "AllowDynamicInfrastructure", of=bool),
    ),
)
WORKER_POOL = replace(
    resources.WORKER_POOL,
    noun="worker_pool",
    fields=(
        _DESCRIPTION,
        _said("sort_order", "SortOrder", of=int),
        _said("default", "IsDefault", of=bool),
        Field("type", "WorkerPoolType", initial="StaticWorkerPool", fixed=True),
        _said("worker_type", "WorkerType"),
    ),
)
MACHINE_POLICY = replace(
    resources.MACHINE_POLICY,
    noun="machine_policy",
    template=True,
    fields=(
        _DESCRIPTION,
        _said("default", "IsDefault", of=bool),
        _said("health_check_type", f"{_CHECK}.HealthCheckType"),
        _said("health_check_interval", f"{_CHECK}.HealthCheckInterval"),
        _said("powershell_run_type", f"{_CHECK}.PowerShellHealthCheckPolicy.RunType"),
        _said("powershell_script", f"{_CHECK}.PowerShellHealthCheckPolicy.ScriptBody"),
        _said("bash_run_type", f"{_CHECK}.BashHealthCheckPolicy.RunType"),
        _said("bash_script", f"{_CHECK}.BashHealthCheckPolicy.ScriptBody"),
        _said("connectivity", "MachineConnectivityPolicy.MachineConnectivityBehavior"),
        _said("cleanup", f"{_CLEANUP}.DeleteMachinesBehavior"),
        _said("cleanup_after", f"{_CLEANUP}.DeleteMachinesElapsedTimeSpan"),
        _said("calamari_update", f"{_UPDATE}.CalamariUpdateBehavior"),
        _said("tentacle_update", f"{_UPDATE}.TentacleUpdateBehavior"),
        _said("polling_request_queue_timeout", "PollingRequestQueueTimeout"),
        _said("connection_connect_timeout", "ConnectionConnectTimeout"),
        _said("connection_retry_count_limit", "ConnectionRetryCountLimit", of=int),
        _said("connection_retry_sleep_interval", "ConnectionRetrySleepInterval"),
        _said("connection_retry_time_limit", "ConnectionRetryTimeLimit"),
    ),
)
MACHINE_PROXY = replace(
    resources.MACHINE_PROXY,
    noun="machine_proxy",
    fields=(
        Field("host", "Host", initial="", required=True),
        Field("port", "Port", initial=80, of=int),
        _said("username", "Username"),
        _said("password", "Password", compare=Compare.WRITE_ONLY),
    ),
    new={"ProxyType": "HTTP"},
)
TAG_SET = replace(
    resources.TAG_SET,
    noun="tag_set",
    fields=(
        _DESCRIPTION,
        _said("sort_order", "SortOrder", of=int),
        _said("type", "Type"),
        _said("scopes", "Scopes", compare=Compare.SET),
        Field("tags", "Tags", Compare.ITEMS, initial=()),
    ),
)
TENANT = replace(
    resources.TENANT,
    noun="tenant",
    fields=(
        _DESCRIPTION,
        _said("disabled", "IsDisabled", of=bool),
        Field("tags", "TenantTags", Compare.SET, kind=resources.TAG_SET, initial=()),
    ),
    new={"ProjectEnvironments": {}},
)
SPACE = replace(
    resources.SPACE,
    noun="space",
    needs_one_of=("manager_teams", "managers"),
    fields=(
        _DESCRIPTION,
        Field("task_queue_stopped", "TaskQueueStopped", initial=False, closing=True),
        # The server adds a team of its own, which is sent back as it came. Both lists are always sent: 2025.3 refuses a null.
        Field("manager_teams", "SpaceManagersTeams", Compare.SET, kind=TEAM, initial=(), theirs="teams-spacemanagers-"),
        Field("managers", "SpaceManagersTeamMembers", Compare.SET, kind=USER, initial=()),
    ),
)

PREREQUISITES = (ENVIRONMENT, WORKER_POOL, MACHINE_POLICY, MACHINE_PROXY, TAG_SET, TENANT, SPACE)
