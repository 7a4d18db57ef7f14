# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Find machines on a server, and say what they are. Asks only, and changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .._core.octopus.plan import resolve
from .._core.octopus.resources import ResourceType
from .._core.octopus.search import described, fits, parameters, searched
from .._core.octopus.snapshot import Named, Snapshot
from .ports import Records


def search(kind: ResourceType, said: Mapping[str, Any], server: Records) -> list[dict[str, Any]]:
    """Return the machines of a type for which all that was said holds, by their names.

    Raises UnknownName for an environment, tenant, pool or policy that there is not, and OctopusError. A machine that is not there is none.
    """
    fields = searched(kind)
    lists = {each.kind.path: server.list_all(each.kind) for each in fields if each.kind}
    known = {each.kind.path: tuple(Named.of(one, each.kind) for one in lists[each.kind.path]) for each in fields if each.kind}
    space = Snapshot(url="", server_version="", space_id="", space_name="", thumbprint="", lists=known)
    values = {**said, **resolve(replace(kind, fields=fields), said, space)}
    names = {path: {each.id: each.name for each in listed} for path, listed in known.items()}
    found = [record for record in server.list_all(kind, **parameters(values)) if fits(kind, values, record)]
    return [described(kind, record, names) for record in sorted(found, key=lambda record: str(record["Name"]).casefold())]
