# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""How the store encrypts what it keeps."""

from __future__ import annotations

from typing import Protocol

from .._core.errors import CipherError


class Cipher(Protocol):
    """How the store encrypts. Both directions raise CipherError."""

    def encrypt(self, plain: bytes) -> bytes: ...

    def decrypt(self, data: bytes) -> bytes: ...


class PlainCipher:
    """No encryption at all: only for users who ask for it by name (`encryption: none`)."""

    def encrypt(self, plain: bytes) -> bytes:
        return plain

    def decrypt(self, data: bytes) -> bytes:
        if data.startswith(b"$ANSIBLE_VAULT"):
            raise CipherError("it is encrypted with ansible-vault, but the store is set to work without encryption")
        return data
