"""What is well, and what a health check says of one machine."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.health import Health, judge, well


def health(status: str | None, *messages: str, **fields: Any) -> Health:
    """Return a machine's health as the server tells it."""
    return Health.of({"Id": "Machines-7", "Name": "web01", "HealthStatus": status, "IsDisabled": False, **fields}, messages)


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
        ("healthy", False, False),
    ],
)
def test_a_status_is_judged_by_one_rule(status: str | None, strict: bool, healthy: bool) -> None:
    verdict = judge(health(status), strict=strict)
    assert verdict.healthy is healthy is well(status or "Unknown", False, strict=strict)
    assert verdict.status == (status or "Unknown")
    assert (verdict.failure is None) is healthy


def test_a_failure_is_one_line_with_the_machine_and_the_servers_last_words_once_each() -> None:
    messages = (
        "Checking",
        "",
        "The remote host\n  refused the connection.",
        "The remote host refused the connection.",
        "Port 10933 is closed",
    )
    verdict = judge(health("Unavailable", *messages), strict=False)
    assert verdict.messages == ("Checking", "The remote host refused the connection.", "Port 10933 is closed")
    assert verdict.failure == "Octopus finds Machines-7 Unavailable: Checking The remote host refused the connection. Port 10933 is closed."


def test_without_messages_the_records_summary_says_why() -> None:
    summed = health("Unhealthy", StatusSummary="It was\nunhealthy.")
    assert str(judge(summed, strict=False).failure).endswith(": It was unhealthy.")
    assert str(judge(health("Unhealthy", " "), strict=False).failure).endswith("the server gives no reason.")


def test_what_a_server_says_cannot_steer_the_terminal() -> None:
    failure = judge(health("Un\x1b[31mhealthy", "\x1b]0;title\x07" + "x" * 9000), strict=False).failure
    assert failure is not None
    assert failure.isprintable()
    assert len(failure) < 1000


def test_a_disabled_machine_is_not_blamed() -> None:
    verdict = judge(health("Unavailable", "x", IsDisabled=True), strict=True)
    assert verdict.as_dict() == {"healthy": True, "status": "Disabled", "messages": []}
    assert verdict.failure is None
    assert well("Unavailable", True, strict=True)


def test_a_machine_deleted_meanwhile_is_a_failure_with_its_remedy() -> None:
    verdict = judge(None, strict=False)
    assert not verdict.healthy
    assert "Run again" in str(verdict.failure)
