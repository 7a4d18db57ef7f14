# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The certificate of an instance, as a run needs it."""

from __future__ import annotations

from .._core.identity import NEW_CERTIFICATE
from .ports import Identities


def thumbprint_of(identities: Identities, *, check_mode: bool) -> str:
    """Return the thumbprint of a host's identity, which is made if need be; in check mode, what stands for one that would be made."""
    if not check_mode:
        return identities.require().thumbprint
    identity = identities.find()
    if identity is None:
        identities.require_place()
    return identity.thumbprint if identity else NEW_CERTIFICATE
