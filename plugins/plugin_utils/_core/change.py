# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The one way to say that something is to change, or has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Change:
    """One setting: its path (`instance.port`), what it is, and what it will be. None means that it does not exist."""

    path: str
    before: Any
    after: Any

    def as_dict(self) -> dict[str, Any]:
        """Return the change as a task result shows it."""
        return {"path": self.path, "before": self.before, "after": self.after}


def as_dicts(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """Return the changes as a task result lists them."""
    return [change.as_dict() for change in changes]


def as_diff(changes: Iterable[Change], *, header: str) -> dict[str, Any]:
    """Return the changes in the form that Ansible's diff mode prints."""
    changes = list(changes)
    return {
        "before_header": header,
        "after_header": header,
        "before": {change.path: change.before for change in changes},
        "after": {change.path: change.after for change in changes},
    }
