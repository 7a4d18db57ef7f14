# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The notebook of a run: what its processes do once for all of them, and hand to one another.

Ansible runs each host's task in a process of its own, and a task that runs once for all hosts is templated with the first one's
variables: one bad value of one machine would stop the fleet. So what is to be done once is done by whichever process comes first,
under a lock, and stands here for the others (mechanisms.md section 12).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from . import disk

_SCHEMA = """
CREATE TABLE IF NOT EXISTS rows (topic TEXT, key TEXT, body TEXT NOT NULL, PRIMARY KEY (topic, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS done (topic TEXT PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID;
"""
_BUSY_SECONDS = 60.0


class Notebook:
    """Rows by topic and key, in one file of the run's own temporary directory (0700, the same for all its processes, removed at exit).

    `clock` tells seconds, the same in all processes. Each call opens the file for itself: a connection must not cross a fork.
    """

    def __init__(self, directory: str | Path, *, clock: Callable[[], float] = time.time) -> None:
        self._directory = Path(directory)
        self._path = self._directory / "octopus-run.sqlite"
        self._clock = clock

    def row(self, topic: str, key: str) -> Any:
        """Return a row, or None."""
        return next(self._bodies("SELECT body FROM rows WHERE topic = ? AND key = ?", topic, key), None)

    def rows(self, topic: str) -> dict[str, Any]:
        """Return the rows of a topic by key."""
        with self._opened() as connection:
            found = connection.execute("SELECT key, body FROM rows WHERE topic = ?", (topic,)).fetchall()
        return {key: json.loads(body) for key, body in found}

    def write(self, topic: str, rows: Mapping[str, Any]) -> None:
        """Write rows, in place of older ones with their keys."""
        with self._opened() as connection:
            _insert(connection, topic, rows)

    def claim(self, topic: str, key: str, owner: str) -> str:
        """Write `owner` unless the row is there; return whose it is."""
        with self._opened() as connection:
            connection.execute("INSERT OR IGNORE INTO rows VALUES (?, ?, ?)", (topic, key, json.dumps(owner)))
        return str(self.row(topic, key))

    def once(self, topic: str, make: Callable[[], Mapping[str, Any]], *, lasts: float | None = None) -> None:
        """Have the rows of a topic written, calling `make` unless a process of this run has done so, in the last `lasts` seconds.

        Processes that come at once wait for the first. When its `make` raises, or it dies, nothing is noted, and the next one does it.
        """
        if self._is_done(topic, lasts):
            return
        with self.locked(topic):
            if self._is_done(topic, lasts):
                return
            rows = make()
            with self._opened() as connection:
                _insert(connection, topic, rows)
                connection.execute("INSERT OR REPLACE INTO done VALUES (?, ?)", (topic, self._clock()))

    @contextlib.contextmanager
    def locked(self, topic: str) -> Iterator[None]:
        """Hold the lock of a topic, alone in this run. The kernel frees it when the process dies."""
        name = hashlib.sha256(topic.encode("utf-8", "surrogatepass")).hexdigest()[:24]
        with disk.locked(self._directory / f"octopus-run-{name}.lock"):
            yield

    def _is_done(self, topic: str, lasts: float | None) -> bool:
        if not self._path.exists():
            return False
        at = next(self._bodies("SELECT at FROM done WHERE topic = ?", topic), None)
        return at is not None and (lasts is None or self._clock() - at < lasts)

    def _bodies(self, statement: str, *values: str) -> Iterator[Any]:
        with self._opened() as connection:
            found = connection.execute(statement, values).fetchall()
        for (body,) in found:
            yield json.loads(body) if isinstance(body, str) else body

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """Open the file in one transaction, making it if need be."""
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS)
        try:
            # The file dies with the run: nothing has to outlast a crash of the machine.
            connection.execute("PRAGMA synchronous = OFF")
            connection.executescript(_SCHEMA)
            with connection:
                yield connection
        finally:
            connection.close()


def _insert(connection: sqlite3.Connection, topic: str, rows: Mapping[str, Any]) -> None:
    told = [(topic, key, json.dumps(body)) for key, body in rows.items()]
    connection.executemany("INSERT OR REPLACE INTO rows VALUES (?, ?, ?)", told)
