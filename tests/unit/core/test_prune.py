"""Which records are of machines that are gone: never one that is not provably ours, and never a present host's."""

from __future__ import annotations

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InputError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.identity import Identity
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.prune import (
    Present,
    answers,
    require_few,
    sort_out,
    why_kept,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.work.fakes import machine

A, B, C = "A" * 40, "B" * 40, "C" * 40


def identity(name: str, thumbprint: str, *former: str) -> Identity:
    return Identity(name, thumbprint, "", former)


def present(*identities: str, records: tuple[str, ...] = (), thumbprints: tuple[str, ...] = ()) -> Present:
    return Present(frozenset(identities), frozenset(records), frozenset(thumbprints))


def test_an_identity_of_no_host_is_gone_with_all_thumbprints_that_it_had() -> None:
    stored = sort_out([identity("web01", A), identity("web02", B, C)], present("WEB01"))
    assert stored.gone == {B: "web02", C: "web02"}
    assert stored.all == {A, B, C}


def test_a_thumbprint_that_a_host_has_or_had_or_was_supplied_is_not_gone() -> None:
    assert sort_out([identity("web01", A, B), identity("web02", B, C)], present("web01")).gone == {C: "web02"}
    assert sort_out([identity("web02", B, C)], present("web01", thumbprints=(C,))).gone == {B: "web02"}


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("web01-batch", "web01"),
        ("Web01.example.com", "web01"),
        ("batch_web01", "web01"),
        ("a-web01-b", "web01"),
        ("db.example.com-2", "db.example.com"),
        ("web012", None),
        ("web0", None),
        ("db", None),
    ],
)
def test_what_may_be_another_instance_of_a_host_is_known(name: str, owner: str | None) -> None:
    assert present("web01", "db.example.com").owner(name) == owner


@pytest.mark.parametrize(
    ("status", "disabled", "there"),
    [
        ("Unavailable", False, False),
        ("Unknown", False, False),
        ("Healthy", True, False),
        ("HasWarnings", False, True),
        ("Unhealthy", False, True),
    ],
)
def test_who_answers_is_there(status: str, disabled: bool, there: bool) -> None:
    assert answers(machine(1, "web02", HealthStatus=status, IsDisabled=disabled)) is there


def test_why_a_record_stays() -> None:
    gone, there = machine(1, "web02", HealthStatus="Unavailable"), present("web01", records=("web01", "shop"))
    assert why_kept(gone, "web02", there, include_healthy=False) is None
    assert "this name" in str(why_kept({**gone, "Name": " Shop"}, "web02", there, include_healthy=True))
    assert "another instance of 'web01'" in str(why_kept(gone, "web01-2", there, include_healthy=True))
    assert "finds it Healthy" in str(why_kept(machine(1, "web02"), "web02", there, include_healthy=False))
    assert why_kept(machine(1, "web02"), "web02", there, include_healthy=True) is None


@pytest.mark.parametrize(("count", "ours", "most"), [(0, 0, None), (1, 1, None), (1, 3, None), (5, 10, None), (0, 9, 0), (9, 9, 9)])
def test_few_may_go(count: int, ours: int, most: int | None) -> None:
    require_few(count, ours=ours, most=most)


@pytest.mark.parametrize(
    ("count", "ours", "most", "words"),
    [(2, 3, None, "is 1 (half of them), and 2 of the fleet's 3 records would go"), (1, 9, 0, "is 0, and 1 of"), (6, 11, None, "is 5 ")],
)
def test_too_many_may_not(count: int, ours: int, most: int | None, words: str) -> None:
    with pytest.raises(InputError) as raised:
        require_few(count, ours=ours, most=most)
    assert words in str(raised.value)
    assert raised.value.option == "most"


NAMES = st.sampled_from(["web01", "web02", "web1", "web01-batch", "WEB02", "db", "db.example.com"])
THUMBPRINTS = st.sampled_from([letter * 40 for letter in "ABCDEF"])
IDENTITIES = st.lists(st.builds(Identity, NAMES, THUMBPRINTS, st.just(""), st.lists(THUMBPRINTS, max_size=2).map(tuple)), max_size=6)


@given(IDENTITIES, st.frozensets(NAMES), st.frozensets(NAMES), st.frozensets(THUMBPRINTS, max_size=2), THUMBPRINTS, NAMES, st.booleans())
def test_no_record_is_chosen_that_is_not_of_the_store_or_is_of_a_host(
    identities: list[Identity],
    hosts: frozenset[str],
    records: frozenset[str],
    supplied: frozenset[str],
    thumbprint: str,
    name: str,
    include_healthy: bool,
) -> None:
    there = Present(hosts, records, supplied)
    owner = sort_out(identities, there).gone.get(thumbprint)
    record = machine(1, name, thumbprint)
    if owner is None or why_kept(record, owner, there, include_healthy=include_healthy) is not None:
        return
    plain = {host.casefold() for host in hosts}
    holders = [each for each in identities if each.knows(thumbprint)]
    assert holders, "its thumbprint is of no identity"
    assert not [each for each in holders if each.name.casefold() in plain], "a host has it"
    assert thumbprint not in supplied
    assert name.casefold() not in {each.casefold() for each in records}
    assert include_healthy, "it is healthy"
