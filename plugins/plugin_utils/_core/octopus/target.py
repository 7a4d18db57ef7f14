# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Deployment targets: which record is this machine's, and how it differs from what is wanted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ..change import Change
from ..errors import ForeignThumbprint, MatchError

Record = Mapping[str, Any]
"""A machine as the server's API gives it."""


@dataclass(frozen=True)
class WantedTarget:
    """A listening target as the user wants it, names already turned into ids. None: left as the server has it."""

    name: str
    thumbprint: str
    uri: str
    environment_ids: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    machine_policy_id: str | None = None
    disabled: bool | None = None


@dataclass(frozen=True)
class Match:
    """The record that is this machine's, and whether it had another thumbprint or name until now."""

    record: Record
    adopted: bool


def listening_uri(hostname: str, port: int) -> str:
    """Return the URI of a listening Tentacle as Octopus's own clients write it (octopus-api.md 4.3)."""
    host = f"[{hostname}]" if ":" in hostname else hostname
    return f"https://{host.lower()}:{port}/"


def match_target(
    wanted: WantedTarget,
    *,
    same_thumbprint: Iterable[Record],
    same_name: Record | None,
    own_thumbprints: Iterable[str] = (),
    replace: bool = False,
) -> Match | None:
    """Find the record that is this machine's; None when there is none.

    By thumbprint and name; else a single record with that thumbprint; else by name. `own_thumbprints` are those that this machine
    is known to have had (what it shows now, what the store remembers): a record by name that carries one is ours without asking.
    Raises MatchError when several records have the thumbprint and none the name, and ForeignThumbprint for a name with a foreign
    thumbprint unless `replace`.
    """
    by_thumbprint = list(same_thumbprint)
    named = [record for record in by_thumbprint if record["Name"].casefold() == wanted.name.casefold()]
    if named:
        return Match(named[0], adopted=False)
    if same_name is not None:
        return _match_by_name(wanted, same_name, by_thumbprint, own_thumbprints, replace)
    if len(by_thumbprint) == 1:
        return Match(by_thumbprint[0], adopted=True)
    if by_thumbprint:
        records = ", ".join(f"'{record['Name']}' ({record['Id']})" for record in by_thumbprint)
        raise MatchError(
            f"Several deployment targets have the thumbprint {wanted.thumbprint} and none is named '{wanted.name}': {records}. "
            "Name the right one with 'octopus_target_name', or delete the others."
        )
    return None


def _match_by_name(
    wanted: WantedTarget, record: Record, by_thumbprint: list[Record], own_thumbprints: Iterable[str], replace: bool
) -> Match:
    theirs = str(record.get("Thumbprint") or "").upper()
    if by_thumbprint:
        others = ", ".join(f"'{other['Name']}' ({other['Id']})" for other in by_thumbprint)
        raise MatchError(
            f"The deployment target named '{wanted.name}' ({record['Id']}) has the thumbprint {theirs or 'none'}, but the machine's own "
            f"thumbprint {wanted.thumbprint} belongs to {others}. Delete or rename the wrong one."
        )
    if theirs in {thumbprint.upper() for thumbprint in own_thumbprints} or replace:
        return Match(record, adopted=True)
    raise ForeignThumbprint(
        f"A deployment target named '{wanted.name}' ({record['Id']}) already exists with the thumbprint {theirs or 'none'}, "
        f"and this machine's is {wanted.thumbprint}. If it is the same machine, supply its certificate or set "
        "'octopus_on_thumbprint_mismatch: replace'; if it is another one, choose another 'octopus_target_name'.",
        theirs,
    )


def plan_target(wanted: WantedTarget, record: Record | None) -> tuple[Change, ...]:
    """List what differs, in managed fields only; lists are compared as sets without case."""
    if record is None:
        return (Change("target", None, wanted.name), *_differences(wanted, {}))
    return tuple(_differences(wanted, record))


def _differences(wanted: WantedTarget, record: Record) -> list[Change]:
    endpoint = record.get("Endpoint") or {}
    changes: list[Change] = []
    exact: tuple[tuple[str, Any, Any], ...] = (
        ("name", record.get("Name"), wanted.name),
        ("communication_style", endpoint.get("CommunicationStyle"), "TentaclePassive"),
        ("machine_policy", record.get("MachinePolicyId"), wanted.machine_policy_id),
        ("disabled", bool(record.get("IsDisabled")), wanted.disabled),
    )
    changes += [Change(path, before, after) for path, before, after in exact if after is not None and before != after]
    if not _same_uri(endpoint.get("Uri"), wanted.uri):
        changes.append(Change("uri", endpoint.get("Uri"), wanted.uri))
    if str(endpoint.get("Thumbprint") or "").upper() != wanted.thumbprint:
        changes.append(Change("thumbprint", endpoint.get("Thumbprint"), wanted.thumbprint))
    sets = (("environments", "EnvironmentIds", wanted.environment_ids), ("target_tags", "Roles", wanted.tags))
    for path, field, after in sets:
        before = list(record.get(field) or [])
        if after is not None and {item.casefold() for item in before} != {item.casefold() for item in after}:
            changes.append(Change(path, before, list(after)))
    return changes


def _same_uri(before: str | None, after: str) -> bool:
    if not before:
        return False
    one, two = urlsplit(before), urlsplit(after)
    return (one.scheme, one.hostname, one.port) == (two.scheme, two.hostname, two.port)


def new_body(wanted: WantedTarget, *, space_id: str) -> dict[str, Any]:
    """Return what is posted for a machine that the server does not have.

    Lists are always sent: old servers fail on null (octopus-api.md 5.4).
    """
    return {
        "Name": wanted.name,
        "SpaceId": space_id,
        "IsDisabled": bool(wanted.disabled),
        "EnvironmentIds": list(wanted.environment_ids or ()),
        "Roles": list(wanted.tags or ()),
        "TenantIds": [],
        "TenantTags": [],
        "TenantedDeploymentParticipation": "Untenanted",
        "MachinePolicyId": wanted.machine_policy_id,
        "SkipInitialHealthCheck": True,
        "Endpoint": {"CommunicationStyle": "TentaclePassive", "Thumbprint": wanted.thumbprint, "Uri": wanted.uri},
    }


def updated_body(wanted: WantedTarget, record: Record) -> dict[str, Any]:
    """Return the record with the managed fields replaced: a PUT is a full replacement (octopus-api.md 5.4)."""
    body = dict(record)
    endpoint = dict(record.get("Endpoint") or {})
    if endpoint.get("CommunicationStyle") != "TentaclePassive":
        endpoint = {}
    endpoint.update(CommunicationStyle="TentaclePassive", Thumbprint=wanted.thumbprint, Uri=wanted.uri)
    body.update(Name=wanted.name, Endpoint=endpoint, Thumbprint=wanted.thumbprint, Uri=wanted.uri)
    if wanted.environment_ids is not None:
        body["EnvironmentIds"] = list(wanted.environment_ids)
    if wanted.tags is not None:
        body["Roles"] = list(wanted.tags)
    if wanted.machine_policy_id is not None:
        body["MachinePolicyId"] = wanted.machine_policy_id
    if wanted.disabled is not None:
        body["IsDisabled"] = wanted.disabled
    return body
