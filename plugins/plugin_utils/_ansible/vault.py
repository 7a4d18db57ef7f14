# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Encryption with the vault secrets that the run was given."""

from __future__ import annotations

from typing import Any

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib, match_encrypt_secret

from .._core.errors import CipherError, NoSecret
from .cores import vault_secrets


class VaultCipher:
    """ansible-vault with the secrets of this run, so that `ansible-vault view` and `rekey` work on the files."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def encrypt(self, plain: bytes) -> bytes:
        secrets = self._secrets()
        try:
            vault_id, secret = match_encrypt_secret(secrets, encrypt_vault_id=C.DEFAULT_VAULT_ENCRYPT_IDENTITY)
            # A file without label is what ansible-vault itself writes for the default id.
            return VaultLib(secrets).encrypt(plain, secret=secret, vault_id=None if vault_id == "default" else vault_id)
        except AnsibleError as error:
            raise CipherError(f"the vault secrets of this run cannot encrypt it ({error})") from None

    def decrypt(self, data: bytes) -> bytes:
        try:
            return bytes(VaultLib(self._secrets()).decrypt(data))
        except AnsibleError:
            raise CipherError("none of the vault secrets of this run decrypts it: it was encrypted with another, or is damaged") from None

    def _secrets(self) -> list[Any]:
        secrets = vault_secrets(self._loader)
        if not secrets:
            raise NoSecret
        return secrets
