"""The bad luck of a host: a file that the lab writes on it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, MutableMapping

from ...machine import FAULTS, FileSystem

FAULTS_FILE = "/run/octolab/faults.json"


class FaultsFile(MutableMapping[str, object]):
    """The faults named in a JSON object, of those that the emulator knows; no file means none.

    A fault that is used up is taken out of the file. Who may not write it meets the fault again.
    """

    def __init__(self, files: FileSystem, path: str = FAULTS_FILE) -> None:
        self._files = files
        self._path = path

    def _load(self) -> dict[str, object]:
        try:
            loaded = json.loads(self._files.read(self._path))
        except (OSError, ValueError):
            return {}
        return loaded if isinstance(loaded, dict) else {}

    def _store(self, values: dict[str, object]) -> None:
        with contextlib.suppress(OSError):
            self._files.write(self._path, json.dumps(values).encode())

    def _known(self) -> dict[str, object]:
        return {name: value for name, value in self._load().items() if name in FAULTS}

    def __getitem__(self, name: str) -> object:
        return self._known()[name]

    def __setitem__(self, name: str, value: object) -> None:
        self._store({**self._load(), name: value})

    def __delitem__(self, name: str) -> None:
        values = self._load()
        del values[name]
        self._store(values)

    def __iter__(self) -> Iterator[str]:
        return iter(self._known())

    def __len__(self) -> int:
        return len(self._known())
