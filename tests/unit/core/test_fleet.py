"""Machines that would overwrite one another: who they are is told to each of them, and to nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.fleet import claims_of, doubles, identity_of
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.inputs import HostInputs, InstanceInputs, RegistrationInputs
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.connection import Connection
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.registration import Registration
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.resources import TARGET
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.secret import Secret
from hypothesis import given
from hypothesis import strategies as st


def instance(host: str, **own: Any) -> InstanceInputs:
    """Return an instance, all of its own but for what is said."""
    connection = Connection.normalise(
        url=own.pop("url", "https://octopus.example.com"), api_key=Secret("API-ABC"), space=own.pop("space", None)
    )
    record = {name: own.pop(name) for name in ("name", "hostname", "public_port") if name in own}
    registration = Registration(TARGET, record.get("name", host), {}, record.get("hostname", host), record.get("public_port"))
    tentacle = {"identity_store": "identities", **own}
    return InstanceInputs(tentacle.get("instance", "Tentacle"), tentacle, (RegistrationInputs(connection, registration),))


def found(**hosts: Any) -> dict[str, str]:
    """Return the doubles among hosts: of one instance, or of a list of them."""
    fleet = {
        host: HostInputs(host, tuple(instance(host, **each) for each in (own if isinstance(own, list) else [own])))
        for host, own in hosts.items()
    }
    return doubles({host: claims_of(inputs) for host, inputs in fleet.items()})


SAME: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"identity_name": "x"}, {"identity_name": "x"}, "identity"),
    ({"certificate": Secret("MIIK")}, {"certificate": Secret("MIIK")}, "identity"),
    ({"name": "Web"}, {"name": "wEB"}, "name in Octopus"),
    ({"name": "web", "space": "Default"}, {"name": "web", "space": "default"}, "name in Octopus"),
    ({"hostname": "lb.example.com"}, {"hostname": "LB.example.com"}, "address and port"),
    ({"hostname": "lb", "port": 10933}, {"hostname": "lb"}, "address and port"),
    ({"hostname": "lb", "public_port": 5000}, {"hostname": "lb", "port": 5000}, "address and port"),
]
OTHER: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"identity_name": "x"}, {"identity_name": "x", "identity_store": "elsewhere"}),
    ({"identity_name": "x", "identity_store": None}, {"identity_name": "x", "identity_store": None}),
    ({"certificate": Secret("MIIK")}, {"certificate": Secret("MIIL")}),
    ({"identity_name": "x", "certificate": Secret("MIIK")}, {"identity_name": "x"}),
    ({"name": "web", "space": "One"}, {"name": "web", "space": "Two"}),
    ({"name": "web", "url": "https://a.example.com"}, {"name": "web", "url": "https://b.example.com"}),
    ({"hostname": "lb", "public_port": 5000}, {"hostname": "lb", "public_port": 5001}),
    ({"hostname": "lb", "port": 10934}, {"hostname": "lb"}),
]


@pytest.mark.parametrize(("one", "two", "words"), SAME)
def test_two_machines_that_share_a_thing_are_both_told(one: dict[str, Any], two: dict[str, Any], words: str) -> None:
    told = found(a=one, b=two, c={})
    assert told.keys() == {"a", "b"}
    assert told["a"].startswith(f"This machine has the same {words} as b: ")
    assert told["b"].startswith(f"This machine has the same {words} as a: ")
    assert all(text.endswith(".") and text.isprintable() for text in told.values())


@pytest.mark.parametrize(("one", "two"), OTHER)
def test_two_machines_that_share_nothing_are_not(one: dict[str, Any], two: dict[str, Any]) -> None:
    assert found(a=one, b=two) == {}


def test_two_instances_of_one_host_are_one_machine() -> None:
    assert found(a=[{"identity_name": "x"}, {"identity_name": "x", "port": 10934}]) == {}


def test_a_secret_certificate_is_not_told() -> None:
    assert "MIIK" not in str(found(a={"certificate": Secret("MIIK")}, b={"certificate": Secret("MIIK")}))


def test_an_identity_is_called_after_its_host_unless_it_is_said() -> None:
    assert identity_of("web01", instance("web01")) == "web01"
    assert identity_of("web01", instance("web01", identity_name="other")) == "other"


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("xyz"), min_size=1))
def test_whoever_shares_a_name_is_told_and_each_is_named_at_most_once(names: dict[str, str]) -> None:
    told = found(**{host: {"name": name} for host, name in names.items()})
    assert told.keys() == {host for host, name in names.items() if list(names.values()).count(name) > 1}
    for host, text in told.items():
        others = text.removeprefix("This machine has the same name in Octopus as ").partition(":")[0]
        listed = others.partition(" and ")[0].split(", ")
        assert host not in listed
        assert len(listed) == len(set(listed)) <= 3
        assert {names[other] for other in listed} == {names[host]}
