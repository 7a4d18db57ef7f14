# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.

"""The kinds of things that Octopus Server keeps, as a table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind of resource (octopus-api.md 3.4).

    `path` lies below `/api`, or below `/api/Spaces-N` when `in_space`. `words` is what users call it. `view` is the permission to see
    it. `name_filter` is the query parameter that narrows a list to a name: exact where the server has that, else a fragment.
    """

    path: str
    id_prefix: str
    words: str
    view: str | None = None
    in_space: bool = True
    name_filter: str = "partialName"

    def owns(self, text: str) -> bool:
        """Tell whether `text` has the shape of an id of this kind."""
        prefix, _dash, number = text.partition("-")
        return prefix == self.id_prefix and number.isdecimal()


SPACE = Kind("spaces", "Spaces", "space", "SpaceView", in_space=False)
MACHINE = Kind("machines", "Machines", "deployment target", "MachineView", name_filter="name")
WORKER = Kind("workers", "Workers", "worker", "WorkerView", name_filter="name")
ENVIRONMENT = Kind("environments", "Environments", "environment", "EnvironmentView")
MACHINE_POLICY = Kind("machinepolicies", "MachinePolicies", "machine policy", "MachinePolicyView")
WORKER_POOL = Kind("workerpools", "WorkerPools", "worker pool", "WorkerView")
TENANT = Kind("tenants", "Tenants", "tenant", "TenantView")
TAG_SET = Kind("tagsets", "TagSets", "tag set", "TenantView")
PROXY = Kind("proxies", "Proxies", "proxy", "ProxyView")
TASK = Kind("tasks", "ServerTasks", "server task", "TaskView", in_space=False)
