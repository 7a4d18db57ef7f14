# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The files of a report: one log for each host, readable by the user alone."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

from .._core.identity import percent_encode

_LONGEST = 200


class ReportFiles:
    """The folder of one run. Made when the first line is written; every line is one write, so that a fork copies no buffer."""

    def __init__(self, directory: str, clean: Callable[[str], str]) -> None:
        run = f"{datetime.now(timezone.utc):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
        self.folder = Path(directory).expanduser() / run
        self._clean = clean

    def append(self, host: str, text: str) -> None:
        """Add to a host's log. Raises OSError."""
        self._write(f"{_stem(host)}.log", text, os.O_APPEND)

    def put(self, name: str, text: str) -> Path:
        """Write a file of the run. Raises OSError."""
        self._write(name, text, os.O_TRUNC)
        return self.folder / name

    def _write(self, name: str, text: str, mode: int) -> None:
        self.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | mode, 0o600)
        try:
            os.write(handle, _encode(self._clean(text)))
        finally:
            os.close(handle)


def add_to(path: str, text: str) -> None:
    """Add to a file of the runner's. Raises OSError."""
    with Path(path).open("ab") as file:
        file.write(_encode(text))


def _encode(text: str) -> bytes:
    """Return the text as UTF-8; what UTF-8 cannot say, as a machine's broken output holds it, is spelt out."""
    return text.encode("utf-8", "backslashreplace")


def _stem(host: str) -> str:
    """Return the name of a host's log without extension: its own for each host, and short enough for a file system."""
    name = percent_encode(_encode(host).decode())
    return name if len(name) <= _LONGEST else f"{name[:_LONGEST]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
