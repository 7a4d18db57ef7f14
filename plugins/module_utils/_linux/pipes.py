# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What a process prints until it ends, or until its time is over."""

import contextlib
import os
import selectors
import subprocess
import time
from typing import Any

from . import family
from .limit import LIMIT, limited

_ORPHAN_SECONDS = 2
"""How long the pipes of a process that has ended are read: what it started may live on with them. batch.ps1 has the same."""

_LOOK_SECONDS = 0.1
_MOST_BYTES = 4 * LIMIT
"""In UTF-8 no character has more than four."""

_SAID = 1000
"""How much of what it had said is told of a process that was killed, in characters."""


def read_to_the_end(process: "subprocess.Popen[bytes]", seconds: float) -> "tuple[str, str]":
    """Return what a process, which leads a session, printed to its two pipes.

    Raises OSError for one that has not ended after so many seconds. It is killed then, with all that it started.
    """
    until = time.monotonic() + seconds
    said: dict[Any, bytes] = {process.stdout: b"", process.stderr: b""}
    with contextlib.ExitStack() as opened:
        pipes = opened.enter_context(selectors.DefaultSelector())
        for pipe in said:
            opened.callback(pipe.close)
            pipes.register(pipe, selectors.EVENT_READ)
        _read(pipes, said, process, until)
        ended = _has_ended(process, until)
        if not ended:
            family.kill(process.pid)
            _read(pipes, said, process, time.monotonic() + _ORPHAN_SECONDS)
            _has_ended(process, time.monotonic() + _ORPHAN_SECONDS)
    stdout, stderr = (limited(text.decode("utf-8", "replace")) for text in said.values())
    if not ended:
        words = f"{stderr}\n{stdout}".strip()[-_SAID:]
        had_said = f"; it had said: {words}" if words else ""
        raise OSError(f"the process did not end within {seconds} seconds and was killed{had_said}")
    return stdout, stderr


def _read(pipes: selectors.BaseSelector, said: "dict[Any, bytes]", process: "subprocess.Popen[bytes]", until: float) -> None:
    """Read until both pipes are closed, or the time has come; when the process has ended, for a moment longer at most."""
    ended = False
    while pipes.get_map() and time.monotonic() < until:
        for key, _events in pipes.select(_LOOK_SECONDS):
            chunk = os.read(key.fd, 1 << 16)
            said[key.fileobj] = (said[key.fileobj] + chunk)[-_MOST_BYTES:]
            if not chunk:
                pipes.unregister(key.fileobj)
        if not ended and process.poll() is not None:
            ended, until = True, time.monotonic() + _ORPHAN_SECONDS


def _has_ended(process: "subprocess.Popen[bytes]", until: float) -> bool:
    """Tell whether a process ends until then."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(max(until - time.monotonic(), 0))
    return process.returncode is not None
