"""A Linux machine in a folder, for the tests of the Tentacle emulator: a real disk and keys, and programs that only answer."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tests.lab.linux.tentacle_program.certificate_store import UserStore
from tests.lab.linux.tentacle_program.disk import Disk
from tests.lab.linux.tentacle_program.faults import FaultsFile
from tests.lab.linux.tentacle_program.machine_key import GENERATED_KEY, MACHINE_ID, MachineKey
from tests.lab.machine import Patience, Process, Result, User
from tests.lab.tentacle import run

HOME = "/home/operator"
ROOT = User("root")
CONFIG = "/etc/octopus/web1/tentacle-web1.config"
QUICK = Patience(0.1, 0.2)
OK = Result(0, "", "")


class RootedDisk(Disk):
    """A real disk whose root is a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def _below(self, path: str) -> str:
        return f"{self.root}{path}"

    def exists(self, path: str) -> bool:
        return super().exists(self._below(path))

    def is_dir(self, path: str) -> bool:
        return super().is_dir(self._below(path))

    def list_dir(self, path: str) -> list[str]:
        return super().list_dir(self._below(path))

    def make_dirs(self, path: str) -> None:
        super().make_dirs(self._below(path))

    def read(self, path: str) -> bytes:
        return super().read(self._below(path))

    def write(self, path: str, data: bytes) -> None:
        super().write(self._below(path), data)

    def append(self, path: str, data: bytes) -> None:
        super().append(self._below(path), data)

    def delete(self, path: str) -> None:
        super().delete(self._below(path))

    def text(self, path: str) -> str:
        return self.read(path).decode("utf-8-sig")


@dataclass
class FakeLinux:
    """One Linux machine below `root`. `answers` are the programs: what a line of bash results in, success unless it says so."""

    root: Path
    answers: Callable[[str], Result] = lambda _: OK
    platform: Literal["windows", "linux"] = "linux"
    hostname: str = "web1"
    variables: dict[str, str] = field(default_factory=dict)
    executed: list[str] = field(default_factory=list)
    waits: threading.Event = field(default_factory=threading.Event)
    asked_to_end: threading.Event = field(default_factory=threading.Event)
    patience: Patience = QUICK

    def __post_init__(self) -> None:
        self.files = RootedDisk(self.root)
        self.faults = FaultsFile(self.files)
        for directory in ("/bin", "/etc/systemd/system", HOME, "/tmp"):
            self.files.make_dirs(directory)
        self.files.write("/bin/bash", b"")
        self.set_machine_id("0" * 32)

    def set_machine_id(self, machine_id: str) -> None:
        self.files.write(MACHINE_ID, machine_id.encode() + b"\n")

    def become_another_machine(self, config: str = CONFIG) -> None:
        """Take a machine id whose key does not open the certificate: once in 256 keys a wrong one finds a padding that looks right.

        So may the key that a failure generates, which stays: it goes with the machine id that was of no use.
        """
        (protected,) = re.findall(r'<set key="Tentacle\.Certificate">([^<]+)</set>', self.files.text(config))
        for digit in "123456789":
            self.set_machine_id(digit * 32)
            try:
                self.unprotect(protected)
            except ValueError:
                return
            if self.files.exists(GENERATED_KEY):
                self.files.delete(GENERATED_KEY)
        raise AssertionError("nine wrong keys open the certificate")

    @property
    def certificates(self) -> UserStore:
        return UserStore(self.root / HOME.lstrip("/"))

    @property
    def cached(self) -> list[str]:
        """The certificates in the user's store."""
        return sorted(file.name for file in self.certificates.path.glob("*"))

    def environment(self) -> Mapping[str, str]:
        return {"HOME": HOME, **self.variables}

    def protect(self, clear: str) -> str:
        return MachineKey(self.files).protect(clear)

    def unprotect(self, protected: str) -> str:
        return MachineKey(self.files).unprotect(protected)

    def check_pfx(self, data: bytes) -> None:
        """Refuse nothing."""

    def bind_address(self, listen_ip: str | None) -> str:
        return listen_ip or "127.0.0.1"

    def execute(self, argv: Sequence[str]) -> Result:
        shell, option, line = argv
        assert (shell, option) == ("/bin/bash", "-c")
        self.executed.append(line)
        return self.answers(line)

    def wait_for_signal(self) -> int:
        self.waits.set()
        self.asked_to_end.wait()
        return 143

    def wait_for_enter(self) -> None:
        """Return: there is nobody."""

    def tentacle(self, *arguments: str, cwd: str = HOME, **environment: str) -> Result:
        return run(Process(self, ROOT, cwd, list(arguments), environment))

    def ok(self, *arguments: str) -> list[str]:
        """Run Tentacle, insist on success, and return the lines of stdout."""
        result = self.tentacle(*arguments)
        assert (result.rc, result.stderr) == (0, ""), result
        return result.stdout.splitlines()

    def created(self) -> FakeLinux:
        """Make the instance web1."""
        self.ok("create-instance", "--instance", "web1", "--config", CONFIG)
        return self
