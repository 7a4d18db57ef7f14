# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What the modules do that find machines on a server. They visit no host, and change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._core.option import Options
from .._core.options import CONNECTION
from .._core.search import MODULES
from .._work.search import search
from . import wiring

if TYPE_CHECKING:
    from .action import OctopusAction


def options_of(module: str) -> Options:
    """Return all options of a module."""
    return (*CONNECTION, *MODULES[module][1])


def info(action: OctopusAction, module: str) -> dict[str, Any]:
    """Return the machines for which all that the task says holds."""
    kind, rows = MODULES[module]
    found = search(kind, action.values_of(rows), wiring.client_for(action.connection))
    return {"changed": False, f"{module.removesuffix('_info')}s": found}
