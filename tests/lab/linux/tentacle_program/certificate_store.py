"""The certificates that .NET keeps for a user on Linux: one PFX a certificate, without password (tentacle.md 2.4)."""

from __future__ import annotations

import contextlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from ...machine import CertificateStoreError

_PLACE = (".dotnet", "corefx", "cryptography", "x509stores", "my")
_OF_THE_RUNTIME = (".dotnet", "corefx")
"""What the start of .NET makes for its user alone; the store's own folders are left to the umask."""
_OWNER_ONLY = 0o700
_FILE_MODE = 0o600


@dataclass(frozen=True)
class UserStore:
    """The store `My` below a user's home directory.

    Looking up asks for no ownership, adding does: a certificate that the store has already is taken from a stranger's store, too.
    """

    home: Path

    @property
    def path(self) -> Path:
        return self.home.joinpath(*_PLACE)

    def find(self, thumbprint: str) -> bytes | None:
        """Return a certificate's PFX; a file that cannot be read is not there. Raises PermissionError for a store that cannot be listed."""
        if not self._exists() or self._file(thumbprint) not in self.path.iterdir():
            return None
        with contextlib.suppress(OSError):
            return self._file(thumbprint).read_bytes()
        return None

    def add(self, thumbprint: str, pfx: bytes) -> None:
        """Put a certificate in, readable for the user alone. Raises CertificateStoreError."""
        try:
            self._make_directories()
            self._check_owner()
            descriptor = os.open(self._file(thumbprint), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _FILE_MODE)
            with os.fdopen(descriptor, "wb") as file:
                os.fchmod(descriptor, _FILE_MODE)
                file.write(pfx)
        except OSError as error:
            raise CertificateStoreError("The X509 certificate could not be added to the store.") from error

    def _exists(self) -> bool:
        with contextlib.suppress(PermissionError):  # a store below a folder of somebody else's is none
            return self.path.is_dir()
        return False

    def _file(self, thumbprint: str) -> Path:
        return self.path / f"{thumbprint}.pfx"

    def _make_directories(self) -> None:
        path = self.home
        for name in _PLACE:
            path /= name
            if not path.is_dir():
                path.mkdir(_OWNER_ONLY if name in _OF_THE_RUNTIME else 0o777)

    def _check_owner(self) -> None:
        found = self.path.stat()
        if found.st_uid != os.geteuid():
            raise CertificateStoreError(f"The owner of '{self.path}' is not the current user.")
        if stat.S_IMODE(found.st_mode) & _OWNER_ONLY != _OWNER_ONLY:
            raise CertificateStoreError(f"The directory '{self.path}' must be readable, writable and searchable for its owner.")
