"""When a fleet that would get other certificates is stopped."""

from __future__ import annotations

from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.rekey import Kept, refusal
from hypothesis import given
from hypothesis import strategies as st

SOUND, STRANGE, LOST, NEW = Kept(["A"], ["A"]), Kept(["A"], ["B"]), Kept(["A"], []), Kept([], [])
FORMER, TWO_RECORDS = Kept(["A"], ["B", "A"]), Kept(["A", "B"], ["B"])


def test_most_of_a_fleet_is_more_than_half_of_what_octopus_knows() -> None:
    assert refusal([STRANGE, LOST]) is not None
    assert refusal([STRANGE, LOST, SOUND]) is not None
    assert refusal([STRANGE, LOST, SOUND, FORMER]) is None
    assert refusal([STRANGE, LOST, *[NEW] * 50]) is not None


def test_one_machine_says_nothing_of_the_store() -> None:
    assert refusal([LOST]) is None
    assert refusal([STRANGE, NEW, NEW]) is None


def test_it_says_how_many() -> None:
    told = refusal([LOST, LOST, STRANGE, SOUND])
    assert told is not None
    assert told.startswith("Octopus knows 4 machines of this fleet, and 3 of them by a certificate that the identity store does not hold")


@given(st.lists(st.sampled_from([SOUND, FORMER, TWO_RECORDS, NEW])))
def test_a_fleet_whose_certificates_are_in_the_store_is_never_stopped(fleet: list[Kept]) -> None:
    assert refusal(fleet) is None
    assert refusal([*fleet, LOST]) is None


@given(st.lists(st.sampled_from([STRANGE, LOST]), min_size=2), st.lists(st.just(NEW)))
def test_a_store_that_holds_none_of_them_always_stops_it(fleet: list[Kept], new: list[Kept]) -> None:
    assert refusal([*fleet, *new]) is not None
