# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""From what an instance is to its absence."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ..change import Change
from .instance import ObservedInstance
from .version import Version


@dataclass(frozen=True)
class AbsencePlan:
    """What is to go. `package`: with the last instance, Tentacle itself."""

    changes: tuple[Change, ...] = ()
    package: bool = False


def plan_absence(instance: str, observed: ObservedInstance, *, version: Version | None, others: Collection[str]) -> AbsencePlan:
    """List what there is of an instance, and the package unless other instances need it."""
    service = observed.service
    found = (
        ("instance", instance if observed.exists or observed.broken else None),
        ("service", service and ("running" if service.running else "not running")),
        ("firewall", observed.firewall and observed.firewall.ports),
        ("restart_pending", observed.restart_pending or None),
        ("leftover_keys", observed.leftover_keys or None),
    )
    changes = [Change(path, before, None) for path, before in found if before is not None]
    package = version is not None and not others
    if package:
        changes.append(Change("package.version", str(version), None))
    return AbsencePlan(tuple(changes), package)
