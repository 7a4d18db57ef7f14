"""Removes whatever this machine has of a lab's Linux hosts, by name alone: whoever has died, it finds everything."""

from __future__ import annotations

import contextlib
from pathlib import Path

from . import cgroup
from .network import Network, port, remove_links

_NSPAWN = Path("/run/systemd/nspawn")


def remove_machine(network: Network, index: int) -> None:
    """Remove one machine, as when its power is cut and its disk thrown away."""
    cgroup.remove(network.group(index))
    _forget(network.machine(index))


def remove_all(network: Network) -> None:
    """Remove all machines of a lab, and its bridge."""
    cgroup.remove(network.name)
    _forget(network.machine("*"))
    remove_links(network.name)


def _forget(machines: str) -> None:
    """Remove what systemd-nspawn leaves when it is killed, and ports whose names are wanted again before the kernel is done."""
    remove_links(port(machines))
    for path in _NSPAWN.glob(f"*/{machines}"):
        with contextlib.suppress(OSError):  # it may just be about to remove it itself
            path.rmdir()
