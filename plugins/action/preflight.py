# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look over a fleet before any machine is touched. See plugins/modules/preflight.py."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._ansible import tasks
from ..plugin_utils._ansible.action import OctopusAction
from ..plugin_utils._core.options import CONNECTION, PREFLIGHT


class ActionModule(OctopusAction):
    """octoboot.octopus.preflight"""

    options = (*CONNECTION, *PREFLIGHT)
    _requires_connection = False

    def perform(self) -> dict[str, Any]:
        """Do the work of the task."""
        return tasks.preflight(self)
