# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find workers in Octopus. See plugins/modules/worker_info.py."""

from __future__ import annotations

from typing import Any

from ..plugin_utils._ansible import search
from ..plugin_utils._ansible.action import OctopusAction


class ActionModule(OctopusAction):
    """octoboot.octopus.worker_info"""

    options = search.options_of("worker_info")
    _requires_connection = False

    def perform(self) -> dict[str, Any]:
        """Do the work of the task."""
        return search.info(self, "worker_info")
