# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find or make an identity in a store, or put a supplied one there. See plugins/modules/tentacle_certificate.py."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._ansible.action import OctopusAction
from ..plugin_utils._ansible.wiring import store_in
from ..plugin_utils._core.arguments import CERTIFICATE
from ..plugin_utils._core.change import Change, as_dicts, as_diff
from ..plugin_utils._core.identity import NEW_CERTIFICATE, Identity
from ..plugin_utils._store.identities import IdentityStore
from ..plugin_utils._store.pfx import read_pfx


class ActionModule(OctopusAction):
    """octoboot.octopus.tentacle_certificate"""

    spec = CERTIFICATE
    _requires_connection = False

    def perform(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return the identity's public part; the private key never leaves the store."""
        store = store_in(arguments["store"], arguments["encryption"], self._loader)
        before = store.find(arguments["name"])
        after = self._wanted(store, before, arguments)
        changes = []
        if before is None or after is None or before.thumbprint != after.thumbprint:
            changes.append(Change("certificate", before.thumbprint if before else None, after.thumbprint if after else NEW_CERTIFICATE))
        result: dict[str, Any] = {
            "changed": bool(changes),
            "changes": as_dicts(changes),
            "name": arguments["name"],
            "thumbprint": after.thumbprint if after else None,
            "certificate": after.certificate_pem if after else None,
            "former_thumbprints": list(after.former_thumbprints) if after else [],
        }
        if self._task.diff and changes:
            result["diff"] = as_diff(changes, header=f"identity {arguments['name']}")
        return result

    def _wanted(self, store: IdentityStore, before: Identity | None, arguments: dict[str, Any]) -> Identity | None:
        name = arguments["name"]
        if arguments["certificate"]:
            material = read_pfx(arguments["certificate"].encode(), arguments["certificate_password"])
            return Identity(name, material.thumbprint, material.certificate_pem) if self.check_mode else store.replace(name, material)
        return before if before is not None or self.check_mode else store.obtain(name)[0]
