# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find or make an identity in a store, or put a supplied one there. See plugins/modules/tentacle_certificate.py."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._ansible import tasks
from ..plugin_utils._ansible.action import OctopusAction
from ..plugin_utils._core.options import CERTIFICATE


class ActionModule(OctopusAction):
    """octoboot.octopus.tentacle_certificate"""

    options = CERTIFICATE
    _requires_connection = False

    def perform(self) -> dict[str, Any]:
        """Do the work of the task."""
        return tasks.tentacle_certificate(self)
