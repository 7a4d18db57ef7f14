"""What an installer's log says of a failure (from logs of msiexec /L*V)."""

from __future__ import annotations

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.package_windows import why_msi_failed
from hypothesis import given
from hypothesis import strategies as st

PROPERTIES = "".join(f"Property(S): Name{number} = value\n" for number in range(300))
STOPPED = f"""\
=== Verbose logging started: 11/25/2026  10:00:00  Build type: SHIP UNICODE 5.00.10011.00 ===
MSI (s) (8C:E0) [10:00:00:123]: Executing op: ActionStart(Name=InstallServices,,)
Action 10:00:00: InstallServices. Installing new services
Action ended 10:00:01: InstallFinalize. Return value 3.
MSI (s) (8C:E0) [10:00:01:000]: Note: 1: 1708
Action ended 10:00:01: INSTALL. Return value 3.
{PROPERTIES}MSI (s) (8C:E0) [10:00:02:000]: Product: Octopus Deploy Tentacle -- Installation failed.

=== Logging stopped: 11/25/2026  10:00:02 ===
"""
NUMBERED = STOPPED.replace(
    "Action ended 10:00:01: InstallFinalize",
    "MSI (s) (8C!F0) [10:00:00:500]: Product: Octopus Deploy Tentacle -- Error 1920. Service failed to start.\n"
    "Error 1920. Service failed to start.\nAction ended 10:00:01: InstallFinalize",
)


@pytest.mark.parametrize(
    ("log", "words"),
    [
        (NUMBERED, "Error 1920. Service failed to start"),
        (NUMBERED.replace("\n", "\r\n"), "Error 1920. Service failed to start"),
        (
            STOPPED,
            "Executing op: ActionStart(Name=InstallServices,,) | Action 10:00:00: InstallServices. Installing new services | "
            "Action ended 10:00:01: InstallFinalize. Return value 3",
        ),
        (
            "=== Logging started ===\nMSI (s): Product: Octopus Deploy Tentacle -- This application requires .NET Framework 4.8.\n",
            "This application requires .NET Framework 4.8",
        ),
        ("CustomAction Ours returned actual error code 1603 (note\n", "CustomAction Ours returned actual error code 1603 (note"),
        ("DEBUG: Error 2826: Control Line extends beyond the dialog\nError 1722. A program failed.\n", "Error 1722. A program failed"),
        ("one\ntwo\n\nthree\nfour\n", "two | three | four"),
        ("=== Logging started ===\n", ""),
        ("", ""),
    ],
)
def test_the_lines_that_say_why_are_told(log: str, words: str) -> None:
    assert why_msi_failed(log) == words


@given(st.text())
def test_any_log_is_one_printable_line(log: str) -> None:
    assert why_msi_failed(log).isprintable()
