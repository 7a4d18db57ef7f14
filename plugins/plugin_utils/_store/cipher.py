# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""How the store encrypts what it keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from .._core.errors import CipherError

PLAIN, UNLABELLED = "", "default"
"""The labels of what is not encrypted, and of what is encrypted without a label: the latter is what ansible-vault calls its default id."""

_HEADER = b"$ANSIBLE_VAULT"


def label_of(data: bytes) -> str:
    """Return the label of what a cipher wrote, from its first line alone."""
    header = data.split(b"\n", 1)[0].strip().split(b";")
    if header[0] != _HEADER:
        return PLAIN
    return header[3].decode(errors="replace") if len(header) > 3 else UNLABELLED


class Cipher(Protocol):
    """How the store encrypts. Every method raises CipherError."""

    def encrypt(self, plain: bytes) -> bytes:
        """Return a new file's bytes, encrypted."""

    def decrypt(self, data: bytes) -> bytes:
        """Return what is encrypted."""

    def amend(self, data: bytes, change: Callable[[bytes], bytes]) -> bytes:
        """Return what is encrypted, changed, and encrypted again so that whoever could read it still can."""

    def label(self) -> str:
        """Return the label that `encrypt` gives: the vault id."""

    def opens_as_own(self, data: bytes) -> bool:
        """Tell whether the secret that `encrypt` uses opens this, and not merely another one of the run."""


class PlainCipher:
    """No encryption at all: only for users who ask for it by name (`encryption: none`)."""

    def encrypt(self, plain: bytes) -> bytes:
        return plain

    def decrypt(self, data: bytes) -> bytes:
        if label_of(data) != PLAIN:
            raise CipherError("it is encrypted with ansible-vault, but the store is set to work without encryption")
        return data

    def amend(self, data: bytes, change: Callable[[bytes], bytes]) -> bytes:
        return change(self.decrypt(data))

    def label(self) -> str:
        return PLAIN

    def opens_as_own(self, data: bytes) -> bool:
        return label_of(data) == PLAIN
