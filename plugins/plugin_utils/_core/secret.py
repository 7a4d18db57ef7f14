# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""A secret as a value that does not show itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .urls import MASK, url_secrets


@dataclass(frozen=True)
class Secret:
    """A password, a key or a token. It is masked wherever it is printed, and false when it is empty."""

    _value: str = field(repr=False)

    def reveal(self) -> str:
        """Return the secret itself: for the place that sends it, and no other."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    def __str__(self) -> str:
        return MASK


def secrets_in(values: Iterable[Any]) -> list[Secret]:
    """Return what of these values nobody may see: secrets, and the credentials of URLs."""
    found: list[Secret] = []
    for value in values:
        found += [value] if isinstance(value, Secret) else map(Secret, sorted(url_secrets(value))) if isinstance(value, str) else []
    return found
