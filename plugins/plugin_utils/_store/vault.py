# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Encryption of what the store keeps, with the vault secrets that the run was given."""

from __future__ import annotations

from typing import Any, Protocol

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib, VaultSecretsContext, match_encrypt_secret


class CipherError(Exception):
    """Something that cannot be encrypted or decrypted; the text is one sentence, to be completed with the name of the file."""


class NoSecret(CipherError):
    """The run was given no vault secret."""

    def __init__(self) -> None:
        super().__init__(
            "no vault secret was given: use --vault-password-file or --vault-id, set ANSIBLE_VAULT_PASSWORD_FILE, "
            "or set vault_password_file in ansible.cfg"
        )


class Cipher(Protocol):
    """How the store encrypts. Both directions raise CipherError."""

    def encrypt(self, plain: bytes) -> bytes: ...

    def decrypt(self, data: bytes) -> bytes: ...


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
        context = VaultSecretsContext.current(optional=True)
        # Only the command line initialises the context; a loader used without it carries its secrets itself.
        secrets = (context and context.secrets) or getattr(getattr(self._loader, "_vault", None), "secrets", None)
        if not secrets:
            raise NoSecret
        return list(secrets)


class PlainCipher:
    """No encryption at all: only for users who ask for it by name (`encryption: none`)."""

    def encrypt(self, plain: bytes) -> bytes:
        return plain

    def decrypt(self, data: bytes) -> bytes:
        if data.startswith(b"$ANSIBLE_VAULT"):
            raise CipherError("it is encrypted with ansible-vault, but the store is set to work without encryption")
        return data
