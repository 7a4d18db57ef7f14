# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What the server held when the run began, in a file that all of the run's processes share (mechanisms.md section 2)."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from .._core.octopus.endpoint import thumbprint_of
from .._core.octopus.field import Record
from .._core.octopus.resources import ResourceType
from .._core.octopus.snapshot import Named, Snapshot
from . import disk

_SCHEMA = """
CREATE TABLE meta (body TEXT NOT NULL);
CREATE TABLE records (position INTEGER PRIMARY KEY, type TEXT NOT NULL, name TEXT NOT NULL, thumbprint TEXT NOT NULL, uri TEXT NOT NULL,
                      body TEXT NOT NULL);
CREATE INDEX by_name ON records (type, name);
CREATE INDEX by_thumbprint ON records (type, thumbprint);
CREATE INDEX by_uri ON records (type, uri);
"""


class SnapshotFile:
    """One snapshot on disk, for one server, space and credential.

    `directory` is the run's own temporary directory (0700, the same for all workers, removed at exit). `key` tells snapshots apart; only
    its hash shows in the file name, so it may hold a credential. Use as a context manager, or `close` it; never carry it across a fork.
    """

    def __init__(self, directory: str | Path, key: str) -> None:
        digest = hashlib.sha256(key.encode()).hexdigest()[:24]
        self._path = Path(directory) / f"octopus-snapshot-{digest}.sqlite"
        self._connection: sqlite3.Connection | None = None
        self._meta: Snapshot | None = None

    def __enter__(self) -> SnapshotFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def exists(self) -> bool:
        """Whether it is on disk."""
        return self._path.exists()

    def ensure(self, read: Callable[[], Snapshot]) -> None:
        """Have the snapshot on disk, calling `read` unless another process has done so already.

        Processes that come at once wait for the first. When its `read` raises, nothing stays behind, its error is its own,
        and the next one tries for itself.
        """
        if self.exists:
            return
        with disk.locked(self._path.with_suffix(".lock")):
            if not self._path.exists():
                self._write(read())

    def close(self) -> None:
        """Close the file. The next question opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def meta(self) -> Snapshot:
        """Return the snapshot without its records. It is read once: nobody writes it again."""
        if self._meta is None:
            self._meta = Snapshot.from_json(self._rows("SELECT body FROM meta")[0])
        return self._meta

    def add(self, kind: ResourceType, listed: Iterable[Named], new: Iterable[Named] = ()) -> None:
        """Have the snapshot hold all things of a type that it was read without, and new ones; what is on disk stays as it is."""
        self._meta = self.meta().with_list(kind, listed).with_more({kind.path: new})

    def amend(self, new: Mapping[str, Iterable[Named]]) -> None:
        """Add things that were made since it was read, by the path of their type. Who reads it at that moment reads it as it was."""
        with disk.locked(self._path.with_suffix(".lock")):
            self.close()
            self._meta = None
            body = self.meta().with_more(new).to_json()
            self.close()
            temporary = self._path.with_suffix(".new")
            shutil.copyfile(self._path, temporary)
            temporary.chmod(0o600)
            with contextlib.closing(sqlite3.connect(temporary, isolation_level=None)) as connection:
                connection.execute("UPDATE meta SET body = ?", (body,))
            temporary.replace(self._path)
            self._meta = None

    def count(self, kind: ResourceType) -> int:
        """Return the number of records of a type."""
        return int(self._rows("SELECT count(*) FROM records WHERE type = ?", kind.path)[0])

    def by_name(self, kind: ResourceType, name: str) -> list[Record]:
        """Return the records of this name; case and outer blanks make no difference to Octopus."""
        return self._records("name", kind, name.strip().casefold())

    def by_thumbprint(self, kind: ResourceType, thumbprint: str) -> list[Record]:
        """Return the records with this thumbprint. There may rightly be several."""
        return self._records("thumbprint", kind, thumbprint.upper())

    def by_uri(self, kind: ResourceType, uri: str) -> list[Record]:
        """Return the records with this URI; case and a slash at its end make no difference to Octopus."""
        return self._records("uri", kind, _uri(uri))

    def _records(self, column: Literal["name", "thumbprint", "uri"], kind: ResourceType, value: str) -> list[Record]:
        rows = self._rows(f"SELECT body FROM records WHERE type = ? AND {column} = ? ORDER BY position", kind.path, value)
        return [json.loads(body) for body in rows]

    def _rows(self, statement: str, *values: str) -> list[Any]:
        if self._connection is None:
            self._connection = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        return [row[0] for row in self._connection.execute(statement, values)]

    def _write(self, snapshot: Snapshot) -> None:
        temporary = self._path.with_suffix(".new")  # the lock is held: nobody else writes this name
        temporary.unlink(missing_ok=True)
        try:
            _fill(temporary, snapshot)
            temporary.replace(self._path)
        finally:
            temporary.unlink(missing_ok=True)


def _fill(file: Path, snapshot: Snapshot) -> None:
    rows = [_row(path, record) for path, records in snapshot.records.items() for record in records]
    file.touch(mode=0o600)
    connection = sqlite3.connect(file)
    try:
        connection.execute("PRAGMA journal_mode = OFF")  # a file that is not complete is thrown away anyhow
        connection.executescript(_SCHEMA)
        with connection:
            connection.execute("INSERT INTO meta VALUES (?)", (snapshot.to_json(),))
            connection.executemany("INSERT INTO records (type, name, thumbprint, uri, body) VALUES (?, ?, ?, ?, ?)", rows)
    finally:
        connection.close()


def _row(path: str, record: Record) -> tuple[str, str, str, str, str]:
    uri = _uri((record.get("Endpoint") or {}).get("Uri") or "")
    return path, record["Name"].strip().casefold(), thumbprint_of(record), uri, json.dumps(dict(record))


def _uri(text: str) -> str:
    return text.rstrip("/").lower()
