# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read what an Octopus Server says of itself and of a space. See plugins/modules/server_info.py."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._ansible import tasks
from ..plugin_utils._ansible.action import OctopusAction
from ..plugin_utils._core.options import CONNECTION


class ActionModule(OctopusAction):
    """octoboot.octopus.server_info"""

    options = CONNECTION
    _requires_connection = False

    def perform(self) -> dict[str, Any]:
        """Do the work of the task."""
        return tasks.server_info(self)
