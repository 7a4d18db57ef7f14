"""The network of one lab: a bridge with the controller on it, and a claim that no other lab can make."""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

MOST_HOSTS = 200
_CLAIMS = Path("/run/octoboot-lab")
_NUMBERS = range(1, 255)


@dataclass(frozen=True)
class Network:
    """10.213.<number>.0/24, behind a bridge. `claim` is the open file whose lock says that the number is taken."""

    number: int
    claim: int = -1

    @property
    def name(self) -> str:
        """The name of the bridge, and of whatever else this machine has of the lab."""
        return f"octolab{self.number}"

    @property
    def controller(self) -> str:
        """The address that hosts reach the controller at."""
        return f"10.213.{self.number}.1"

    def address(self, index: int) -> str:
        """Return the address of a host, counted from 1."""
        if not 1 <= index <= MOST_HOSTS:
            raise ValueError(f"a lab has at most {MOST_HOSTS} Linux hosts")
        return f"10.213.{self.number}.{index + 10}"

    def machine(self, index: int | Literal["*"]) -> str:
        """Return the name of a host's machine, or the pattern of all: short, as the name of its port on the bridge is made of it."""
        return f"o{self.number}-{index}"

    def group(self, index: int) -> str:
        """Return the name of a host's control group."""
        return f"{self.name}/{index}"

    def make(self) -> None:
        """Make the bridge."""
        ip("link", "add", self.name, "type", "bridge")
        # The address of a host that is cut off is known to be gone within a second, instead of three.
        Path(f"/proc/sys/net/ipv4/neigh/{self.name}/retrans_time_ms").write_text("250")
        ip("address", "add", f"{self.controller}/24", "dev", self.name)
        ip("link", "set", self.name, "up")

    def connect(self, machine: str, connected: bool) -> None:
        """Plug a machine's cable in, or pull it out."""
        ip("link", "set", port(machine), "up" if connected else "down")
        if not connected:
            ip("neighbour", "flush", "dev", self.name)

    def release(self) -> None:
        """Give the number back."""
        os.close(self.claim)


def port(machine: str) -> str:
    """Return what systemd-nspawn calls a machine's port on the bridge."""
    return f"vb-{machine}"


def claim() -> Network:
    """Claim a number that no lab has. Raises RuntimeError when there is none."""
    _CLAIMS.mkdir(exist_ok=True)
    for number in _NUMBERS:
        file = os.open(_CLAIMS / f"{number}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            continue
        return Network(number, file)
    raise RuntimeError("no free network for another lab")


def remove_links(pattern: str) -> None:
    """Remove the network links of this machine whose names match."""
    for path in Path("/sys/class/net").glob(pattern):
        with contextlib.suppress(subprocess.CalledProcessError):  # a port goes by itself, soon after its machine
            ip("link", "delete", path.name)


def ip(*arguments: str) -> None:
    """Run ip. Raises CalledProcessError, with what it said as its stderr."""
    subprocess.run(["ip", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
