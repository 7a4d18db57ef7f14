"""Paths in a machine's own notation, and the places that Tentacle knows (tentacle.md 1.1, 2.1, 2.2)."""

from __future__ import annotations

import ntpath
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType

from ..machine import FileSystem, Machine, Process, User


def environment_of(process: Process) -> dict[str, str]:
    """Return a process's whole environment; names are upper-case on Windows, where case does not count."""
    merged = {**process.machine.environment(), **process.environment}
    if process.machine.platform == "windows":
        return {name.upper(): value for name, value in merged.items()}
    return merged


@dataclass(frozen=True)
class Paths:
    """Path arithmetic and well-known places of one process."""

    windows: bool
    cwd: str
    environment: Mapping[str, str]
    user: User

    @classmethod
    def of(cls, process: Process) -> Paths:
        return cls(process.machine.platform == "windows", process.cwd, environment_of(process), process.user)

    @property
    def _os(self) -> ModuleType:
        return ntpath if self.windows else posixpath

    def variable(self, name: str) -> str | None:
        """Return an environment variable; a blank one counts as missing."""
        value = self.environment.get(name.upper() if self.windows else name, "")
        return value if value.strip() else None

    def join(self, *parts: str) -> str:
        joined: str = self._os.join(*parts)
        return joined

    def full(self, path: str) -> str:
        """Make a path absolute, as Path.GetFullPath does."""
        full: str = self._os.normpath(self._os.join(self.cwd, path))
        return full

    def directory(self, path: str) -> str:
        directory: str = self._os.dirname(path)
        return directory

    def extension(self, path: str) -> str:
        extension: str = self._os.splitext(path)[1]
        return extension

    @property
    def instance_index(self) -> str:
        """The directory with one file for each instance."""
        shared = self.join(self.variable("ProgramData") or r"C:\ProgramData", "Octopus") if self.windows else "/etc/octopus"
        return self.join(self.variable("TentacleMachineConfigurationHomeDirectory") or shared, "Tentacle", "Instances")

    def default_logs(self, files: FileSystem) -> str:
        """Where Tentacle logs while it has no instance: in the current directory for a user without a folder for data."""
        own = self.variable("DefaultLogDirectory")
        if own is not None:
            return own
        data = self._local_application_data
        return self.join(data if self.windows or files.is_dir(data) else "", "Octopus", "Logs")

    @property
    def _local_application_data(self) -> str:
        if not self.windows:
            return self.variable("XDG_DATA_HOME") or self.join(self.variable("HOME") or "/root", ".local", "share")
        if self.user.name.rpartition("\\")[2].upper() == "SYSTEM":
            return r"C:\Windows\system32\config\systemprofile\AppData\Local"
        return self.variable("LOCALAPPDATA") or self.join(r"C:\Users", self.user.name.rpartition("\\")[2], "AppData", "Local")

    @property
    def default_applications(self) -> str:
        if not self.windows:
            return "/home/Octopus/Applications"
        drive = ntpath.splitdrive(self.variable("ProgramFiles") or r"C:\Program Files")[0]
        return drive + r"\Octopus\Applications"


def executable_of(process: Process) -> str:
    """Return the real path of the running Tentacle."""
    if process.executable:
        return process.executable
    return _installed(process.machine)


def _installed(machine: Machine) -> str:
    if machine.platform == "windows":
        return r"C:\Program Files\Octopus Deploy\Tentacle\Tentacle.exe"
    return "/opt/octopus/tentacle/Tentacle"
