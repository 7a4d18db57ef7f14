"""What a single value must be: what is taken is taken again as it is, and what is not is told in one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core import checks
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InputError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.options import CERTIFICATE, HEALTH, TARGET, VARIABLES
from hypothesis import given
from hypothesis import strategies as st

PRINT = "8CB3A1D0C4E2F5B69788A9B0C1D2E3F405162738"

GOOD: list[tuple[Callable[[Any], Any], Any, Any]] = [
    (checks.port, 1, 1),
    (checks.port, 65535, 65535),
    (checks.seconds, 0.1, 0.1),
    (checks.seconds, 365 * 86400 - 1, 365 * 86400 - 1),
    (checks.instance, "Tentacle-2_b.c", "Tentacle-2_b.c"),
    (checks.instance, "9", "9"),
    (checks.version, "9.2.4285", "9.2.4285"),
    (checks.sha256, "Ab" * 32, "ab" * 32),
    (checks.thumbprint, PRINT.lower(), PRINT),
    (checks.thumbprint, " ".join(PRINT[at : at + 2] for at in range(0, 40, 2)), PRINT),
    (checks.thumbprints, [PRINT, PRINT.lower()], [PRINT]),
    (checks.thumbprints, [], []),
    (checks.listen_address, "Any", "any"),
    (checks.listen_address, "[2001:DB8:0::17]", "2001:db8::17"),
    (checks.listen_address, "0.0.0.0", "0.0.0.0"),  # noqa: S104 - a text
    (checks.identity_name, "web01.example.com", "web01.example.com"),
    (checks.record_name, "Web 01 (ü)", "Web 01 (ü)"),
    (checks.record_name, "x" * 200, "x" * 200),
    (checks.serial, 5, 5),
    (checks.serial, "25%", "25%"),
    (checks.serial, [1, "50%", " 100% "], [1, "50%", " 100% "]),
    (checks.address, " [2001:db8::17] ", "2001:db8::17"),
    (checks.instance, "a.b-c", "a.b-c"),
    (checks.folder, "/etc/octopus", "/etc/octopus"),
]

WRONG_SIZES: list[Any] = [0, "0", "0%", "101%", "two", "", [], ["x"], True, [True], -1, 1.5, {}, None]

BAD: list[tuple[Callable[[Any], Any], Any]] = [
    *((checks.port, value) for value in (0, -1, 65536, True)),
    *((checks.seconds, value) for value in (0, -1.5, 365 * 86400, float("nan"), float("inf"), True)),
    *(
        (checks.instance, value)
        for value in ("", ".", "..", "a b", "-a", "a/b", "a\\b", "ü", "a\n", "Foo\n", "../x", "a..b", "a.", "_a", "sshd.service\n")
    ),
    *((checks.version, value) for value in ("9", "9.2", "v9.2.1", "9.2.x", "newest")),
    *((checks.sha256, value) for value in ("", "ab" * 31, "g" * 64, "ab" * 32 + "\n")),
    *((checks.thumbprint, value) for value in ("", PRINT[:-1], PRINT + "0", "G" * 40)),
    (checks.thumbprints, [PRINT, "zz"]),
    *((checks.listen_address, value) for value in ("", "all", "web01", "10.0.0.5/24", "1.2.3", "::1::")),
    *((checks.identity_name, value) for value in ("a/b", ".", "..", "", "ü" * 200)),
    *((checks.record_name, value) for value in ("a\nb", "a\x7fb", "x" * 201)),
    *((checks.serial, value) for value in WRONG_SIZES),
    *((checks.folder, value) for value in ("Octopus", "~/x", "$HOME/x", "", "/", "/etc", "C:\\", "C:\\Windows")),
]


def refusal(check: Callable[[Any], Any], value: Any) -> str:
    """Return why a value is refused."""
    with pytest.raises(InputError) as caught:
        check(value)
    assert caught.value.option is None
    return str(caught.value)


@pytest.mark.parametrize(("check", "value", "taken"), GOOD)
def test_what_is_right_is_taken_and_once_taken_stays(check: Callable[[Any], Any], value: Any, taken: Any) -> None:
    assert check(value) == taken
    assert check(check(value)) == taken


@pytest.mark.parametrize(("check", "value"), BAD)
def test_what_is_wrong_is_told_in_a_line_that_goes_on_from_the_options_name(check: Callable[[Any], Any], value: Any) -> None:
    text = refusal(check, value)
    assert text.startswith(("must ", "is "))
    assert text.endswith(".")
    assert text.isprintable()


@pytest.mark.parametrize("check", [checks.instance, checks.version, checks.thumbprint, checks.listen_address, checks.record_name])
def test_a_long_value_is_cut_in_the_message(check: Callable[[Any], Any]) -> None:
    assert len(refusal(check, "\x1b" * 100_000)) < 1500


@given(st.sampled_from([checks.instance, checks.version, checks.sha256, checks.thumbprint, checks.listen_address, checks.identity_name,
                        checks.record_name, checks.address, checks.folder, checks.serial]), st.text())  # fmt: skip
def test_any_text_is_taken_or_refused_in_one_line(check: Callable[[Any], Any], text: str) -> None:
    try:
        taken = check(text)
    except InputError as error:
        assert str(error).isprintable()
    else:
        assert check(taken) == taken


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text()


@given(st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_any_value_of_serial_is_taken_or_refused(value: Any) -> None:
    try:
        assert checks.serial(value) == value
    except InputError as error:
        assert str(error).isprintable()


def test_every_check_is_used_by_the_table() -> None:
    used = {option.check for option in (*VARIABLES, *TARGET, *HEALTH, *CERTIFICATE) if option.check}
    assert {getattr(checks, name) for name in checks.__all__} == used
