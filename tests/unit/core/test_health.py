"""What a health check says of one machine."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.health import verdict_of


def record(status: str | None, **fields: Any) -> dict[str, Any]:
    """Return a machine as the server's API gives it."""
    return {"Id": "Machines-7", "Name": "web01", "HealthStatus": status, "IsDisabled": False, **fields}


@pytest.mark.parametrize(
    ("status", "strict", "healthy"),
    [
        ("Healthy", True, True),
        ("HasWarnings", False, True),
        ("HasWarnings", True, False),
        ("Unhealthy", False, False),
        ("Unavailable", False, False),
        ("Unknown", False, False),
        (None, False, False),
    ],
)
def test_a_status_is_judged(status: str | None, strict: bool, healthy: bool) -> None:
    verdict = verdict_of(record(status), [], strict=strict)
    assert verdict.healthy is healthy
    assert verdict.status == (status or "Unknown")
    assert (verdict.failure is None) is healthy


def test_a_failure_is_one_line_with_the_machine_and_the_servers_last_words_once_each() -> None:
    messages = [
        "Checking",
        "",
        "The remote host\n  refused the connection.",
        "The remote host refused the connection.",
        "Port 10933 is closed.",
    ]
    verdict = verdict_of(record("Unavailable"), messages, strict=False)
    assert verdict.messages == ("Checking", "The remote host refused the connection.", "Port 10933 is closed.")
    assert verdict.failure == (
        "Octopus finds web01 (Machines-7) Unavailable: Checking The remote host refused the connection. Port 10933 is closed."
    )


def test_without_messages_the_records_summary_says_why() -> None:
    assert str(verdict_of(record("Unhealthy", StatusSummary="It was\nunhealthy."), [], strict=False).failure).endswith("It was unhealthy.")
    assert str(verdict_of(record("Unhealthy"), [" "], strict=False).failure).endswith("the server gives no reason")


def test_a_disabled_machine_is_not_blamed() -> None:
    verdict = verdict_of(record("Unavailable", IsDisabled=True), ["x"], strict=True)
    assert verdict.as_dict() == {"healthy": True, "status": "Disabled", "messages": []}
    assert verdict.failure is None


def test_a_machine_deleted_meanwhile_is_a_failure_with_its_remedy() -> None:
    verdict = verdict_of(None, [], strict=False)
    assert not verdict.healthy
    assert "Run again" in str(verdict.failure)
