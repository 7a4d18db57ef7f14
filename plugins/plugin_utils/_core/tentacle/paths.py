# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Paths on hosts."""

from __future__ import annotations


def check_hostpath(text: str) -> str:
    """Return an absolute path on a host."""
    return text
