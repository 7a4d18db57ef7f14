"""What the lab's control does to a Linux host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import faults
from .disk import files_of
from .machine import LinuxHost
from .state import state_of


@dataclass(frozen=True)
class LinuxControl:
    """Implements `Controlled` of tests.lab.control. A host that is wiped loses its faults, too."""

    host: LinuxHost

    def describe(self) -> dict[str, Any]:
        host = self.host
        return {"name": host.name, "address": host.address, "platform": host.platform, **state_of(host)}

    def files(self) -> dict[str, Any]:
        return files_of(self.host)

    def wipe(self) -> None:
        self.host.wipe()

    def set_fault(self, name: str, value: Any) -> None:
        faults.set_fault(self.host, name, value)

    def clear_faults(self) -> None:
        faults.clear(self.host)

    def run(self, script: str) -> dict[str, Any]:
        ended = self.host.run(script, check=False)
        return {
            "rc": ended.returncode,
            "stdout": ended.stdout.decode(errors="replace"),
            "stderr": ended.stderr.decode(errors="replace"),
        }
