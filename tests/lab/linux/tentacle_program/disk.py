"""The disk of a real host."""

from __future__ import annotations

import contextlib
from pathlib import Path


class Disk:
    """The files of this operating system, with the umask and the rights of this process."""

    def exists(self, path: str) -> bool:
        with contextlib.suppress(PermissionError):  # what cannot be reached is not there, to .NET
            return Path(path).exists()
        return False

    def is_dir(self, path: str) -> bool:
        with contextlib.suppress(PermissionError):
            return Path(path).is_dir()
        return False

    def list_dir(self, path: str) -> list[str]:
        return sorted(entry.name for entry in Path(path).iterdir())

    def make_dirs(self, path: str) -> None:
        Path(path).mkdir(parents=True, exist_ok=True)

    def read(self, path: str) -> bytes:
        return Path(path).read_bytes()

    def write(self, path: str, data: bytes) -> None:
        Path(path).write_bytes(data)

    def append(self, path: str, data: bytes) -> None:
        with Path(path).open("ab", buffering=0) as file:
            file.write(data)

    def delete(self, path: str) -> None:
        Path(path).unlink()
