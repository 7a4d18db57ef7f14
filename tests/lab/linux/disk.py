"""What a Linux host has beyond its image: every file that was written since it was new, and its journal as text."""

from __future__ import annotations

import base64
import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .faults import FOLDER
from .machine import LinuxHost

_IN_MEMORY = ("run", "dev/shm")
_PASSED_OVER = ("/opt/octopus/tentacle/lib", "/run/host", "/run/log/journal", "/var/cache/apt", "/var/log/journal", FOLDER)
"""What packages brought and nobody else writes to, the journal as it is stored, and the lab's own."""
_JOURNAL = "journal"


def files_of(host: LinuxHost) -> dict[str, Any]:
    """Return every changed path of a host: whether it is a folder, its content as base64, its mode and who owns it."""
    owners = _owners(host)
    found: dict[str, Any] = {}
    for path, place in _places(host):
        with contextlib.suppress(OSError):  # what is removed meanwhile is no longer there
            described = _describe(place, owners)
            if described:
                found[path] = described
    journal = host.run("journalctl", "--quiet", "--no-pager", "--output=export").stdout
    found[_JOURNAL] = {"folder": False, "content": base64.b64encode(journal).decode(), "mode": "", "owner": "root"}
    return found


def _places(host: LinuxHost) -> Iterator[tuple[str, Path]]:
    """Yield paths of a host, and where this machine finds them."""
    yield from _below(host.upper, host.upper)
    for name in _IN_MEMORY:
        yield from _below(host.root / name, host.root)


def _below(folder: Path, root: Path) -> Iterator[tuple[str, Path]]:
    for where, folders, files in os.walk(folder):
        inside = f"/{Path(where).relative_to(root)}".removesuffix("/.").rstrip("/")
        folders[:] = [name for name in folders if f"{inside}/{name}" not in _PASSED_OVER]
        yield from ((f"{inside}/{name}", Path(where, name)) for name in (*folders, *files))


def _describe(place: Path, owners: dict[int, str]) -> dict[str, Any] | None:
    state = place.lstat()
    folder = stat.S_ISDIR(state.st_mode)
    if not folder and not stat.S_ISREG(state.st_mode):
        return None  # a link, a socket, or the overlay's mark of a file that was removed
    return {
        "folder": folder,
        "content": None if folder else base64.b64encode(place.read_bytes()).decode(),
        "mode": f"{stat.S_IMODE(state.st_mode):04o}",
        "owner": owners.get(state.st_uid, str(state.st_uid)),
    }


def _owners(host: LinuxHost) -> dict[int, str]:
    accounts = [line.split(":") for line in host.read("/etc/passwd").decode().splitlines()]
    return {int(account[2]): account[0] for account in accounts}
