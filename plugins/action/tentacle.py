# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Install and configure Tentacle on a host. See plugins/modules/tentacle.py."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._ansible import tasks
from ..plugin_utils._ansible.action import OctopusAction
from ..plugin_utils._core.options import TENTACLE, TENTACLE_RULES


class ActionModule(OctopusAction):
    """octoboot.octopus.tentacle"""

    options = TENTACLE
    rules = TENTACLE_RULES

    def perform(self) -> dict[str, Any]:
        """Do the work of the task."""
        return tasks.tentacle(self)
