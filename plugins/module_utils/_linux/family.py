# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""A process with all that it started."""

import contextlib
import glob
import os
import signal
import time
from collections.abc import Iterator

_MOST_ROUNDS = 20
_PAUSE_SECONDS = 0.05


def kill(leader: int) -> None:
    """Kill a process that leads a session, its children with theirs, and who else is in the session.

    Some may start others meanwhile, and those that are killed need a moment: so they are looked for until there is none. One that the
    kernel holds cannot be waited for.
    """
    for _round in range(_MOST_ROUNDS):
        members = _members(leader)
        if not members:
            return
        # First stopped: whoever saw another die would say so, or start it again.
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for member in members:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(member, number)
        time.sleep(_PAUSE_SECONDS)


def _members(leader: int) -> "set[int]":
    alive = list(_alive())
    found = {process for process, _parent, session in alive if leader in (process, session)}
    while True:
        children = {process for process, parent, _session in alive if parent in found} - found
        if not children:
            return found
        found |= children


def _alive() -> "Iterator[tuple[int, int, int]]":
    """Yield each process of the machine that has not ended, with its parent and its session."""
    for path in glob.glob("/proc/[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            with open(path, encoding="ascii", errors="replace") as stream:
                state, parent, _group, session = stream.read().rpartition(")")[2].split()[:4]  # its name may hold brackets and blanks
            if state not in "ZX":
                yield int(path.split("/")[2]), int(parent), int(session)
