"""What is sent again."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import ReplyLost, TlsFailed, Unreachable
from ansible_collections.octoboot.octopus.plugins.plugin_utils._server.port import Method, Response
from ansible_collections.octoboot.octopus.plugins.plugin_utils._server.retry import pause_before_repeat

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc).timestamp()
DEADLOCK = Response(500, {}, b'{"ErrorMessage": "Transaction (Process ID 52) was deadlocked on lock resources."}')


def tries(method: Method, outcome: Any) -> int:
    """Count the attempts until the outcome stands."""
    attempt = 1
    while pause_before_repeat(method, outcome, attempt, NOW) is not None:
        attempt += 1
    return attempt


@pytest.mark.parametrize(
    ("outcome", "get", "post"),
    [
        (Response(200, {}, b""), 1, 1),
        (Response(404, {}, b""), 1, 1),
        (Response(429, {}, b""), 6, 6),
        (Response(503, {}, b""), 4, 1),
        (Response(504, {}, b""), 4, 1),
        (Response(500, {}, b"{}"), 1, 1),
        (DEADLOCK, 4, 1),
        (Unreachable("", cause="refused"), 3, 3),
        (Unreachable("", cause="lost"), 4, 1),
        (Unreachable("", cause="timeout"), 1, 1),
        (Unreachable("", cause="dns"), 1, 1),
        (ReplyLost(""), 1, 1),
        (TlsFailed(""), 1, 1),
    ],
)
def test_a_write_is_repeated_only_when_it_was_not_begun(outcome: Any, get: int, post: int) -> None:
    assert tries("GET", outcome) == get
    assert [tries(method, outcome) for method in ("POST", "PUT", "DELETE")] == [post] * 3


@pytest.mark.parametrize(
    ("header", "pause"),
    [
        (None, 0.5),
        ("7", 7.0),
        ("3600", 60.0),
        ("Thu, 01 Jan 2026 00:00:20 GMT", 20.0),
        ("Wed, 31 Dec 2025 00:00:00 GMT", 0.5),
        ("Thu, 01 Jan 2026 00:00:20", 20.0),
        ("Thu, 01 Jan 2026 01:00:20 +0100", 20.0),
        ("Thu, 01 Jan 99999999 00:00:20 GMT", 0.5),
        ("9" * 400, 60.0),
        ("soon", 0.5),
        ("-3", 0.5),
    ],
)
def test_the_server_says_how_long_within_reason(header: str | None, pause: float) -> None:
    headers = {} if header is None else {"Retry-After": header}
    assert pause_before_repeat("POST", Response(429, headers, b""), 1, NOW) == pause


def test_a_dead_server_is_given_up_within_seconds() -> None:
    refused = Unreachable("", cause="refused")
    assert sum(pause_before_repeat("GET", refused, attempt, NOW) or 0 for attempt in range(1, 9)) <= 2
