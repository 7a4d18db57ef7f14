# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Where a host's identity comes from: a certificate that the user supplies, or the store."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .._core.errors import NoIdentity
from .._core.identity import Encryption, Identity, Material
from .identities import IdentityStore
from .pfx import write_pfx
from .place import Ground


@dataclass(frozen=True)
class IdentitySource:
    """The identity of one instance. The private key is read when it is asked for, and not before.

    `ground`: where the run stands; `before_making` is called with the store's directory when an identity is going to be made.
    """

    name: str
    store: IdentityStore | None
    supplied: Material | None = None
    ground: Ground = field(default_factory=Ground)
    before_making: Callable[[Path], None] = lambda directory: None

    def find(self) -> Identity | None:
        """Return the identity if there is one. Needs no secret for one whose certificate is in the store."""
        if self.supplied is not None:
            return Identity(self.name, self.supplied.thumbprint, self.supplied.certificate_pem)
        return self.store.find(self.name) if self.store else None

    def require(self) -> Identity:
        """Return the identity, making it in the store when it is not there yet."""
        found = self.find()
        if found is None:
            return self._place().obtain(self.name)[0]
        return found if self.supplied is not None else self.require_store().whole(found)

    def require_place(self) -> None:
        """Do nothing where an identity can be made. Raises StoreError where none can, or it would be lost, or nobody could read it."""
        self._place().require_secret()

    def require_key(self) -> None:
        """Do nothing where the private key can be read. Raises StoreError."""
        if self.supplied is None:
            self.require_store().private_key(self.name)

    def _place(self) -> IdentityStore:
        store = self.require_store()
        obstacle = self.ground.obstacle(store.directory)
        if obstacle:
            raise NoIdentity(obstacle)
        self.before_making(store.directory)
        return store

    def remember(self, former_thumbprint: str) -> None:
        """Keep a thumbprint that the host had before. A supplied certificate has nowhere to keep it."""
        if self.supplied is None:
            self.require_store().remember(self.name, former_thumbprint)

    def remember_subscriptions(self, subscriptions: Mapping[str, str]) -> None:
        """Keep the ids under which the host polls, by the servers' thumbprints. A supplied certificate has nowhere to keep them."""
        if self.supplied is None:
            self.require_store().remember_subscriptions(self.name, subscriptions)

    def require_store(self) -> IdentityStore:
        """Return the store. Raises NoIdentity when there is none."""
        if self.store is None:
            raise NoIdentity(
                "There is no certificate for this machine and no identity store to make one in: set 'tentacle_identity_store' to a folder "
                "that is kept (beside that of the inventory, for example), or supply 'tentacle_certificate'."
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
