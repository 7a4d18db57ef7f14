# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Who listens on a port of the host."""

import contextlib
import glob
import os

_TABLES = ("/proc/net/tcp", "/proc/net/tcp6")
_LISTENING = "0A"
_LONGEST_NAME = 60


def stranger(port: int, unit: str) -> "str | None":
    """Return which process listens on a port that no process of the unit listens on; None when nobody does, or nobody can tell."""
    holders = _holders(_inodes(port))
    if not holders or any(_is_of(process, unit) for process in holders):
        return None
    return f"the process {holders[0]}{_name(holders[0])}"


def _inodes(port: int) -> "set[str]":
    found = set()
    for table in _TABLES:
        with contextlib.suppress(OSError), open(table, encoding="ascii") as stream:
            for line in list(stream)[1:]:
                fields = line.split()
                if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                    found.add(fields[9])
    return found


def _holders(inodes: "set[str]") -> "list[str]":
    """Return the processes that have one of these sockets open, in the order of their ids."""
    wanted = {f"socket:[{inode}]" for inode in inodes}
    found = set()
    for path in glob.glob("/proc/[0-9]*/fd/*") if wanted else ():
        with contextlib.suppress(OSError):  # it has ended meanwhile
            if os.readlink(path) in wanted:
                found.add(path.split("/")[2])
    return sorted(found, key=int)


def _is_of(process: str, unit: str) -> bool:
    """Tell whether a process is of a unit's control group, which has the unit's name, or that with a line before it."""
    with contextlib.suppress(OSError), open(f"/proc/{process}/cgroup", encoding="utf-8", errors="replace") as stream:
        return any({unit, "_" + unit} & {*line.rstrip("\n").split("/")} for line in stream)
    return False


def _name(process: str) -> str:
    """Return a process's name in brackets; not its command line, which may hold a secret."""
    with contextlib.suppress(OSError), open(f"/proc/{process}/comm", encoding="utf-8", errors="replace") as stream:
        return f" ({stream.read().strip()[:_LONGEST_NAME]})"
    return ""
