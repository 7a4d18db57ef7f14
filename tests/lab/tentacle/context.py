"""What the commands of one run share."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from functools import cached_property

from ..machine import Machine, Process, faults_of
from .configuration import APPLICATIONS, HOME, Configuration, contributed_settings
from .console import Console
from .instances import Instance, InstanceIndex, Request
from .paths import Paths


@dataclass(frozen=True)
class Features:
    """What a release knows. The releases in between are not determined (tentacle.md 11.12); the lab draws the line at major versions."""

    from_base64: bool
    polling_connection_count: bool

    @classmethod
    def of(cls, version: str) -> Features:
        major = int(version.partition(".")[0])
        return cls(from_base64=major >= 7, polling_connection_count=major >= 9)


@dataclass
class Context:
    """One process: its machine, its words, and the instance that its command line means."""

    process: Process
    version: str
    console: Console
    paths: Paths
    request: Request
    noninteractive: bool = False
    """Whether the command line asks for a process that is ended by a signal alone."""

    @property
    def machine(self) -> Machine:
        return self.process.machine

    @property
    def features(self) -> Features:
        return Features.of(self.version)

    @property
    def faults(self) -> MutableMapping[str, object]:
        return faults_of(self.machine)

    @property
    def index(self) -> InstanceIndex:
        return InstanceIndex(self.machine.files, self.paths)

    @cached_property
    def instance(self) -> Instance:
        """The instance; loaded when first asked for. Raises ControlledFailure when there is none such."""
        return self.index.select(self.request)

    @cached_property
    def configuration(self) -> Configuration:
        """The instance's values as this process loaded them."""
        return self.configuration_at(self.instance.configuration_path)

    def configuration_at(self, path: str) -> Configuration:
        return Configuration(self.machine, path, contributed_settings(self.paths))

    @property
    def home(self) -> str:
        """The home directory; a relative one is under the directory of the configuration file, which is also the default.

        It is joined as it was typed, `.` too.
        """
        base = self.paths.directory(self.instance.configuration_path)
        return self.paths.join(base, self.configuration.get(HOME) or "")

    @property
    def applications(self) -> str:
        return self.configuration.get(APPLICATIONS) or self.paths.default_applications
