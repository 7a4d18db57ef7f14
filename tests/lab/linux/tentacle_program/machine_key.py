"""How Tentacle encrypts secrets on Linux: AES-256-CBC with a key that the machine has (tentacle.md 2.4).

Checked against Configuration/Crypto/ of OctopusTentacle at a321dc6c. The key sources are tried in turn until one works, so a text
that was encrypted on another machine is tried with a generated key, too: failing makes that key.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ...machine import FileSystem

MACHINE_ID = "/etc/machine-id"
GENERATED_KEY = "/etc/octopus/machinekey"
_MACHINE_ID_VECTOR = b"743677397A244326"
_BLOCK_BYTES = 16
_KEY_BYTES = 32


@dataclass(frozen=True)
class Key:
    """A key for AES-256 and the vector that goes with it, always the same: equal texts have equal ciphertexts."""

    key: bytes
    vector: bytes


@dataclass(frozen=True)
class MachineKey:
    """The encryption of one machine, whose disk is `files`."""

    files: FileSystem

    def protect(self, clear: str) -> str:
        """Encrypt a text. Raises ValueError when no key is to be had."""
        return self._first_success(lambda key: base64.b64encode(_encrypt(key, clear.encode())).decode())

    def unprotect(self, protected: str) -> str:
        """Decrypt a text. Raises ValueError when no key of this machine fits."""
        return self._first_success(lambda key: _decrypt(key, base64.b64decode(protected, validate=True)).decode("utf-8", "replace"))

    def _first_success(self, work: Callable[[Key], str]) -> str:
        failures = []
        for load in self._sources():
            try:
                return work(load())
            except (ValueError, OSError) as error:
                failures.append(str(error))
        raise ValueError("; ".join(failures))

    def _sources(self) -> Iterator[Callable[[], Key]]:
        yield self._of_machine_id
        yield self._generated

    def _of_machine_id(self) -> Key:
        first_line = (self.files.read(MACHINE_ID).decode().splitlines() or [""])[0]
        if len(first_line) != _KEY_BYTES:
            raise ValueError(f"machine-id contents at {MACHINE_ID} is either empty or not 256 bits")
        return Key(first_line.encode("latin-1"), _MACHINE_ID_VECTOR)

    def _generated(self) -> Key:
        if not self.files.exists(GENERATED_KEY):
            parts = (os.urandom(_KEY_BYTES), os.urandom(_BLOCK_BYTES))
            self.files.make_dirs(GENERATED_KEY.rpartition("/")[0])
            self.files.write(GENERATED_KEY, b".".join(base64.b64encode(part) for part in parts))
        key, _, vector = self.files.read(GENERATED_KEY).partition(b".")
        return Key(base64.b64decode(key, validate=True), base64.b64decode(vector, validate=True))


def _encrypt(key: Key, clear: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import CBC

    padding = _BLOCK_BYTES - len(clear) % _BLOCK_BYTES
    encryptor = Cipher(AES(key.key), CBC(key.vector)).encryptor()
    return encryptor.update(clear + bytes([padding]) * padding) + encryptor.finalize()


def _decrypt(key: Key, encrypted: bytes) -> bytes:
    """Decrypt whole blocks. Raises ValueError when the padding is none: the key is another one."""
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import CBC

    decryptor = Cipher(AES(key.key), CBC(key.vector)).decryptor()
    padded = decryptor.update(encrypted) + decryptor.finalize()
    padding = padded[-1] if padded else 0
    if not 1 <= padding <= _BLOCK_BYTES or padded[-padding:] != bytes([padding]) * padding:
        raise ValueError("Padding is invalid and cannot be removed.")
    return padded[:-padding]
