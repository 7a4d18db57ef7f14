# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring a deployment target to what is wanted, from the controller. See plugins/modules/deployment_target.py."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._ansible import records
from ..plugin_utils._ansible.action import OctopusAction
from ..plugin_utils._core.octopus import resources
from ..plugin_utils._core.options import CONNECTION, TARGET


class ActionModule(OctopusAction):
    """octoboot.octopus.deployment_target"""

    options = (*CONNECTION, *TARGET)
    _requires_connection = False

    def perform(self) -> dict[str, Any]:
        """Do the work of the task."""
        return records.one_kind(self, resources.TARGET)
