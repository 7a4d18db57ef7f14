# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What the `tentacle` action asks of a host, whatever its operating system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .instance import Access, ObservedInstance
from .package import InstalledPackage


@dataclass(frozen=True)
class Expected:
    """What a host of this kind should show for an instance that is as it is wanted. `owners`: who may own its folders."""

    home_access: Access
    application_access: Access
    account: str
    command_line: str
    owners: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Observation:
    """What one visit saw.

    `service` is the name of the instance's service; `others` are the other instances, with the paths of their configurations; `running`
    the services of all that run, and `awaiting` those that ran before an installation and have not been started since. `warnings` is for
    the user.
    """

    package: InstalledPackage
    instance: ObservedInstance
    expected: Expected
    service: str
    others: Mapping[str, str] = field(default_factory=dict)
    running: tuple[str, ...] = ()
    awaiting: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Installed:
    """A finished installation."""

    reboot_required: bool = False

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user has to hear of it."""
        return ("The installer asks for a reboot of this machine.",) if self.reboot_required else ()
