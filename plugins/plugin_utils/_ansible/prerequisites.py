# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What the modules for environments, pools, policies, proxies, tag sets, tenants and spaces do. They visit no host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .._core.octopus.field import Compare
from .._core.octopus.items import Items
from .._core.octopus.resources import ResourceType
from .._core.option import Options
from .._core.options import CONNECTION
from .._core.prerequisites import MODULES
from .._work.prerequisites import Prerequisite
from . import wiring
from .output import with_diff

if TYPE_CHECKING:
    from .action import OctopusAction


def options_of(module: str) -> Options:
    """Return all options of a module."""
    return (*CONNECTION, *MODULES[module][1])


def prerequisite(action: OctopusAction, module: str) -> dict[str, Any]:
    """Bring about what the task names, or remove it."""
    kind, rows = MODULES[module]
    options = action.values_of(rows)
    connection = action.connection
    server, new = wiring.client_for(connection), wiring.new_on(connection)
    thing = Prerequisite(kind, options["name"], _said(kind, options), server, renew=options.get("update_password") == "always", new=new)
    bring = thing.remove if options["state"] == "absent" else thing.bring
    result = bring(check_mode=action.check_mode)
    if result.named and kind.in_space:
        wiring.note_new(connection, {kind.path: [result.named]})
    return with_diff(action, result.as_dict(), result.changes, f"{kind.words.capitalize()} {result.name}")


def _said(kind: ResourceType, options: Mapping[str, Any]) -> dict[str, Any]:
    said = {each.option: options[each.option] for each in kind.fields if each.option in options}
    items = {each.option for each in kind.fields if each.compare is Compare.ITEMS}
    return {
        option: Items(tuple(value), exclusive=bool(options.get(f"{option}_exclusive"))) if option in items else value
        for option, value in said.items()
    }
