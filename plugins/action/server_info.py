# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read what an Octopus Server says of itself and of a space. See plugins/modules/server_info.py."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._ansible.action import OctopusAction
from ..plugin_utils._ansible.wiring import connection_of, snapshot_of
from ..plugin_utils._core.arguments import CONNECTION
from ..plugin_utils._core.octopus.resources import ENVIRONMENT, MACHINE_POLICY, TARGET


class ActionModule(OctopusAction):
    """octoboot.octopus.server_info"""

    spec = CONNECTION
    reads_connection = True
    _requires_connection = False

    def perform(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return the snapshot without its machines."""
        with snapshot_of(connection_of(arguments)) as snapshot:
            held = snapshot.meta()
            return {
                "changed": False,
                "url": held.url,
                "version": held.server_version,
                "thumbprint": held.thumbprint,
                "space": {"id": held.space_id, "name": held.space_name},
                "environments": [{"id": each.id, "name": each.name} for each in held.named(ENVIRONMENT)],
                "machine_policies": [{"id": each.id, "name": each.name} for each in held.named(MACHINE_POLICY)],
                "missing_permissions": list(held.missing_permissions),
                "deployment_targets": snapshot.count(TARGET),
            }
