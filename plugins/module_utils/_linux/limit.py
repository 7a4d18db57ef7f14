# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""How much of a text comes back from a host."""

LIMIT = 200_000
"""In characters, and of a file in bytes; batch.ps1 has the same."""


def limited(text: str) -> str:
    """Return the end of a text, as much of it as comes back."""
    return text[-LIMIT:]
