# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Variables of a Windows machine's environment that have Tentacle, its service too, look elsewhere than where it was told to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._core.errors import HostError
from ..._core.text import shown
from .. import contract as do
from ..step import Step

_MOVES_THE_INDEX = "TentacleMachineConfigurationHomeDirectory"
_OVERRIDES = "OCTOPUS_CONTRIBUTE_ENV_SETTINGS"
_STEPS = {"index_elsewhere": _MOVES_THE_INDEX, "overridden": _OVERRIDES}


def environment_steps() -> dict[str, Step]:
    """Return the steps that read them: a variable that is not set stays as it is spelt (tentacle.md 2.1, 2.3)."""
    return {step: do.path(f"%{name}%") for step, name in _STEPS.items()}


def require_own_settings(seen: Mapping[str, Any]) -> None:
    """Raise HostError for a machine on which nothing that is seen or set would be what Tentacle uses."""
    found = {name: str(seen[step]) for step, name in _STEPS.items() if seen[step] and seen[step] != f"%{name}%"}
    remedy = "Remove it from this machine's environment, and restart what runs with it"
    if _MOVES_THE_INDEX in found:
        where = shown(found[_MOVES_THE_INDEX], 200)
        raise HostError(
            f"The environment variable {_MOVES_THE_INDEX} has Tentacle keep its instances in '{where}', where this collection does not "
            f"look. {remedy}."
        )
    if found.get(_OVERRIDES, "").strip().lower() == "true":
        raise HostError(
            f"The environment variable {_OVERRIDES} has Tentacle take settings from the environment, which win over its configuration. "
            f"{remedy}."
        )
