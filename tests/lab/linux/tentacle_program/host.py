"""The Linux machine that this process runs on, as the emulator asks for one."""

from __future__ import annotations

import os
import pwd
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from ...machine import Result, User
from .certificate_store import UserStore
from .disk import Disk
from .faults import FaultsFile
from .machine_key import MachineKey


class LinuxMachine:
    """This host: its disk, its keys, its programs and its signals."""

    platform: Literal["windows", "linux"] = "linux"

    def __init__(self) -> None:
        self.files = Disk()
        self.faults = FaultsFile(self.files)
        self._key = MachineKey(self.files)

    @property
    def hostname(self) -> str:
        return os.uname().nodename

    @property
    def user(self) -> User:
        """The effective user of this process."""
        uid = os.geteuid()
        return User(_name_of(uid), elevated=uid == 0)

    @property
    def certificates(self) -> UserStore:
        return UserStore(Path(os.environ.get("HOME") or pwd.getpwuid(os.geteuid()).pw_dir))

    def environment(self) -> Mapping[str, str]:
        return os.environ

    def protect(self, clear: str) -> str:
        return self._key.protect(clear)

    def unprotect(self, protected: str) -> str:
        return self._key.unprotect(protected)

    def check_pfx(self, data: bytes) -> None:
        """Refuse nothing: .NET 8 on Linux reads what is in use, 3DES and RC2 with SHA-1 as well as AES with any SHA-2 (tentacle.md 3)."""

    def bind_address(self, listen_ip: str | None) -> str:
        """Return what is listened on: without an address both families, or IPv4 alone where the kernel has no IPv6."""
        if listen_ip:
            return listen_ip
        return "::" if self.files.exists("/proc/net/if_inet6") else "0.0.0.0"  # noqa: S104 - as the product does

    def execute(self, argv: Sequence[str]) -> Result:
        import subprocess

        done = subprocess.run(argv, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL, check=False)
        return Result(done.returncode, done.stdout, done.stderr)

    def wait_for_signal(self) -> int:
        """Wait for SIGTERM, and return the exit code of .NET 8 then: 143, to systemd a failure, or 0, one time in four as recorded.

        Which of the two comes of a race; here of the process's id. SIGINT kills.
        """
        # A pipe, because a signal that comes between a look at a flag and the wait for the next signal would be slept through.
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        signal.set_wakeup_fd(writing)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, lambda *_: None)
        os.read(reading, 1)
        return 143 if os.getpid() % 4 else 0

    def wait_for_enter(self) -> None:
        while sys.stdin.readline().strip():
            pass


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
