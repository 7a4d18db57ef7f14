# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all modules of this collection support."""

from __future__ import annotations


class ModuleDocFragment:
    """Attributes."""

    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Can run in check mode and tell what would change, without changing anything.
    support: full
  diff_mode:
    description: Tells before and after in diff mode.
    support: full
  action:
    description: Runs on the controller, as an action.
    support: full
  async:
    description: Supports the C(async) keyword.
    support: none
"""

    ACTION_GROUP = r"""
attributes:
  action_group:
    description: Use C(group/octoboot.octopus.octopus) in C(module_defaults) to set the connection once.
    support: full
    membership:
      - octoboot.octopus.octopus
"""

    INFO = r"""
attributes:
  check_mode:
    description: Can run in check mode. It changes nothing in any mode.
    support: full
  diff_mode:
    description: There is no difference to tell.
    support: N/A
  action:
    description: Runs on the controller, as an action.
    support: full
  async:
    description: Supports the C(async) keyword.
    support: none
"""
