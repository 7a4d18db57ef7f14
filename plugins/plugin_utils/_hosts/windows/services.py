# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Whose a service is, by the program that it runs. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..._core.errors import HostError
from ..._core.tentacle.instance import DEFAULT_INSTANCE
from ..._core.text import shown

_PROGRAM = re.compile(r'\s*(?:"(?P<quoted>[^"]*)"|(?P<plain>.*?\.exe(?=\s|\Z)|\S+))(?P<arguments>.*)', re.IGNORECASE | re.DOTALL)
_INSTANCE = re.compile(r'(?:\A|[\s"])(?:--?|/)instance(?:[=:]|\s+)(?:"(?P<quoted>[^"]*)"|(?P<plain>[^\s"]+))', re.IGNORECASE)


def instance_of(command_line: str) -> str | None:
    """Return the instance whose Tentacle a service runs; None when it runs another program (tentacle.md 6.3)."""
    program = _PROGRAM.match(command_line)
    if program is None:
        return None
    path = program["quoted"] if program["plain"] is None else program["plain"]
    if path.rpartition("\\")[2].lower() != "tentacle.exe":
        return None
    instance = _INSTANCE.search(program["arguments"])
    return DEFAULT_INSTANCE if instance is None else instance["quoted"] or instance["plain"] or ""


def require_tentacles(instance: str, service: Mapping[str, str] | None) -> None:
    """Raise HostError for a service that has the name of the instance's and runs something else: it would be stopped and changed."""
    if service is None:
        return
    found = instance_of(service["command_line"])
    if found is None or found.lower() != instance.lower():
        raise HostError(
            f"The service '{shown(service['name'])}' is not that of Tentacle's instance '{instance}': it runs "
            f"{shown(service['command_line'], 200)}. Remove that service, or choose another 'tentacle_instance'."
        )
