# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What the use cases ask of the world, as protocols. The adapters match them by shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from .._core.results import CommandLog
from .._core.tentacle.instance import Defaults, Instance
from .._core.tentacle.observation import Installed, Observation
from .._core.tentacle.package import WantedPackage
from .._core.tentacle.plan import InstancePlan


class Host(Protocol):
    """A host, reached through the connection of the task. Every method raises HostError with one clear line.

    `log` grows by every command that ran.
    """

    log: list[CommandLog]

    def defaults(self, instance: str) -> Defaults:
        """Return what a new instance gets where nothing is said of it."""

    def observe(self, instance: Instance) -> Observation:
        """See what is there, in the instance's `place`. Changes nothing; runs in check mode too."""

    def check_package(self, package: WantedPackage, observation: Observation) -> None:
        """Raise PackageError for a package that this host cannot install. Changes nothing; runs in check mode too."""

    def start_install(self, package: WantedPackage, observation: Observation) -> Mapping[str, Any]:
        """Start installing in the background; return the job's id and what of the host decided, fit for a task's result."""

    def wait_for_install(self, job: Mapping[str, Any], package: WantedPackage, *, timeout: float) -> Installed:
        """Wait for the installation, at most `timeout` seconds, trying again while another installer is at work.

        `job` is what `start_install` returned, maybe in another task; `package` is the same.
        """

    def recover_services(self, awaiting: tuple[str, ...], *, replaced: bool) -> None:
        """After an installation that failed, let what ran before it run again. `replaced`: another version is there all the same."""

    def start_services(self, awaiting: tuple[str, ...]) -> None:
        """After an installation, let what ran before it run the version that is installed now, and forget that it waited."""

    def apply(self, instance: Instance, plan: InstancePlan, observation: Observation, secrets: Mapping[str, str]) -> None:
        """Carry out the plan, and verify that the service runs and that its port presents the certificate."""

    def remove(self, instance: Instance, observation: Observation, *, package: bool) -> None:
        """Remove the instance, and the package when it is asked for."""
