"""The option grammar of the emulated Tentacle (tentacle.md 1.2)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.tentacle.errors import UnexpectedError
from tests.lab.tentacle.options import OptionError, OptionSet, parse_bool, parse_int


class Seen:
    """An option set with a value, a flag and letters, and what it met."""

    def __init__(self) -> None:
        self.met: list[tuple[str, str]] = []
        self.options = OptionSet()
        for prototype in ("port=|p=", "force", "r|role=", "b|if-blank", "f|from-file="):
            self.options.add(prototype, "", self._remember(prototype.split("|")[0].rstrip("=")))

    def _remember(self, name: str) -> Callable[[str], None]:
        return lambda value: self.met.append((name, value))

    def parse(self, *arguments: str) -> list[str]:
        return self.options.parse(arguments)


@pytest.mark.parametrize("prefix", ["--", "-", "/"])
@pytest.mark.parametrize("name", ["port", "PORT", "Port", "p"])
@pytest.mark.parametrize("separator", ["=", ":"])
@given(value=st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])))
def test_a_value_arrives_as_it_is(prefix: str, name: str, separator: str, value: str) -> None:
    attached, apart = Seen(), Seen()
    assert attached.parse(f"{prefix}{name}{separator}{value}") == []
    assert attached.met == [("port", value)]
    if value != "--":
        assert apart.parse(f"{prefix}{name}", value) == []
        assert apart.met == [("port", value)]


def test_only_the_first_separator_splits() -> None:
    seen = Seen()
    seen.parse(r"--from-file=C:\a=b.pfx")
    assert seen.met == [("f", r"C:\a=b.pfx")]


def test_a_value_swallows_the_next_argument_whatever_it_is() -> None:
    seen = Seen()
    assert seen.parse("--port", "--force") == []
    assert seen.met == [("port", "--force")]


@pytest.mark.parametrize("arguments", [["--port"], ["--port", "--", "1"]])
def test_a_missing_value_is_an_exception(arguments: list[str]) -> None:
    with pytest.raises(OptionError, match=r"^Missing required value for option '--port'\.$"):
        Seen().parse(*arguments)


@pytest.mark.parametrize("argument", ["--force", "--force=false", "--force-", "--force+", "/force", "-force:no"])
def test_a_flag_cannot_be_switched_off(argument: str) -> None:
    seen = Seen()
    assert seen.parse(argument) == []
    assert [name for name, _ in seen.met] == ["force"]


@pytest.mark.parametrize("arguments", [["-r", "web"], ["-rweb"], ["-brweb"], ["-br", "web"]])
def test_letters_are_bundled(arguments: list[str]) -> None:
    seen = Seen()
    assert seen.parse(*arguments) == []
    assert seen.met[-1] == ("r", "web")


def test_a_bundle_with_an_unknown_letter_is_an_exception() -> None:
    with pytest.raises(OptionError, match="Cannot bundle unregistered option '-o'"):
        Seen().parse("-bo")


@given(st.lists(st.sampled_from(["word", "--unknown", "--unknown=1", "-zz", "/etc/octopus", "", "-"])))
def test_what_no_option_takes_is_left_over_in_order(arguments: list[str]) -> None:
    seen = Seen()
    assert seen.parse(*arguments) == arguments
    assert seen.met == []


def test_two_dashes_stop_one_pass_and_vanish() -> None:
    """So the next pass over the same command line reads what follows as options again."""
    seen = Seen()
    assert seen.parse("--force", "--", "--port=1") == ["--port=1"]
    assert seen.met == [("force", "force")]


@given(st.integers(-(2**31), 2**31 - 1))
def test_numbers_are_read_with_blanks_and_signs(number: int) -> None:
    assert parse_int(f" {number} ") == number
    assert parse_int(f"{number:+d}") == number


@pytest.mark.parametrize("text", ["", "x", "1.0", "0x10", "1_000", "2147483648"])
def test_other_numbers_are_exceptions(text: str) -> None:
    with pytest.raises(UnexpectedError):
        parse_int(text)


@pytest.mark.parametrize(("text", "value"), [("True", True), (" false ", False), ("TRUE", True)])
def test_truth_values(text: str, value: bool) -> None:
    assert parse_bool(text) is value


@pytest.mark.parametrize("text", ["1", "yes", ""])
def test_other_truth_values_are_exceptions(text: str) -> None:
    with pytest.raises(UnexpectedError):
        parse_bool(text)
