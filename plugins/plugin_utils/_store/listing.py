# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""All identities of a store, read from their certificates in clear: without the secret, and without changing anything."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

from .._core.errors import CertificateError, InputError, StoreError
from .._core.identity import Identity
from .records import read_certificate


def identities_in(directory: str | Path) -> list[Identity]:
    """Return the identities of a store, by the names of their files. A certificate that has no key beside it is none.

    Raises StoreError where the store or one of its certificates cannot be read, and names it.
    """
    directory = Path(directory)
    try:
        files = sorted(path for path in directory.iterdir() if path.suffix == ".pem" and not path.name.startswith("."))
    except OSError as error:
        raise StoreError(f"The identity store {directory} cannot be read: {(error.strerror or str(error)).lower()}.") from None
    return [_read(path) for path in files if path.with_suffix(".key").exists()]


def _read(path: Path) -> Identity:
    name = unquote(path.stem, errors="surrogateescape")
    try:
        return read_certificate(name, path.read_bytes())
    except OSError as error:
        why = (error.strerror or str(error)).lower()
    except (CertificateError, InputError) as error:
        why = str(error).rstrip(".")
    raise StoreError(f"The certificate {path} cannot be read: {why}.")
