# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The options by which machines are searched for, one row each; see options.py for those by which they are registered."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from . import checks
from .octopus.resources import TARGET, WORKER, ResourceType
from .octopus.search import health
from .option import Option, Options

SEARCH: Options = (
    Option("names", "list", elements="str", level="task"),
    Option("ids", "list", elements="str", level="task"),
    Option("thumbprints", "list", elements="str", check=checks.thumbprints, level="task"),
    Option("health", "list", elements="str", check=health, level="task"),
    Option("machine_policy", level="task"),
    Option("disabled", "bool", level="task"),
)
"""What may be said of any machine."""

MODULES: Mapping[str, tuple[ResourceType, Options]] = MappingProxyType({
    "deployment_target_info": (TARGET, (
        *SEARCH,
        Option("environments", "list", elements="str", level="task"),
        Option("target_tags", "list", elements="str", aliases=("roles",), level="task"),
        Option("tenants", "list", elements="str", level="task"),
    )),
    "worker_info": (WORKER, (*SEARCH, Option("worker_pools", "list", elements="str", level="task"))),
})  # fmt: skip
"""What each module searches, and its options."""
