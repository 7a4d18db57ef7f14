# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""A command that ran on a host, and what to say when it failed."""

from __future__ import annotations

import re

_LINES = 3
_PYTHONS_OWN = "Traceback (most recent call last)"
_AFTER_THE_WORDS = ("at ", "Terminating process")
_LOGGED_ERROR = re.compile(r"\S+ \S+ +\d+ +\d+ +(?:ERROR|FATAL) +(.*)")


def last_words(stderr: str, stdout: str) -> str:
    """Return the lines that most likely say why, joined to one.

    Tentacle frames an unexpected error with ruled lines and adds a footer about its logs (tentacle.md 1.1): the words before the
    stack trace count.
    """
    text = stderr if stderr.strip() else stdout
    if _PYTHONS_OWN in text:
        return text.strip().splitlines()[-1].strip()
    lines = [line.strip() for line in text.splitlines() if line.strip() and set(line.strip()) - set("-=")]
    end = next((number for number, line in enumerate(lines) if line.startswith(_AFTER_THE_WORDS)), None)
    told = lines[-_LINES:] if end is None else lines[:end][:_LINES]
    return " | ".join(told) or "it said nothing"


def logged_errors(log: str) -> str:
    """Return the errors that Tentacle logged since it was last started, joined to one line; empty when there are none.

    A service that systemd starts again and again may just have been: then the errors of the start before are told.
    """
    for started in reversed(log.split("Tentacle version")[-2:]):
        messages = (_LOGGED_ERROR.match(line) for line in started.splitlines())
        told = [match[1].strip() for match in messages if match and set(match[1].strip()) - set("-=")]
        if told:
            return " | ".join(told[:_LINES])
    return ""
