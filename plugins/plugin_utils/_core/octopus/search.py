# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Which of the machines that a server has are meant: by what they are called, where they are, and how they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import InputError
from ..text import shown
from .endpoint import thumbprint_of
from .field import Field, Record
from .resources import ResourceType

HEALTH = ("Healthy", "HasWarnings", "Unhealthy", "Unavailable", "Unknown")
"""How a machine may be (octopus-api.md 4.1)."""

_PARAMETERS: Mapping[str, str] = {
    "ids": "ids", "health": "healthStatuses", "disabled": "isDisabled",
    "environments": "environmentIds", "tenants": "tenantIds", "worker_pools": "workerPoolIds",
}  # fmt: skip
"""What the server can leave out by itself (octopus-api.md 3.4). It passes over what it does not know, so all is looked at again."""

_LONGEST = 50
"""How many values a parameter may have: a longer list would outgrow the line of a request."""


def searched(kind: ResourceType) -> tuple[Field, ...]:
    """Return the fields of a type by which one may search."""
    found = {each.option: each for each in kind.fields}
    named = ("environments", "target_tags", "tenants", "worker_pools", "machine_policy", "disabled")
    return tuple(found[option] for option in named if option in found)


def health(value: Iterable[str]) -> list[str]:
    """Return health statuses as the server writes them. Raises InputError."""
    spelled = {status.casefold(): status for status in HEALTH}
    for status in value:
        if status.casefold() not in spelled:
            raise InputError(f"must hold {', '.join(HEALTH[:-1])} or {HEALTH[-1]}, and holds '{shown(status)}'.")
    return [spelled[status.casefold()] for status in value]


def parameters(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that narrow a list to what is meant, for values with ids in place of names."""
    found: dict[str, Any] = {}
    for option, parameter in _PARAMETERS.items():
        value = values.get(option)
        if isinstance(value, bool):
            found[parameter] = str(value).lower()
        elif value is not None and len(value) <= _LONGEST:
            found[parameter] = value
    for option, parameter in (("names", "name"), ("thumbprints", "thumbprint")):
        if len(values.get(option) or ()) == 1:
            found[parameter] = values[option][0]
    return found


def fits(kind: ResourceType, values: Mapping[str, Any], record: Record) -> bool:
    """Tell whether a record is meant: each option that was said holds, and of a list one item is enough."""
    told = {
        "names": [record["Name"].strip()],
        "ids": [record["Id"]],
        "thumbprints": [thumbprint_of(record)],
        "health": [str(record.get("HealthStatus") or "Unknown")],
        **{each.option: each.of_record(record) for each in searched(kind)},
    }
    return all(_fits(told[option], value) for option, value in values.items())


def described(kind: ResourceType, record: Record, names: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Return what is told of a machine. `names`: what ids stand for, by the path of their type; an id that is in none stands for itself."""
    endpoint = record.get("Endpoint") or {}
    details = endpoint.get("TentacleVersionDetails")
    return {
        "id": record["Id"],
        "name": record["Name"],
        "thumbprint": thumbprint_of(record) or None,
        "uri": record.get("Uri") or endpoint.get("Uri"),
        "communication_style": endpoint.get("CommunicationStyle"),
        "health": str(record.get("HealthStatus") or "Unknown"),
        "health_summary": record.get("StatusSummary") or "",
        "tentacle_version": details.get("Version") if isinstance(details, Mapping) else None,
        **{each.option: _named(each, each.of_record(record), names) for each in searched(kind)},
    }


def _fits(held: Any, value: Any) -> bool:
    if isinstance(value, bool):
        return bool(held) is value
    wanted = {str(item).casefold() for item in (value if isinstance(value, (list, tuple)) else [value])}
    there = held if isinstance(held, (list, tuple)) else [held]
    return not wanted.isdisjoint(str(item).casefold() for item in there)


def _named(each: Field, value: Any, names: Mapping[str, Mapping[str, str]]) -> Any:
    known = names.get(each.kind.path, {}) if each.kind else {}
    if isinstance(value, (list, tuple)):
        return [known.get(item, item) for item in value]
    return known.get(value, value) if isinstance(value, str) else value
