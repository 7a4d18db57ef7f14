# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What may be printed beside Ansible's own output."""

from __future__ import annotations

import os
from typing import Any

from ansible import constants
from ansible.utils.display import Display

from .._core.text import each_text, without_commands

REPORT = "octoboot.octopus.report"


def speaks_json() -> bool:
    """Tell whether Ansible's own output is JSON, as of `ansible.posix.json`: a line of ours would spoil it."""
    return str(constants.DEFAULT_STDOUT_CALLBACK).rpartition(".")[2] in ("json", "jsonl")


def for_the_log(value: Any) -> Any:
    """Return what is printed of a result, without what Azure DevOps would take for a command: it looks for these in every line."""
    return each_text(value, without_commands) if os.environ.get("TF_BUILD") else value


def tell(text: str) -> None:
    """Print a line, unless others read the output."""
    if not speaks_json():
        Display().display(text)


def report_is_on() -> bool:
    """Tell whether the callback that reports was switched on."""
    return REPORT in (constants.CALLBACKS_ENABLED or ())
