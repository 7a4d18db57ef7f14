# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Where a host's identity comes from: a certificate that the user supplies, or the store."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from .._core.errors import NoIdentity
from .._core.identity import Encryption, Identity, Material
from .identities import IdentityStore
from .pfx import write_pfx
from .place import vanishes


@dataclass(frozen=True)
class IdentitySource:
    """The identity of one instance. The private key is read when it is asked for, and not before. `environ`: the run's environment."""

    name: str
    store: IdentityStore | None
    supplied: Material | None = None
    environ: Mapping[str, str] = field(default_factory=dict)

    def find(self) -> Identity | None:
        """Return the identity if there is one. Needs no secret for one that is in the store."""
        if self.supplied is not None:
            return Identity(self.name, self.supplied.thumbprint, self.supplied.certificate_pem)
        return self.store.find(self.name) if self.store else None

    def require(self) -> Identity:
        """Return the identity, making it in the store when it is not there yet."""
        return self.find() or self.require_place().obtain(self.name)[0]

    def require_place(self) -> IdentityStore:
        """Return the store that an identity can be made in. Raises NoIdentity for one that does not outlive the run."""
        store = self.require_store()
        reason = vanishes(store.directory, self.environ)
        if reason:
            raise NoIdentity(
                f"No identity is made where it would be lost: {reason}. Supply 'tentacle_certificate', or keep the store elsewhere."
            )
        return store

    def remember(self, former_thumbprint: str) -> None:
        """Keep a thumbprint that the host had before. A supplied certificate has nowhere to keep it."""
        if self.supplied is None:
            self.require_store().remember(self.name, former_thumbprint)

    def require_store(self) -> IdentityStore:
        """Return the store. Raises NoIdentity when there is none."""
        if self.store is None:
            raise NoIdentity(
                "There is no certificate for this machine and no identity store to make one in: set 'tentacle_identity_store' to a folder "
                "that is kept (beside the inventory, for example), or supply 'tentacle_certificate'."
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
