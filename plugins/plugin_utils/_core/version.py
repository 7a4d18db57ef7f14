# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no stable interface.

"""The collection's version, for the User-Agent and the line that a run begins with."""

from __future__ import annotations

VERSION = "0.1.0"
