# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no stable interface.

"""Which release of the collection this is, and where it lies: for the User-Agent, the line that a run begins with, and the report."""

from __future__ import annotations

from pathlib import Path

VERSION = "0.1.0"


def place() -> str:
    """Return the folder of the collection that runs: of the checkout, where a link leads to one."""
    return str(Path(__file__).resolve().parents[3])
