"""What the Tentacle emulator asks of the machine that it runs on.

The emulator (``tests/lab/tentacle``) is one program for a virtual Windows host, whose disk and services live in memory, and for
a real Linux host. These protocols are all that differs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, cast

FAULTS = frozenset({"tentacle_exit_100", "noise", "broken_show_configuration", "agent_closed_port", "agent_dies"})
"""The faults that the Tentacle emulator knows; see `faults_of`."""


@dataclass(frozen=True)
class User:
    """Who runs a process."""

    name: str
    elevated: bool = True
    profile_loaded: bool = True


@dataclass(frozen=True)
class Result:
    """What a finished process leaves behind."""

    rc: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Service:
    """One service as the service manager shows it; `state` and `start_mode` in the words of Win32_Service."""

    name: str
    command_line: str
    state: Literal["Stopped", "Start Pending", "Running", "Stop Pending"] = "Stopped"
    start_mode: Literal["Auto", "Manual", "Disabled"] = "Auto"
    account: str = "LocalSystem"
    description: str = ""
    depends_on: tuple[str, ...] = ()
    pid: int = 0


class ServiceError(Exception):
    """The service manager refused. `str()` is what sc.exe prints, `code` the Windows error or WMI return code."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


class FileSystem(Protocol):
    """A disk. Paths are absolute, in the machine's own notation.

    Raises FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError, and OSError with ENOSPC when the disk is full.
    """

    def exists(self, path: str) -> bool: ...
    def is_dir(self, path: str) -> bool: ...
    def list_dir(self, path: str) -> list[str]: ...
    def make_dirs(self, path: str) -> None: ...
    def read(self, path: str) -> bytes: ...
    def write(self, path: str, data: bytes) -> None: ...
    def delete(self, path: str) -> None: ...


class ServiceManager(Protocol):
    """The service manager of Windows. A missing service is a KeyError, a refusal a ServiceError.

    `start` returns once the service manager has taken the request: the service may still be pending, or have died at once.
    """

    def query(self, name: str) -> Service: ...
    def names(self) -> list[str]: ...
    def create(self, service: Service) -> None: ...
    def delete(self, name: str) -> None: ...
    def configure(
        self,
        name: str,
        *,
        account: str | None = None,
        password: str | None = None,
        depends_on: tuple[str, ...] | None = None,
        command_line: str | None = None,
    ) -> None: ...
    def start(self, name: str) -> None: ...
    def stop(self, name: str) -> None: ...


class Machine(Protocol):
    """A machine that Tentacle can be installed on."""

    @property
    def platform(self) -> Literal["windows", "linux"]: ...
    @property
    def hostname(self) -> str: ...
    @property
    def files(self) -> FileSystem: ...

    def environment(self) -> Mapping[str, str]:
        """The environment variables of a new process (TentacleMachineConfigurationHomeDirectory, ProgramData, …)."""

    def protect(self, clear: str) -> str:
        """Encrypt a secret for this machine: DPAPI LocalMachine, or AES with the machine-id."""

    def unprotect(self, protected: str) -> str:
        """Undo `protect`. Raises ValueError when the text was protected on another machine."""

    def check_pfx(self, data: bytes) -> None:
        """Refuse a PFX whose encryption this operating system cannot read, with ValueError."""

    def bind_address(self, listen_ip: str | None) -> str:
        """The address a listener of this machine binds when Tentacle is told `listen_ip` (None: any)."""


class WindowsMachine(Machine, Protocol):
    """A machine whose services Tentacle manages by itself."""

    @property
    def services(self) -> ServiceManager: ...


class CertificateStoreError(Exception):
    """The user's certificate store cannot be used. `str()` is what .NET says: a CryptographicException."""


class CertificateStore(Protocol):
    """The certificates that .NET keeps for the user who runs a process (tentacle.md 2.4).

    Raises CertificateStoreError, and PermissionError for a store that cannot be listed.
    """

    def find(self, thumbprint: str) -> bytes | None:
        """Return a certificate with its key, as a PFX without password; None when the store does not have it."""

    def add(self, thumbprint: str, pfx: bytes) -> None: ...


class PosixMachine(Machine, Protocol):
    """A machine that Tentacle is one program of among others."""

    @property
    def certificates(self) -> CertificateStore: ...

    def execute(self, argv: Sequence[str]) -> Result:
        """Run a program to its end, with the environment of this process."""

    def wait_for_signal(self) -> int:
        """Return when the process is asked to end, by SIGTERM, with the exit code that it then ends with."""

    def wait_for_enter(self) -> None:
        """Return when the person at the terminal has pressed <enter>, or there is none."""


def windows_of(machine: Machine) -> WindowsMachine:
    assert machine.platform == "windows"
    return cast("WindowsMachine", machine)


def posix_of(machine: Machine) -> PosixMachine:
    assert machine.platform == "linux"
    return cast("PosixMachine", machine)


@dataclass
class Process:
    """One run of Tentacle: who, where, with what."""

    machine: Machine
    user: User
    cwd: str
    arguments: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    executable: str | None = None
    """The program's real path; None: where its installer puts it."""


def faults_of(machine: Machine) -> MutableMapping[str, object]:
    """Return the faults injected into a machine: its optional attribute `faults`, a mutable mapping.

    The Tentacle emulator knows:
    - ``tentacle_exit_100``: the name of a command that fails with an exception;
    - ``noise``: true: every command also writes 200 kB to stderr, and to stdout unless stdout is its answer (lab-lies.md 1.3);
    - ``broken_show_configuration``: true: the next ``show-configuration`` prints broken JSON; the fault is then removed;
    - ``agent_closed_port``: true: the agent runs, its port stays closed, and it polls nobody (tentacle.md 1.15);
    - ``agent_dies``: true: the agent ends with exit code 100 as it starts.
    """
    faults: MutableMapping[str, object] = getattr(machine, "faults", {})
    return faults


def sleep_of(machine: Machine) -> Callable[[float], None]:
    """Return how a process of a machine waits, in seconds: its optional method `sleep`, else the real clock."""
    sleep: Callable[[float], None] = getattr(machine, "sleep", time.sleep)
    return sleep


@dataclass(frozen=True)
class Patience:
    """How long a polling Tentacle waits, at least and at most, before it tries to reach a server again, in seconds: as the product does."""

    shortest: float = 5.0
    longest: float = 120.0


def patience_of(machine: Machine) -> Patience:
    """Return the patience of a machine's Tentacle: its optional attribute `patience`, else the product's."""
    patience: Patience = getattr(machine, "patience", Patience())
    return patience


def append(files: FileSystem, path: str, data: bytes) -> None:
    """Add to the end of a file: by the disk's optional method `append`, which keeps what other processes add meanwhile."""
    own: Callable[[str, bytes], None] | None = getattr(files, "append", None)
    if own is not None:
        own(path, data)
    else:
        files.write(path, (files.read(path) if files.exists(path) else b"") + data)
