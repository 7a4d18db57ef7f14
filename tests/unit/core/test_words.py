"""What is said of a command that failed, from what Tentacle really prints (tentacle.md 1.1)."""

from __future__ import annotations

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.exit_codes import shown_code
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.results import CommandLog
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.answers import last_words, logged_errors
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.real.recordings import recorded

FOOTER = """\
-------------------------------------------------------------------------------
Terminating process with exit code 100
Full error details are available in the log files at:
C:\\Octopus\\Logs
C:\\Windows\\system32\\config\\systemprofile\\AppData\\Local\\Octopus\\Logs
If you need help, please send these log files to https://octopus.com/support
-------------------------------------------------------------------------------
"""
UNEXPECTED = recorded("tentacle-linux")[52].answer.stderr.replace("Exception\n", "Exception\n   at Octopus.Tentacle.X()\n")
"""What a wrong password ends with; the recorder left the stack frames out."""

KNOWN = f"""\
===============================================================================
A required communications port is already in use.
{FOOTER}"""


WRONG_PASSWORD = "The certificate data cannot be read with the provided password, the password may be incorrect"


def test_of_an_unexpected_error_the_words_count_once_each() -> None:
    assert last_words(UNEXPECTED, "Importing the certificate\n") == WRONG_PASSWORD


def test_of_another_programs_stack_trace_the_words_before_it_count() -> None:
    text = "Unhandled exception. System.IO.IOException: No space left on device\n   at System.X()\nAborted\n"
    assert last_words(text, "") == "Unhandled exception. System.IO.IOException: No space left on device"


def test_the_footer_is_no_reason_where_there_is_no_stack_trace() -> None:
    assert last_words(KNOWN.replace("\n", "\r\n"), "") == "A required communications port is already in use"


@pytest.mark.parametrize(
    ("stderr", "stdout", "words"),
    [
        ("Unrecognized command line arguments: --foo\n", "ignored", "Unrecognized command line arguments: --foo"),
        (" \r\n", "one\ntwo\nthree\nfour\n", "two | three | four"),
        ("Command 'foo' is not supported", "See 'Tentacle help'", "Command 'foo' is not supported"),
        ("", "", "it said nothing"),
    ],
)
def test_the_last_lines_of_stderr_count_and_of_stdout_where_it_is_empty(stderr: str, stdout: str, words: str) -> None:
    assert last_words(stderr, stdout) == words


def test_a_failure_is_one_line_with_command_and_exit_code() -> None:
    failure = CommandLog("Tentacle import-certificate", 100, "", UNEXPECTED, 1.5).failure()
    assert failure == f"'Tentacle import-certificate' ended with exit code 100: {WRONG_PASSWORD}."


def test_what_a_terminal_would_act_on_is_shown_and_much_text_is_cut() -> None:
    assert last_words("\x1b[31mred\x07\x1b[0m", "") == "\\x1b[31mred\\x07\\x1b[0m"
    assert last_words("Traceback (most recent call last):\n  x\nOSError: \x1b]0;no.\n", "") == "OSError: \\x1b]0;no"
    assert len(last_words("x" * 2_000_000, "")) == 500
    assert len(logged_errors(_START.format(1) + _ERROR.format(1, "\x1b" * 9_000))) == 500


@given(st.text(), st.text())
def test_any_output_ends_in_one_printable_line_and_any_failure_in_one_full_stop(stderr: str, stdout: str) -> None:
    failure = CommandLog("Tentacle", 1, stdout, stderr, 0.1).failure()
    assert failure.isprintable()
    assert failure.endswith((".", "…", "!", "?"))
    assert not failure.endswith("..")
    assert logged_errors(stderr + stdout).isprintable()


_START = "2026-11-24 12:00:0{0}.0000   42      1  INFO  Tentacle version 9.2.4285 (9.2.4285) instance Tentacle\n"
_LOOK = "listen://[::]:10933/              5  Unhandled error when handling request from client: [::ffff:127.0.0.1]:38408"
_ERROR = "2026-11-24 12:00:0{0}.0000   42      1 FATAL  {1}\n"


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("", ""),
        (_START.format(1), ""),
        (_START.format(1) + _ERROR.format(1, "=" * 79) + _ERROR.format(2, "no key") + _ERROR.format(2, "no port"), "no key | no port"),
        (_START.format(1) + _ERROR.format(1, "old") + _START.format(2) + _ERROR.format(2, "new"), "new"),
        # It has just been started once more, and has not died yet.
        (_START.format(1) + _ERROR.format(1, "no key") + _START.format(2), "no key"),
        # Somebody looked at the port, as we do.
        (_START.format(1) + _ERROR.format(1, _LOOK), ""),
        (_START.format(1) + _ERROR.format(1, _LOOK) + _ERROR.format(1, "no key"), "no key"),
        (_START.format(1) + _ERROR.format(1, "long ago") + _START.format(2) + _START.format(3), ""),
    ],
)
def test_the_errors_of_the_last_start_count_and_of_the_one_before_where_it_has_none(log: str, words: str) -> None:
    assert logged_errors(log) == words


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (None, "None"),
        (0, "0"),
        (100, "100"),
        (-9, "-9"),
        (-1073740286, "0xC0000602 (fail fast)"),
        (3221225477, "0xC0000005 (access violation)"),
        (-532462766, "0xE0434352 (an exception of .NET that nobody handled)"),
        (-1073741000, "0xC0000338"),
    ],
)
def test_the_code_of_a_crash_is_said_as_one_looks_it_up(code: int | None, words: str) -> None:
    assert shown_code(code) == words
    assert f"ended with exit code {words}:" in CommandLog("Tentacle", code, "", "x", 0.1).failure()
