# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""By what machines are searched for on a server."""

from __future__ import annotations


class ModuleDocFragment:
    """Options that targets and workers share."""

    DOCUMENTATION = r"""
options:
  names:
    description: Names, whatever their case.
    type: list
    elements: str
  ids:
    description: Ids.
    type: list
    elements: str
  thumbprints:
    description: Thumbprints of certificates.
    type: list
    elements: str
  health:
    description: What its health is - V(Healthy), V(HasWarnings), V(Unhealthy), V(Unavailable) or V(Unknown).
    type: list
    elements: str
  machine_policy:
    description: Name or id of its machine policy. One that is left to the default of its space has none.
    type: str
  disabled:
    description: Whether it is disabled.
    type: bool
"""
