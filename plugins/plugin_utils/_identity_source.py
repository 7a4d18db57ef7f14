# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Where a host's identity comes from: a certificate that the user supplies, or the store."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ._core.identity import Identity
from ._store.identities import IdentityStore
from ._store.pfx import Encryption, Material, read_pfx, require_cryptography, write_pfx
from ._store.vault import PlainCipher, VaultCipher

NEW_CERTIFICATE = "(a new certificate)"
"""What stands for a thumbprint that only a real run will make."""


class NoIdentity(ValueError):
    """There is no identity for this host, and none can be made. The text says what to do."""


@dataclass(frozen=True)
class IdentitySource:
    """The identity of one host. The private key is read when it is asked for, and not before."""

    name: str
    store: IdentityStore | None
    supplied: Material | None = None

    @classmethod
    def from_arguments(cls, arguments: Mapping[str, Any], *, host: str, loader: Any) -> IdentitySource:
        """Build the source from the options `identity_*` and `certificate*`. Raises CertificateError for a bad certificate."""
        directory = arguments.get("identity_store")
        store = store_in(directory, arguments.get("identity_encryption"), loader) if directory else None
        supplied = None
        if arguments.get("certificate"):
            require_cryptography()
            supplied = read_pfx(arguments["certificate"].encode(), arguments.get("certificate_password"))
        return cls(name=arguments.get("identity_name") or host, store=store, supplied=supplied)

    def find(self) -> Identity | None:
        """Return the identity if there is one. Needs no secret for one that is in the store."""
        if self.supplied is not None:
            return Identity(self.name, self.supplied.thumbprint, self.supplied.certificate_pem)
        return self.store.find(self.name) if self.store else None

    def require(self) -> Identity:
        """Return the identity, making it in the store when it is not there yet."""
        return self.find() or self.require_store().obtain(self.name)[0]

    def remember(self, former_thumbprint: str) -> None:
        """Keep a thumbprint that the host had before. A supplied certificate has nowhere to keep it."""
        if self.supplied is None:
            self.require_store().remember(self.name, former_thumbprint)

    def require_store(self) -> IdentityStore:
        """Return the store. Raises NoIdentity when there is none."""
        if self.store is None:
            raise NoIdentity(
                f"There is no certificate for '{self.name}' and no identity store to make one in: set 'tentacle_identity_store' "
                "to a folder that is kept (beside the inventory, for example), or supply 'tentacle_certificate'."
            )
        return self.store

    def one_time_pfx(self, encryption: Encryption) -> tuple[str, str]:
        """Return the certificate and key as a PFX (base64), and the one-time password that encrypts it."""
        if self.supplied is not None:
            certificate, key = self.supplied.certificate_pem, self.supplied.private_key_pem
        else:
            certificate, key = self.require().certificate_pem, self.require_store().private_key(self.name)
        password = secrets.token_urlsafe(24)
        pfx = write_pfx(certificate, key, password, encryption=encryption)
        return base64.b64encode(pfx).decode("ascii"), password


def store_in(directory: str, encryption: str | None, loader: Any) -> IdentityStore:
    """Return the identity store in a folder. Raises CertificateError without the package that reads certificates."""
    require_cryptography()
    return IdentityStore(directory, PlainCipher() if encryption == "none" else VaultCipher(loader))
