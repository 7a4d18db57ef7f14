# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The options of the modules for what machines are registered with, one row each; see options.py for those of machines.

Only tasks say them. What a task does not say stays as the server has it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from . import checks
from .errors import InputError
from .metadata import as_strings
from .octopus import prerequisites as rows
from .octopus.resources import ResourceType
from .option import Option, Options
from .options import STATE
from .text import shown

_COLOR = re.compile("#[0-9A-Fa-f]{6}")
_TIME_SPAN = re.compile(r"(?:([0-9]{1,6})\.)?([0-9]{1,2}):([0-9]{2}):([0-9]{2})")
_TAG_MEMBERS = ("name", "color", "description")


def time_span(value: str) -> str:
    """Return a time as Octopus writes it: hours, minutes and seconds, with days before them (octopus-api.md 1.5)."""
    found = _TIME_SPAN.fullmatch(value)
    if not found or int(found[3]) > 59 or int(found[4]) > 59:
        raise InputError(f"must be a time such as 01:30:00 (hours, minutes, seconds) or 7.00:00:00 (days before), and is '{shown(value)}'.")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    days, hours = days + hours // 24, hours % 24
    return f"{f'{days}.' if days else ''}{hours:02}:{minutes:02}:{seconds:02}"


def tags(value: Any) -> list[dict[str, Any]]:
    """Return the tags of a tag set, each with a name, and maybe a color and a description. Text holds names alone."""
    found = [_tag(item) for item in (value if isinstance(value, list) else as_strings(value) or ())]
    seen: set[str] = set()
    for name in (tag["name"] for tag in found):
        if name.casefold() in seen:
            raise InputError(f"names '{shown(name)}' twice.")
        seen.add(name.casefold())
    return found


def _tag(item: Any) -> dict[str, Any]:
    tag = {"name": item} if isinstance(item, str) else item
    if not isinstance(tag, dict) or set(tag) - set(_TAG_MEMBERS):
        raise InputError(f"must be a list of names, or of dictionaries with {', '.join(_TAG_MEMBERS)}, and holds {shown(repr(item), 80)}.")
    said = {member: str(text) for member, text in tag.items() if text is not None}
    name = checks.record_name(said.get("name", ""))
    if "/" in name:
        raise InputError(f"holds the name '{shown(name)}': a tag's name must not contain a slash.")
    if "color" in said and not _COLOR.fullmatch(said["color"]):
        raise InputError(f"gives '{shown(name)}' the color '{shown(said['color'])}': a color is written as #RRGGBB.")
    return {**said, "name": name}


def count(value: int) -> int:
    """Return a number that is not negative."""
    if isinstance(value, bool) or value < 0:
        raise InputError(f"must be 0 or more, and is {str(value).lower()}.")
    return value


def _task(name: str, type: str = "str", **more: Any) -> Option:  # noqa: A002 - as Ansible calls it
    return Option(name, type, level="task", **more)


PREREQUISITE: Options = (STATE, _task("name", required=True, check=checks.record_name))
"""What all of these modules have."""

_DESCRIPTION = _task("description", blank=True)
_SORT_ORDER = _task("sort_order", "int")
_RUN_TYPES = ("InheritFromDefault", "Inline")

ENVIRONMENT: Options = (_DESCRIPTION, _SORT_ORDER, _task("guided_failure", "bool"), _task("dynamic_infrastructure", "bool"))
WORKER_POOL: Options = (
    _DESCRIPTION, _SORT_ORDER, _task("default", "bool"),
    _task("type", choices=("StaticWorkerPool", "DynamicWorkerPool"), new="StaticWorkerPool"), _task("worker_type"),
)  # fmt: skip
MACHINE_POLICY: Options = (
    _DESCRIPTION,
    _task("default", "bool"),
    _task("health_check_type", choices=("RunScript", "OnlyConnectivity")),
    _task("health_check_interval", check=time_span),
    _task("powershell_run_type", choices=_RUN_TYPES),
    _task("powershell_script", blank=True),
    _task("bash_run_type", choices=_RUN_TYPES),
    _task("bash_script", blank=True),
    _task("connectivity", choices=("ExpectedToBeOnline", "MayBeOfflineAndCanBeSkipped")),
    _task("cleanup", choices=("DoNotDelete", "DeleteUnavailableMachines")),
    _task("cleanup_after", check=time_span),
    _task("calamari_update", choices=("UpdateOnDeployment", "UpdateOnNewMachine", "UpdateAlways")),
    _task("tentacle_update", choices=("NeverUpdate", "Update")),
    _task("polling_request_queue_timeout", check=time_span),
    _task("connection_connect_timeout", check=time_span),
    _task("connection_retry_count_limit", "int", check=count),
    _task("connection_retry_sleep_interval", check=time_span),
    _task("connection_retry_time_limit", check=time_span),
)
MACHINE_PROXY: Options = (
    _task("host", check=checks.address),
    _task("port", "int", new="80", check=checks.port),
    _task("username", blank=True),
    _task("password", no_log=True),
    _task("update_password", choices=("on_create", "always"), default="on_create", no_log=False),
)
TAG_SET: Options = (
    _DESCRIPTION, _SORT_ORDER,
    _task("type", choices=("MultiSelect", "SingleSelect", "FreeText")),
    _task("scopes", "list", elements="str"),
    _task("tags", "list", elements="raw", check=tags),
    _task("tags_exclusive", "bool", default=False),
)  # fmt: skip
TENANT: Options = (_DESCRIPTION, _task("disabled", "bool"), _task("tags", "list", elements="str"))
SPACE: Options = (
    _DESCRIPTION, _task("task_queue_stopped", "bool", new="false"),
    _task("manager_teams", "list", elements="str"), _task("managers", "list", elements="str"),
)  # fmt: skip

MODULES: Mapping[str, tuple[ResourceType, Options]] = MappingProxyType({
    "environment": (rows.ENVIRONMENT, (*PREREQUISITE, *ENVIRONMENT)),
    "worker_pool": (rows.WORKER_POOL, (*PREREQUISITE, *WORKER_POOL)),
    "machine_policy": (rows.MACHINE_POLICY, (*PREREQUISITE, *MACHINE_POLICY)),
    "machine_proxy": (rows.MACHINE_PROXY, (*PREREQUISITE, *MACHINE_PROXY)),
    "tag_set": (rows.TAG_SET, (*PREREQUISITE, *TAG_SET)),
    "tenant": (rows.TENANT, (*PREREQUISITE, *TENANT)),
    "space": (rows.SPACE, (*PREREQUISITE, *SPACE)),
})  # fmt: skip
"""What each module is for, and its options."""
