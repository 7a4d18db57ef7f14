# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Tenants: which tags there are, and how a machine takes part in tenanted deployments (octopus-api.md 5.3, 9.5, 9.6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ..errors import InputError, UnknownName
from ..near import unknown
from ..text import shown

if TYPE_CHECKING:  # they know this module
    from .snapshot import Named

TENANTS, TAGS, PARTICIPATION = "tenants", "tenant_tags", "tenanted_participation"

UNTENANTED, EITHER, TENANTED = "Untenanted", "TenantedOrUntenanted", "Tenanted"
PARTICIPATIONS: Mapping[str, str] = MappingProxyType({"untenanted": UNTENANTED, "tenanted_or_untenanted": EITHER, "tenanted": TENANTED})
"""What users and the server call the ways of taking part."""

_SINGLE, _FREE = "SingleSelect", "FreeText"


def canonical_tags(said: Iterable[str], tag_sets: Iterable[Named], where: str, option: str = TAGS) -> tuple[str, ...]:
    """Return tags of tenants, `Set/Tag`, as the server spells them; `where` says in which space they were looked for.

    Raises UnknownName, which lists near misses, and InputError for what is no tag, and for two of a set of which one may be chosen.
    """
    sets = tuple(tag_sets)
    known = {name.casefold(): name for each in sets for name in each.tags}
    free = {each.name.casefold(): each.name for each in sets if each.type == _FREE}
    found = tuple(dict.fromkeys(_canonical(text, known, free, where, option) for text in said))
    for each in sets:
        chosen = [name for name in found if name.casefold().startswith(f"{each.name}/".casefold())]
        if each.type == _SINGLE and len(chosen) > 1:
            listed = ", ".join(f"'{shown(name, 100)}'" for name in chosen)
            raise InputError(f"has {listed}, and of the tag set '{shown(each.name, 100)}' one tag may be chosen.", option=option)
    return found


def complete(values: Mapping[str, Any], held: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what was said of a target with the participation that follows from it; `held` is its record, empty for a new one.

    What the record has stays where it agrees: the server refuses tenants of a machine that is untenanted, and one that is tenanted
    without any (octopus-api.md 5.3). Raises InputError for what contradicts itself, or what the record has.
    """
    if not {TENANTS, TAGS, PARTICIPATION} & set(values):
        return values
    concerned = list(_concerned(values, held))
    participation = values.get(PARTICIPATION)
    if participation is not None:
        _require_agreement(participation, concerned)
        return values
    present = held.get("TenantedDeploymentParticipation") or UNTENANTED
    derived = TENANTED if concerned else UNTENANTED
    return values if present in (EITHER, derived) else {**values, PARTICIPATION: derived}


def _canonical(text: str, known: Mapping[str, str], free: Mapping[str, str], where: str, option: str) -> str:
    name, slash, tag = (part.strip() for part in text.partition("/"))
    if not (name and slash and tag):
        raise InputError(f"must hold tags with their sets, such as 'Region/Europe', and has '{shown(text, 100)}'.", option=option)
    wanted = f"{name}/{tag}"
    if wanted.casefold() in known:
        return known[wanted.casefold()]
    if name.casefold() in free:
        return f"{free[name.casefold()]}/{tag}"
    raise UnknownName(unknown("tenant tag", shown(wanted, 100), [shown(each, 100) for each in known.values()], where=where))


def _concerned(values: Mapping[str, Any], held: Mapping[str, Any]) -> Iterator[str]:
    """Yield the tenants and tags that the target will have."""
    for option, member in ((TENANTS, "TenantIds"), (TAGS, "TenantTags")):
        yield from values[option] if option in values else held.get(member) or ()


def _require_agreement(participation: str, concerned: list[str]) -> None:
    if participation == UNTENANTED and concerned:
        raise InputError(
            "is 'untenanted', and the target has tenants or tenant tags. Leave it out, or let the target have none "
            "('octopus_tenants: []', 'octopus_tenant_tags: []').",
            option=PARTICIPATION,
        )
    if participation == TENANTED and not concerned:
        raise InputError(
            "is 'tenanted', and the target has neither tenants nor tenant tags. Give some ('octopus_tenants', 'octopus_tenant_tags').",
            option=PARTICIPATION,
        )
