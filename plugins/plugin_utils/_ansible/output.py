# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What may be printed beside Ansible's own output."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ansible import constants
from ansible.utils.display import Display

from .._core.change import Change, as_diff
from .._core.text import each_text, without_commands

if TYPE_CHECKING:
    from .action import OctopusAction

REPORT = "octoboot.octopus.report"


def speaks_json() -> bool:
    """Tell whether Ansible's own output is JSON, as of `ansible.posix.json`: a line of ours would spoil it."""
    return str(constants.DEFAULT_STDOUT_CALLBACK).rpartition(".")[2] in ("json", "jsonl")


def for_the_log(value: Any) -> Any:
    """Return what is printed of a result, without what Azure DevOps would take for a command: it looks for these in every line."""
    return each_text(value, without_commands) if os.environ.get("TF_BUILD") else value


def with_diff(action: OctopusAction, told: dict[str, Any], changes: Iterable[Change], header: str) -> dict[str, Any]:
    """Return a result with its changes as diff mode shows them, where that is asked for."""
    return told | ({"diff": as_diff(changes, header=header)} if action.diff_mode and changes else {})


def tell(text: str) -> None:
    """Print a line, unless others read the output."""
    if not speaks_json():
        Display().display(text)


def report_is_on() -> bool:
    """Tell whether the callback that reports was switched on."""
    return REPORT in (constants.CALLBACKS_ENABLED or ())
