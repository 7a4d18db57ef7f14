# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.

"""What the server held when the run began."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

MachineRecord = Mapping[str, Any]
"""A deployment target as the server describes it (octopus-api.md 4.1)."""


@dataclass(frozen=True)
class Snapshot:
    """One space of one server as one credential sees it, read once for the whole fleet.

    `environments` and `machine_policies` map ids to names. `missing_permissions` is empty too when the server did not tell.
    """

    url: str
    server_version: str
    space_id: str
    space_name: str
    thumbprint: str
    environments: Mapping[str, str]
    machine_policies: Mapping[str, str]
    default_machine_policy_id: str | None
    missing_permissions: tuple[str, ...] = ()
    machines: tuple[MachineRecord, ...] = ()

    def to_json(self) -> str:
        """Return everything but the machines as JSON: they are many, and are kept where one can be looked up alone."""
        return json.dumps({field.name: getattr(self, field.name) for field in fields(self) if field.name != "machines"})

    @classmethod
    def from_json(cls, text: str, machines: Iterable[MachineRecord] = ()) -> Snapshot:
        """Read what `to_json` wrote, and put `machines` beside it."""
        read: dict[str, Any] = json.loads(text)
        missing = tuple(read.pop("missing_permissions"))
        return cls(**read, missing_permissions=missing, machines=tuple(machines))
