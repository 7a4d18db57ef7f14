# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Versions of Tentacle: MAJOR.MINOR.BUILD, and a suffix for a pre-release (tentacle.md 7.5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import total_ordering

from ..errors import InputError
from ..text import shown

_VERSION = re.compile(r"^([0-9]{1,9})\.([0-9]{1,9})\.([0-9]{1,9})(?:\.[0-9]+)?(?:-([0-9A-Za-z.\-]+))?(?:\+.*)?$")


@total_ordering
@dataclass(frozen=True)
class Version:
    """One version. A pre-release comes before the release of the same number."""

    numbers: tuple[int, int, int]
    prerelease: str = ""

    @classmethod
    def parse(cls, text: str) -> Version:
        """Read a version. Build metadata (`+Branch…`) and a fourth number are left out. Raises InputError."""
        found = _VERSION.match(text.strip())
        if found is None:
            raise InputError(f"'{shown(text, 80)}' is not a version of Tentacle, such as 9.2.4285.")
        major, minor, build, prerelease = found.groups()
        return cls((int(major), int(minor), int(build)), prerelease or "")

    def __lt__(self, other: Version) -> bool:
        return (self.numbers, self.prerelease == "", self.prerelease) < (other.numbers, other.prerelease == "", other.prerelease)

    def __str__(self) -> str:
        number = ".".join(map(str, self.numbers))
        return f"{number}-{self.prerelease}" if self.prerelease else number
