"""The look over the fleet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InputError, UnknownName
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.fleet import Claims, claims_of
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.inputs import HostInputs, InstanceInputs, RegistrationInputs
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.connection import Connection
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.registration import Registration
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.resources import TARGET
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.secret import Secret
from ansible_collections.octoboot.octopus.plugins.plugin_utils._work.forecast import Forecast, look_over, refusal


def inputs(host: str, *, name: str | None = None, hostname: str | None = None, port: int | None = None, **tentacle: Any) -> HostInputs:
    """Return what is wanted of a host."""
    connection = Connection("https://octopus.example.com", Secret("API-1"))
    registration = Registration(TARGET, name or host, {}, hostname or host, port)
    options = {"identity_store": "/store", **tentacle}
    return HostInputs(host, (InstanceInputs("Tentacle", options, (RegistrationInputs(connection, registration),)),))


def reader(fleet: Mapping[str, HostInputs | str]) -> Callable[[str], HostInputs]:
    """Return a function that reads a host; text is why it cannot be read."""

    def read(host: str) -> HostInputs:
        found = fleet[host]
        if isinstance(found, str):
            raise InputError(found)
        return found

    return read


def claiming(fleet: Mapping[str, HostInputs | str]) -> Callable[[str], Claims]:
    """Return a function that reads what a host claims: all that can be read of it."""

    def claims(host: str) -> Claims:
        found = fleet[host]
        return Claims() if isinstance(found, str) else claims_of(found)

    return claims


def seen(**fleet: HostInputs | str) -> Forecast:
    return look_over(fleet, reader(fleet), claiming(fleet), running=fleet)


def test_a_sound_fleet_has_no_finding() -> None:
    assert seen(a=inputs("a"), b=inputs("b")) == Forecast({}, {})


@pytest.mark.parametrize(
    ("shared", "words"),
    [
        ({"identity_name": "one"}, "same identity"),
        ({"certificate": Secret("MIIK")}, "same identity"),
        ({"name": "One"}, "same name in Octopus"),
        ({"hostname": "10.0.0.1"}, "same address and port"),
        ({"hostname": "10.0.0.1", "port": 10933}, "same address and port"),
    ],
)
def test_machines_that_would_overwrite_one_another_are_found(shared: dict[str, Any], words: str) -> None:
    found = seen(a=inputs("a", **shared), b=inputs("b", **shared), c=inputs("c"))
    assert found.doubled.keys() == {"a", "b"}
    assert f"{words} as b: " in found.doubled["a"]
    assert f"{words} as a: " in found.doubled["b"]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({"hostname": "10.0.0.1", "port": 1}, {"hostname": "10.0.0.1", "port": 2}),
        ({"identity_name": "one", "identity_store": "/a"}, {"identity_name": "one", "identity_store": "/b"}),
        ({"identity_store": None}, {"identity_store": None}),
    ],
)
def test_what_only_looks_alike_is_let_through(one: dict[str, Any], two: dict[str, Any]) -> None:
    assert seen(a=inputs("a", **one), b=inputs("b", **two)).doubled == {}


def test_sixty_of_a_kind_are_told_in_a_short_line() -> None:
    fleet = {f"web{number:02}": inputs(f"web{number:02}", name="one") for number in range(60)}
    told = seen(**fleet).doubled["web00"]
    assert "web01, web02, web03 and 56 more" in told
    assert len(told) < 200


def test_what_cannot_be_read_is_no_finding_of_others() -> None:
    found = seen(a=inputs("a"), b="'octopus_url' cannot be resolved.")
    assert found == Forecast({}, {"b": "'octopus_url' cannot be resolved."})
    assert refusal(found, "a", running=["a", "b"], strict=False) is None


def test_strict_means_that_the_wrong_inputs_of_one_stop_all() -> None:
    found = seen(a=inputs("a"), b="'x' is empty.", c="'x' is empty.")
    told = refusal(found, "a", running=["a", "b", "c"], strict=True)
    assert told is not None
    assert "the inputs of 2 hosts are wrong" in told
    assert "b, c: 'x' is empty." in told


def test_strict_or_not_nobody_fails_for_a_host_that_does_not_run() -> None:
    found = seen(a=inputs("a"), b="'x' is empty.")
    assert refusal(found, "a", running=["a"], strict=True) is None


def test_of_a_host_that_does_not_run_only_what_it_claims_is_read() -> None:
    fleet: dict[str, HostInputs | str] = {"a": inputs("a", name="one"), "b": inputs("b", name="one"), "c": "'x' is empty."}
    read: list[str] = []

    def note(host: str) -> HostInputs:
        read.append(host)
        return reader(fleet)(host)

    found = look_over(fleet, note, claiming(fleet), running=["a"])
    assert (read, found.wrong) == (["a"], {})
    assert found.doubled["a"].startswith("This machine has the same name in Octopus as b: ")


def test_a_host_whose_inputs_are_wrong_is_a_double_all_the_same() -> None:
    fleet: dict[str, HostInputs | str] = {"a": inputs("a", name="one"), "b": "'tentacle_port' is 0."}
    claims = {"a": Claims(), "b": claims_of(inputs("b", name="one"))}
    found = look_over(fleet, reader(fleet), claims.__getitem__, running=["a", "b"])
    assert found.doubled.keys() == {"a", "b"}


def test_what_is_read_is_checked_too() -> None:
    def check(wanted: HostInputs) -> None:
        if wanted.host == "b":
            raise UnknownName("There is no environment named 'Stagin'.")

    fleet = {"a": inputs("a"), "b": inputs("b", name="a")}
    found = look_over(fleet, reader(fleet), claiming(fleet), check, running=fleet)
    assert found.wrong == {"b": "There is no environment named 'Stagin'."}
    assert found.doubled.keys() == {"a", "b"}
    assert found.rows() == {"doubled": dict(found.doubled), "wrong": dict(found.wrong)}
