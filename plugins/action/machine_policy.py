# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage a machine policy in Octopus. See plugins/modules/machine_policy.py."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._ansible import prerequisites
from ..plugin_utils._ansible.action import OctopusAction


class ActionModule(OctopusAction):
    """octoboot.octopus.machine_policy"""

    options = prerequisites.options_of("machine_policy")
    _requires_connection = False

    def perform(self) -> dict[str, Any]:
        """Do the work of the task."""
        return prerequisites.prerequisite(self, "machine_policy")
