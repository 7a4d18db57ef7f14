# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Encryption with the vault secrets that the run was given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib, match_encrypt_secret

from .._core.errors import CipherError, NoSecret
from .._store.cipher import UNLABELLED, label_of
from .cores import vault_secrets


class VaultCipher:
    """ansible-vault with the secrets of this run, so that `ansible-vault view` and `rekey` work on the files."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def encrypt(self, plain: bytes) -> bytes:
        return _encrypted(plain, *self._own())

    def decrypt(self, data: bytes) -> bytes:
        return self._opened(data)[0]

    def amend(self, data: bytes, change: Callable[[bytes], bytes]) -> bytes:
        plain, secret = self._opened(data)
        return _encrypted(change(plain), label_of(data), secret)

    def label(self) -> str:
        return str(self._own()[0])

    def opens_as_own(self, data: bytes) -> bool:
        try:
            VaultLib([self._own()]).decrypt(data)
        except AnsibleError:
            return False
        return True

    def _own(self) -> tuple[str, Any]:
        """Return the vault id and the secret that new files are encrypted with."""
        try:
            vault_id, secret = match_encrypt_secret(self._secrets(), encrypt_vault_id=C.DEFAULT_VAULT_ENCRYPT_IDENTITY)
        except AnsibleError as error:
            raise CipherError(f"the vault secrets of this run cannot encrypt it ({error})") from None
        return str(vault_id), secret

    def _opened(self, data: bytes) -> tuple[bytes, Any]:
        """Return what is encrypted, and the secret that opened it."""
        try:
            plain, _vault_id, secret = VaultLib(self._secrets()).decrypt_and_get_vault_id(data)
        except AnsibleError:
            raise CipherError("none of the vault secrets of this run decrypts it: it was encrypted with another, or is damaged") from None
        return bytes(plain), secret

    def _secrets(self) -> list[Any]:
        secrets = vault_secrets(self._loader)
        if not secrets:
            raise NoSecret
        return secrets


def _encrypted(plain: bytes, vault_id: str, secret: Any) -> bytes:
    # A file without label is what ansible-vault itself writes for the default id.
    label = None if vault_id == UNLABELLED else vault_id
    try:
        return bytes(VaultLib([(vault_id, secret)]).encrypt(plain, secret=secret, vault_id=label))
    except AnsibleError as error:
        raise CipherError(f"the vault secrets of this run cannot encrypt it ({error})") from None
