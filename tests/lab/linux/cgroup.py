"""Control groups: one for each machine, so that no two service managers share one, and no process is lost sight of."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path


def folders(name: str) -> list[Path]:
    """Return the folders of a group below our own: one in each hierarchy that systemd keeps its services in."""
    mounts = _mounts()
    found = []
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _number, kind, path = line.split(":", 2)
        if kind in mounts:
            found.append(Path(f"{mounts[kind]}{path}") / name)
    return found


def make(name: str) -> list[Path]:
    """Make a group; return its folders."""
    made = folders(name)
    for folder in made:
        folder.mkdir(parents=True, exist_ok=True)
    return made


def remove(name: str, *, seconds: float = 10) -> None:
    """Kill every process of a group and of those below it, and remove them; who comes too late finds no group to join.

    Raises TimeoutError when there are processes that do not end.
    """
    until = time.monotonic() + seconds
    while not _removed(name):
        if time.monotonic() > until:
            raise TimeoutError(f"processes of {name} do not end: {sorted(processes(name))}")
        time.sleep(0.01)


def _removed(name: str) -> bool:
    for pid in processes(name):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for folder in folders(name):
        for path in reversed(_below(folder)):
            with contextlib.suppress(OSError):  # it has processes still, or is gone
                path.rmdir()
    return not any(folder.exists() for folder in folders(name))


def processes(name: str) -> Iterator[int]:
    """Yield the processes of a group and of those below it."""
    for folder in folders(name):
        for path in _below(folder):
            with contextlib.suppress(OSError):  # groups come and go while we look
                yield from (int(pid) for pid in (path / "cgroup.procs").read_text().split())


def _below(folder: Path) -> list[Path]:
    """Return a folder and those below it, each before those that it has."""
    return [Path(path) for path, _folders, _files in os.walk(folder)]


def _mounts() -> dict[str, str]:
    """Return where systemd's hierarchies are mounted, by the names that /proc/self/cgroup gives them."""
    found: dict[str, str] = {}
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        kind, _source, options = after.split(" ", 2)
        where = before.split()[4]
        if kind == "cgroup2":
            found.setdefault("", where)
        elif kind == "cgroup" and "name=systemd" in options.split(","):
            found.setdefault("name=systemd", where)
    return found
