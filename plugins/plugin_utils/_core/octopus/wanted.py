# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What a deployment target shall be: from options and variables, names resolved by the snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .. import arguments as specs
from ..change import Change
from ..errors import InputError, UnknownName
from ..metadata import gather
from ..near import unknown
from .snapshot import Snapshot
from .target import WantedTarget, listening_uri


@dataclass(frozen=True)
class TargetOptions:
    """The options of one target; None is left as the server has it. `sources` tells which variable gave a tag or environment."""

    name: str
    public_hostname: str
    public_port: int
    environments: tuple[str, ...] | None
    target_tags: tuple[str, ...] | None
    machine_policy: str | None
    disabled: bool | None
    replace: bool
    sources: dict[str, dict[str, str]]


def options_from_variables(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return the target options that a host's variables give, groups' parts merged. Raises MetadataError."""
    found: dict[str, Any] = {}
    sources: dict[str, dict[str, str]] = {}
    for option, names in specs.TARGET_VARIABLES.items():
        if option in specs.MERGED:
            gathered = gather(names, variables)
            found[option] = list(gathered.values) if gathered.values is not None else None
            sources[option] = gathered.sources
        else:
            found[option] = next((variables[name] for name in names if variables.get(name) not in (None, "")), None)
    return {key: value for key, value in found.items() if value is not None} | {"sources": sources}


def target_options(given: Mapping[str, Any], *, host: str, address: str, port: int, sources: dict[str, dict[str, str]]) -> TargetOptions:
    """Fill in what an inventory knows: the host's name, its address, and the Tentacle's port. Raises InputError."""
    public_port = int(given.get("public_port") or port)
    if not 1 <= public_port <= 65535:
        raise InputError(f"'octopus_public_port' is from 1 to 65535, and is {public_port}.")
    environments, tags = given.get("environments"), given.get("target_tags")
    return TargetOptions(
        name=given.get("name") or host,
        public_hostname=(given.get("public_hostname") or address).rstrip("."),
        public_port=public_port,
        environments=tuple(environments) if environments is not None else None,
        target_tags=tuple(tags) if tags is not None else None,
        machine_policy=given.get("machine_policy"),
        disabled=given.get("disabled"),
        replace=given.get("on_thumbprint_mismatch") == "replace",
        sources=sources,
    )


def resolve(options: TargetOptions, *, thumbprint: str, snapshot: Snapshot) -> WantedTarget:
    """Turn names into ids. Raises UnknownName, which lists near misses."""
    environments = options.environments
    return WantedTarget(
        name=options.name,
        thumbprint=thumbprint,
        uri=listening_uri(options.public_hostname, options.public_port),
        environment_ids=tuple(_environments(environments, snapshot)) if environments is not None else None,
        tags=options.target_tags,
        machine_policy_id=_machine_policy(options.machine_policy, snapshot) if options.machine_policy else None,
        disabled=options.disabled,
    )


def with_names(changes: Iterable[Change], snapshot: Snapshot) -> tuple[Change, ...]:
    """Return the changes with the names of environments and policies in place of their ids, as an operator knows them."""
    known = {"environments": snapshot.environments, "machine_policy": snapshot.machine_policies}

    def named(path: str, value: Any) -> Any:
        if isinstance(value, list):
            return [named(path, item) for item in value]
        return known[path].get(value, value) if path in known and isinstance(value, str) else value

    return tuple(replace(change, before=named(change.path, change.before), after=named(change.path, change.after)) for change in changes)


def _environments(names: Iterable[str], snapshot: Snapshot) -> list[str]:
    return [_id("environment", name, snapshot.environments, snapshot, "EnvironmentView") for name in names]


def _machine_policy(name: str, snapshot: Snapshot) -> str:
    return _id("machine policy", name, snapshot.machine_policies, snapshot, "MachinePolicyView")


def _id(kind: str, name: str, known: Mapping[str, str], snapshot: Snapshot, permission: str) -> str:
    if name in known:
        return name
    wanted = name.strip().casefold()
    found = next((identifier for identifier, its_name in known.items() if its_name.casefold() == wanted), None)
    if found is None:
        raise UnknownName(unknown(kind, name, known.values(), where=f"in space '{snapshot.space_name}'", permission=permission))
    return found
