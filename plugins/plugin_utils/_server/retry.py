# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.

"""When a request is sent again, and after how long."""

from __future__ import annotations

from email.utils import mktime_tz, parsedate_tz

from .._core.errors import OctopusError, ReplyLost, Unreachable
from .port import Method, Response

_TRIES = 4
_TRIES_REFUSED = 3
# A fleet that outruns its token bucket (octopus-api.md 10.1) is served after a while, each host in its turn.
_TRIES_RATE_LIMITED = 6
_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 60.0
_GATEWAY = (502, 503, 504)


def pause_before_repeat(method: Method, outcome: Response | OctopusError, attempt: int, now: float) -> float | None:
    """Return the seconds to wait before attempt `attempt + 1`, or None when the outcome stands.

    Anything may be repeated that the server has not begun to carry out (connection refused, 429); the rest only when it is a GET.
    """
    if attempt >= _tries(method, outcome):
        return None
    pause = _FIRST_PAUSE * 2.0**attempt
    if isinstance(outcome, Response):
        pause = max(pause, _retry_after(outcome.headers.get("Retry-After"), now))
    return min(pause, _LONGEST_PAUSE)


def _tries(method: Method, outcome: Response | OctopusError) -> int:
    if isinstance(outcome, Response):
        if outcome.status == 429:
            return _TRIES_RATE_LIMITED
        return _TRIES if method == "GET" and (outcome.status in _GATEWAY or _is_deadlock(outcome)) else 1
    if isinstance(outcome, Unreachable) and not isinstance(outcome, ReplyLost):
        if outcome.cause == "refused":
            return _TRIES_REFUSED
        return _TRIES if method == "GET" and outcome.cause == "lost" else 1
    return 1


def _is_deadlock(response: Response) -> bool:
    """Recognise a transaction that SQL Server gave up (octopus-api.md 10.4)."""
    return response.status == 500 and b"deadlock" in response.body.lower()


def _retry_after(value: str | None, now: float) -> float:
    """Read the header, seconds or a date; 0 for none, or for one that makes no sense. `now` is in seconds since 1970."""
    text = (value or "").strip()
    if text.isdecimal():
        return float(text)
    try:
        when = parsedate_tz(text)
        return max(0.0, mktime_tz((*when[:9], when[9] or 0)) - now) if when else 0.0
    except (ValueError, OverflowError):
        return 0.0
