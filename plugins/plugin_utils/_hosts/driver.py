# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What the `tentacle` action asks of a host, whatever its operating system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from .._core.instance import Access, ObservedInstance, WantedInstance
from .._core.instance_plan import InstancePlan
from .._core.package import InstalledPackage, WantedPackage
from .command import CommandLog


@dataclass(frozen=True)
class Expected:
    """What a host of this kind should show for an instance that is as it is wanted."""

    home_access: Access
    application_access: Access
    account: str
    command_line: str


@dataclass(frozen=True)
class Observation:
    """What one visit saw.

    `service` is the name of the instance's service; `others` are the other instances; `running` the services of all that run, and
    `awaiting` those that ran before an installation and have not been started since.
    """

    package: InstalledPackage
    instance: ObservedInstance
    expected: Expected
    service: str
    others: tuple[str, ...] = ()
    running: tuple[str, ...] = ()
    awaiting: tuple[str, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Installed:
    """A finished installation."""

    reboot_required: bool = False


class HostDriver(Protocol):
    """A host, reached through the connection of the task. Every method raises HostError with one clear line.

    `log` grows by every command that ran.
    """

    log: list[CommandLog]

    def defaults(self, instance: str) -> tuple[str, str]:
        """Return the default home and application directories of an instance."""

    def observe(self, wanted: WantedInstance) -> Observation:
        """See what is there. Changes nothing; runs in check mode too."""

    def check_package(self, package: WantedPackage, observation: Observation) -> None:
        """Raise PackageError for a package that this host cannot install. Changes nothing; runs in check mode too."""

    def start_install(self, package: WantedPackage, observation: Observation) -> Mapping[str, Any]:
        """Start installing in the background; return what `wait_for_install` needs, fit for a task's result."""

    def wait_for_install(self, job: Mapping[str, Any], *, timeout: float) -> Installed:
        """Wait for the installation, at most `timeout` seconds, trying again while another installer is at work."""

    def recover_services(self, awaiting: tuple[str, ...], *, replaced: bool) -> None:
        """After an installation that failed, let what ran before it run again. `replaced`: another version is there all the same."""

    def start_services(self, awaiting: tuple[str, ...]) -> None:
        """After an installation, let what ran before it run the version that is installed now, and forget that it waited."""

    def apply(self, wanted: WantedInstance, plan: InstancePlan, observation: Observation, secrets: Mapping[str, str]) -> None:
        """Carry out the plan, and verify that the service runs and that its port presents the certificate."""

    def remove(self, wanted: WantedInstance, observation: Observation, *, package: bool) -> None:
        """Remove the instance, and the package when it is asked for."""
