# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What the use cases ask of the world, as protocols. The adapters match them by shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from .._core.identity import Encryption, Identity
from .._core.octopus.field import Record
from .._core.octopus.health import Health, TaskState
from .._core.octopus.resources import ResourceType
from .._core.octopus.snapshot import Snapshot
from .._core.results import CommandLog
from .._core.tentacle.instance import Configuration, Defaults, Instance
from .._core.tentacle.neighbours import Neighbour
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

    def neighbours(self, observation: Observation) -> Sequence[Neighbour]:
        """Return the other instances that were seen, as far as they can be read. Changes nothing; runs in check mode too."""

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

    def apply(self, instance: Instance, plan: InstancePlan, observation: Observation, secrets: Mapping[str, str]) -> Configuration | None:
        """Carry out the plan, and verify that the service runs, and that its port presents the certificate where it listens.

        Return the configuration as Tentacle tells it when a server is polled anew; None when none is.
        """

    def remove(self, instance: Instance, observation: Observation, *, package: bool) -> None:
        """Remove the instance, and the package when it is asked for."""


class Identities(Protocol):
    """The lasting certificate of one instance: supplied, or kept in the store. Every method raises StoreError or CertificateError."""

    def find(self) -> Identity | None:
        """Return the certificate if there is one. Needs no secret."""

    def require(self) -> Identity:
        """Return the certificate, making it when it is not there yet."""

    def require_place(self) -> None:
        """Do nothing where an identity can be made. Raises StoreError where none can, or it would be lost, or nobody could read it."""

    def require_key(self) -> None:
        """Do nothing where the private key can be read. Raises StoreError."""

    def remember(self, former_thumbprint: str) -> None:
        """Keep a thumbprint that the host had before."""

    def remember_subscriptions(self, subscriptions: Mapping[str, str]) -> None:
        """Keep the ids under which the host polls, by the servers' thumbprints."""

    def one_time_pfx(self, encryption: Encryption) -> tuple[str, str]:
        """Return the certificate and key as a PFX (base64), and the one-time password that encrypts it."""


class Records(Protocol):
    """The records of a server. Every method raises OctopusError."""

    def get_one(self, kind: ResourceType, identifier: str) -> Record:
        """Return one record. Raises NotFound."""

    @property
    def space_id(self) -> str:
        """The id of the space."""

    def template(self, kind: ResourceType) -> Mapping[str, Any]:
        """Return what a new one is like when nothing is said of it."""

    def list_all(self, kind: ResourceType, **filters: str | Iterable[str]) -> Sequence[Record]:
        """Return the records of a type that the filters admit, if the server knows these."""

    def find_by_name(self, kind: ResourceType, name: str) -> Record | None:
        """Return the record of this name, without regard to case and outer blanks; None when there is none."""

    def create(self, kind: ResourceType, body: Mapping[str, Any]) -> Record:
        """Create a record. Raises Rejected, and ReplyLost when it may have been created."""

    def update(self, kind: ResourceType, identifier: str, body: Mapping[str, Any]) -> Record:
        """Replace a record. Raises NotFound, Rejected, and ReplyLost when it may have been replaced."""

    def delete(self, kind: ResourceType, identifier: str) -> None:
        """Delete a record. Raises NotFound, and ReplyLost when it may have been deleted."""


class HealthChecks(Protocol):
    """Health checks of machines of one type. Every method raises OctopusError."""

    def start_health_check(
        self, kind: ResourceType, machine_ids: Sequence[str], *, description: str, timeout: int, machine_timeout: int
    ) -> str:
        """Queue a check of these machines, at least one, and return the id of its task. Timeouts are in seconds."""

    def task(self, task_id: str) -> TaskState:
        """Return how a task stands."""

    def health_of(self, kind: ResourceType, machine_ids: Sequence[str], task_id: str) -> dict[str, Health]:
        """Return the machines' health after the check, by id; one that was deleted is missing."""


class Snapshots(Protocol):
    """What a server held when the run began. Costs no request."""

    def meta(self) -> Snapshot:
        """Return the snapshot without its records."""

    def by_name(self, kind: ResourceType, name: str) -> list[Record]:
        """Return the records of this name, without regard to case and outer blanks."""

    def by_uri(self, kind: ResourceType, uri: str) -> list[Record]:
        """Return the records that have this URI for their address, as the server spells it."""

    def by_thumbprint(self, kind: ResourceType, thumbprint: str) -> list[Record]:
        """Return the records with this thumbprint. There may rightly be several."""
