# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules for the things have in common that machines are registered with."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of what machines are registered with."""

    DOCUMENTATION = r"""
options:
  state:
    description:
      - Whether it should exist.
      - What is in use, or is the default of its space, the server refuses to remove; the task fails with the server's own reason.
    type: str
    choices: [present, absent]
    default: present
  name:
    description: Its name. Names that differ in case alone are one, and the server's spelling stays.
    type: str
    required: true
notes:
  - Runs on the controller, so that one task with C(delegate_to=localhost) and C(run_once), or a play for C(localhost), is enough.
  - What is not said stays as the server has it. A new one gets the server's defaults.
"""
