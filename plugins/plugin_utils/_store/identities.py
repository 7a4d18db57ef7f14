# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The identity store: a directory with two files for each host, its certificate in clear and its private key encrypted."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace as altered
from pathlib import Path

from .._core.errors import CertificateError, CipherError, InputError, StoreError
from .._core.identity import Identity, Material, normalise_thumbprint, safe_file_name
from . import disk, records
from .cipher import Cipher
from .pfx import make_material
from .proof import prove

Once = Callable[[str, Callable[[], None]], None]


class IdentityStore:
    """Keep identities in a directory, so that a host which is built again is the same host.

    `<name>.pem` holds the certificate, former thumbprints and subscription ids and is enough for an unchanged host, without any secret.
    `<name>.key` holds the private key and, once more, certificate and thumbprints, encrypted. The key is written first, and nobody gets an
    identity before both files are on disk and were read back: a `.key` alone is the rest of a run that was cut off, or of a `.pem` that
    was lost, and says who it is.
    `once` calls what it is given unless it did so in this run, and repeats its CipherError. Every method raises StoreError.
    """

    def __init__(self, directory: str | Path, cipher: Cipher, *, once: Once = lambda topic, do: do()) -> None:
        self.directory = Path(directory)
        self._cipher = cipher
        self._once = once

    def find(self, name: str) -> Identity | None:
        """Return the identity, or None when none was made yet. Decrypts nothing, unless the certificate is lost and the key is there."""
        certificate, key = self._files(name)
        try:
            identity = records.read_certificate(name, certificate.read_bytes())
        except FileNotFoundError:
            return self._opened(name, None)[1] if key.exists() else None
        except OSError as error:
            raise StoreError(f"The certificate of identity {name!r} cannot be read: {_words(error)} ({certificate}).") from None
        except (CertificateError, InputError) as error:
            raise StoreError(
                f"The certificate of identity {name!r} in {certificate} is unusable: {str(error).rstrip('.')}. "
                f"Restore it from a backup, or delete it alone and it is written again from {key.name}."
            ) from None
        if not key.exists():
            raise StoreError(
                f"Identity {name!r} has a certificate but no private key: "
                f"restore {key} from a backup, or delete {certificate} for a new identity."
            )
        return identity

    def require_secret(self, *, write: bool = False) -> None:
        """Make sure that a key which is encrypted now can be read later. `write`: a key is going to be made."""
        with self._saying("No identity is made", self.directory):
            self._once(f"{write}", lambda: prove(self.directory, self._cipher, write=write))

    def obtain(self, name: str, make: Callable[[], Material] = make_material) -> tuple[Identity, bool]:
        """Return the identity, and whether it had to be made. Of two runs at once, both get the one that was first."""
        found = self.find(name)
        if found is not None:
            return self.whole(found), False
        self.require_secret(write=True)
        # Before the lock: making a key takes a moment, and a fleet makes many at once.
        made = self._sealed(name, make(), ())
        with self._locked():
            return self._obtain_locked(name, made)

    def whole(self, found: Identity) -> Identity:
        """Return an identity that was found once its certificate is there, written again where it was lost."""
        if not self._files(found.name)[0].exists():
            with self._locked():
                self._obtain_locked(found.name, None)
        return found

    def private_key(self, name: str) -> bytes:
        """Return the private key, PEM, once it is sure that it belongs to the certificate."""
        identity = self.find(name)
        if identity is None:
            raise StoreError(f"There is no identity {name!r} in {self.directory}.")
        return self._opened(name, identity.certificate_pem)[0].private_key_pem

    def remember(self, name: str, former_thumbprint: str) -> Identity:
        """Add a thumbprint that the host had before, so that a record which still shows it is known as the host's own."""
        former = normalise_thumbprint(former_thumbprint)
        with self._locked():
            identity = self.find(name)
            if identity is None:
                raise StoreError(f"There is no identity {name!r} in {self.directory} that could remember a former thumbprint.")
            if identity.knows(former):
                return identity
            material, held = self._opened(name, identity.certificate_pem)
            # The encrypted half may remember more: a `.pem` can come from an older backup.
            known = dict.fromkeys((*held.former_thumbprints, *identity.former_thumbprints, former))
            identity = altered(identity, former_thumbprints=tuple(known))
            key = self._files(name)[1]
            with self._saying(f"The private key of identity {name!r} cannot be written", key):
                noted = records.write_key(identity, material.private_key_pem)
                disk.overwrite(key, self._cipher.amend(key.read_bytes(), lambda plain: noted))
            self._write_certificate(identity)
            return identity

    def remember_subscriptions(self, name: str, subscriptions: Mapping[str, str]) -> Identity:
        """Keep the ids under which the host polls, by the servers' thumbprints, in place of those that it had. Needs no secret."""
        found = self.find(name)
        if found is not None and found.subscriptions == subscriptions:
            return found
        with self._locked():
            found = self.find(name)
            if found is None:
                raise StoreError(f"There is no identity {name!r} in {self.directory} that could remember a subscription id.")
            identity = altered(found, subscriptions=dict(subscriptions))
            self._write_certificate(identity)
            return identity

    def replace(self, name: str, material: Material) -> Identity:
        """Give the host another certificate and key; the old thumbprint becomes a former one."""
        old = self.find(name)
        if old is not None and old.thumbprint == material.thumbprint:
            return self.whole(old)
        self.require_secret(write=True)
        with self._locked():
            old = self.find(name)
            known = (*old.former_thumbprints, old.thumbprint) if old else ()
            former = tuple(each for each in known if each != material.thumbprint)
            key = self._files(name)[1]
            with self._saying(f"The private key of identity {name!r} cannot be written", key):
                disk.overwrite(key, self._sealed(name, material, former))
            polls = old.subscriptions if old else {}
            self._write_certificate(Identity(name, material.thumbprint, material.certificate_pem, former, polls))
            return self._read_back(name)

    def _obtain_locked(self, name: str, made: bytes | None) -> tuple[Identity, bool]:
        certificate, key = self._files(name)
        found = self.find(name)
        if found is not None and certificate.exists():
            return found, False
        ours = False
        if made is not None:
            with self._saying(f"The private key of identity {name!r} cannot be written", key), contextlib.suppress(FileExistsError):
                disk.create(key, made)
                ours = True
        # From here on the key file alone says what the identity is, whoever wrote it.
        self._write_certificate(self._opened(name, None)[1])
        return self._read_back(name), ours

    def _read_back(self, name: str) -> Identity:
        identity = self.find(name)
        if identity is None:
            raise StoreError(f"Identity {name!r} was written to {self.directory} and is not there: something else removes files from it.")
        self._opened(name, identity.certificate_pem)
        return identity

    def _sealed(self, name: str, material: Material, former: tuple[str, ...]) -> bytes:
        """Return the bytes of a new key file."""
        identity = Identity(name, material.thumbprint, material.certificate_pem, former)
        with self._saying(f"The private key of identity {name!r} cannot be written", self._files(name)[1]):
            return self._cipher.encrypt(records.write_key(identity, material.private_key_pem))

    def _opened(self, name: str, certificate_pem: str | None) -> tuple[Material, Identity]:
        """Return what the key file holds: see records.read_key."""
        certificate, key = self._files(name)
        with self._saying(f"The private key of identity {name!r} cannot be read", key):
            plain = self._cipher.decrypt(key.read_bytes())
        try:
            return records.read_key(name, plain, certificate_pem)
        except (CertificateError, InputError) as error:
            raise StoreError(
                f"The private key of identity {name!r} in {key} cannot be used: {str(error).rstrip('.')}. "
                f"Restore {key.name} and {certificate.name} from one backup, or delete both for a new identity."
            ) from None

    def _write_certificate(self, identity: Identity) -> None:
        certificate = self._files(identity.name)[0]
        with self._saying(f"The certificate of identity {identity.name!r} cannot be written", certificate):
            disk.overwrite(certificate, records.write_certificate(identity))

    def _files(self, name: str) -> tuple[Path, Path]:
        try:
            file_name = safe_file_name(name)
        except InputError as error:
            raise StoreError(f"The name of an identity {error}") from None
        return self.directory / f"{file_name}.pem", self.directory / f"{file_name}.key"

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            with self._saying("The identity store cannot be written to", self.directory):
                disk.make_private_directory(self.directory)
                stack.enter_context(disk.locked(self.directory / ".lock"))
            yield

    @contextlib.contextmanager
    def _saying(self, what: str, path: Path) -> Iterator[None]:
        """Turn the errors of disk and cipher into a StoreError that says what failed, and where."""
        try:
            yield
        except CipherError as error:
            raise StoreError(f"{what} ({path}): {error}.") from None
        except OSError as error:
            raise StoreError(f"{what} ({path}): {_words(error)}.") from None


def _words(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
