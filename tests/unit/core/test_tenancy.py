"""Tenants of a target: which tags there are, and the participation that follows from what was said and what the record has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.change import Change
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InputError, UnknownName
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.endpoint import ListeningEndpoint
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.plan import Plan, Wanted, plan, resolve, with_names
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.resources import MACHINE_PROXY, TAG_SET, TARGET, TENANT
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.snapshot import Named, Snapshot
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.tenancy import canonical_tags, complete
from hypothesis import given
from hypothesis import strategies as st

SETS = (
    Named("TagSets-1", "Region", type="MultiSelect", tags=("Region/Europe", "Region/Asia")),
    Named("TagSets-2", "Ring", type="SingleSelect", tags=("Ring/Alpha", "Ring/Beta", "Ring/Stable")),
    Named("TagSets-3", "Note", type="FreeText"),
    Named("TagSets-4", "Old", tags=("Old/One", "Old/Two")),
)
SNAPSHOT = Snapshot(
    url="https://octopus.example.com",
    server_version="2026.4.1",
    space_id="Spaces-1",
    space_name="Default",
    thumbprint="C" * 40,
    lists={
        TENANT.path: (Named("Tenants-1", "Contoso", "contoso"), Named("Tenants-2", "Fabrikam", "fab")),
        TAG_SET.path: SETS,
        MACHINE_PROXY.path: (Named("Proxies-1", "DMZ"),),
    },
)
MEMBERS = {"tenants": "TenantIds", "tenant_tags": "TenantTags", "tenanted_participation": "TenantedDeploymentParticipation"}
ENDPOINT = ListeningEndpoint("https://web01.example.com:10933/", "A" * 40)


def tags(*said: str) -> tuple[str, ...]:
    """Return tags as the server has them."""
    return canonical_tags(said, SETS, "in space 'Default'")


def record(tenants: tuple[str, ...] = (), tenant_tags: tuple[str, ...] = (), participation: str = "Untenanted") -> dict[str, Any]:
    """Return a target as the server gives it."""
    return {
        "Id": "Machines-1",
        "Name": "web01",
        "Roles": ["web"],
        "EnvironmentIds": ["Environments-1"],
        "TenantIds": list(tenants),
        "TenantTags": list(tenant_tags),
        "TenantedDeploymentParticipation": participation,
        "Endpoint": {**ENDPOINT.members(), "ProxyId": "Proxies-1"},
    }


def planned(values: Mapping[str, Any], held: dict[str, Any] | None) -> Plan:
    """Plan for a target."""
    return plan(TARGET, Wanted("web01", values, ENDPOINT), held, space_id="Spaces-1")


def shown(values: Mapping[str, Any], held: dict[str, Any] | None) -> list[Change]:
    """Return the changes to tenancy, in an operator's words."""
    return [change for change in with_names(TARGET, planned(values, held).changes, SNAPSHOT) if change.path in MEMBERS]


def test_tags_are_sent_as_the_server_spells_them_each_once() -> None:
    assert tags("region/EUROPE", " Ring / beta ", "REGION/europe", "Old/One", "Old/Two") == (
        "Region/Europe",
        "Ring/Beta",
        "Old/One",
        "Old/Two",
    )
    assert tags() == ()


def test_of_a_tag_set_of_free_text_every_tag_is_one() -> None:
    assert tags("note/Call us") == ("Note/Call us",)


@pytest.mark.parametrize("said", ["Ring/Betta", "Rign/Beta"])
def test_an_unknown_tag_is_refused_with_those_that_are_near(said: str) -> None:
    with pytest.raises(UnknownName, match=f"There is no tenant tag named '{said}' in space 'Default'. Did you mean 'Ring/Beta'"):
        tags("Region/Asia", said)


def test_without_any_tag_set_an_unknown_tag_says_that_none_are_seen() -> None:
    with pytest.raises(UnknownName, match="The server showed none at all"):
        canonical_tags(["Ring/Beta"], (), "in space 'Default'")


@pytest.mark.parametrize("said", ["Beta", "/Beta", "Ring/", "Ring", " / "])
def test_a_tag_without_its_set_is_refused(said: str) -> None:
    with pytest.raises(InputError, match="must hold tags with their sets, such as 'Region/Europe'") as raised:
        tags(said)
    assert raised.value.option == "tenant_tags"


def test_two_tags_of_a_set_of_which_one_may_be_chosen_are_refused() -> None:
    with pytest.raises(InputError, match=r"has 'Ring/Alpha', 'Ring/Stable', and of the tag set 'Ring' one tag may be chosen\.") as raised:
        tags("Ring/Alpha", "Region/Asia", "ring/stable")
    assert raised.value.option == "tenant_tags"


def test_names_become_ids_and_words_the_servers_words() -> None:
    said = {
        "tenants": ["FAB", "Tenants-1"],
        "tenant_tags": ["ring/alpha"],
        "tenanted_participation": "tenanted_or_untenanted",
        "proxy": "dmz",
    }
    assert resolve(TARGET, said, SNAPSHOT) == {
        "tenants": ("Tenants-2", "Tenants-1"),
        "tenant_tags": ("Ring/Alpha",),
        "tenanted_participation": "TenantedOrUntenanted",
        "proxy": "Proxies-1",
    }
    assert resolve(TARGET, {"tenants": [], "tenant_tags": [], "proxy": ""}, replace(SNAPSHOT, lists={})) == {
        "tenants": (),
        "tenant_tags": (),
        "proxy": "",
    }
    with pytest.raises(UnknownName, match=r"There is no machine proxy named 'DMS' in space 'Default'\. Did you mean 'DMZ'\?"):
        resolve(TARGET, {"proxy": "DMS"}, SNAPSHOT)


def test_only_what_is_named_has_to_be_read() -> None:
    assert TARGET.asked_for({"environments": ["x"], "tenants": [], "proxy": "", "tenanted_participation": "untenanted"}) == ()
    assert set(TARGET.asked_for({"tenants": ["x"], "tenant_tags": ["y"], "proxy": "z"})) == {TENANT, TAG_SET, MACHINE_PROXY}
    assert not {TENANT, TAG_SET, MACHINE_PROXY} & set(TARGET.named)


@pytest.mark.parametrize("said", [{"tenants": ("Tenants-1",)}, {"tenant_tags": ("Ring/Beta",)}])
@pytest.mark.parametrize("held", [None, record()])
def test_a_machine_that_gets_tenants_or_tags_takes_part_in_their_deployments(
    said: dict[str, tuple[str, ...]], held: dict[str, Any] | None
) -> None:
    assert Change("tenanted_participation", "untenanted", "tenanted") in shown(said, held)


def test_a_new_machine_of_which_nothing_is_said_is_untenanted() -> None:
    assert shown({}, None) == []
    assert {member: planned({}, None).body[member] for member in MEMBERS.values()} == {
        "TenantIds": [],
        "TenantTags": [],
        "TenantedDeploymentParticipation": "Untenanted",
    }


def test_what_the_record_has_is_not_overruled_where_it_agrees() -> None:
    assert shown({"tenants": ("Tenants-1",)}, record(("Tenants-1",), (), "TenantedOrUntenanted")) == []
    assert shown({"tenants": ()}, record((), (), "TenantedOrUntenanted")) == []
    assert shown({}, record(("Tenants-1",), (), "Tenanted")) == []
    assert shown({"tenants": ()}, record(("Tenants-1",), ("Ring/Beta",), "Tenanted")) == [Change("tenants", ["Contoso"], [])]


def test_a_machine_that_loses_the_last_of_its_tenants_is_untenanted() -> None:
    assert shown({"tenants": ()}, record(("Tenants-1",), (), "Tenanted")) == [
        Change("tenants", ["Contoso"], []),
        Change("tenanted_participation", "tenanted", "untenanted"),
    ]


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ({"tenanted_participation": "Untenanted", "tenants": ("Tenants-1",)}, None),
        ({"tenanted_participation": "Untenanted"}, record(("Tenants-1",), (), "Tenanted")),
        ({"tenanted_participation": "Untenanted", "tenants": ()}, record(("Tenants-1",), ("Ring/Beta",), "Tenanted")),
        ({"tenanted_participation": "Tenanted"}, None),
        ({"tenanted_participation": "Tenanted"}, record()),
        ({"tenanted_participation": "Tenanted", "tenants": ()}, record(("Tenants-1",), (), "Tenanted")),
    ],
)
def test_what_contradicts_itself_or_the_record_is_refused(said: dict[str, Any], held: dict[str, Any] | None) -> None:
    with pytest.raises(InputError, match="tenants") as raised:
        planned(said, held)
    assert raised.value.option == "tenanted_participation"


def test_the_proxy_is_part_of_the_endpoint_and_stays_when_it_is_not_said() -> None:
    held = record()
    for proxy_id, after in ((None, "Proxies-1"), ("Proxies-1", "Proxies-1"), ("", None), ("Proxies-2", "Proxies-2")):
        wanted = Wanted("web01", {}, replace(ENDPOINT, proxy_id=proxy_id))
        found = plan(TARGET, wanted, held, space_id="Spaces-1")
        assert found.body["Endpoint"]["ProxyId"] == after
        assert [change.path for change in found.changes] == (["proxy"] if after != "Proxies-1" else [])
    (change,) = with_names(
        TARGET, plan(TARGET, replace(wanted, endpoint=replace(ENDPOINT, proxy_id="")), held, space_id="S").changes, SNAPSHOT
    )
    assert change == Change("proxy", "DMZ", None)


tenants = st.lists(st.sampled_from(["Tenants-1", "Tenants-2"]), unique=True).map(tuple)
some_tags = st.lists(st.sampled_from(["Ring/Beta", "Region/Asia"]), unique=True).map(tuple)
participations = st.sampled_from(["Untenanted", "TenantedOrUntenanted", "Tenanted"])
said_values = st.fixed_dictionaries({}, optional={"tenants": tenants, "tenant_tags": some_tags, "tenanted_participation": participations})


def agrees(held: Mapping[str, Any]) -> bool:
    """Tell whether the server takes such a record."""
    concerned = bool(held["TenantIds"] or held["TenantTags"])
    return {"Untenanted": not concerned, "Tenanted": concerned}.get(held["TenantedDeploymentParticipation"], True)


@given(said_values, st.none() | st.builds(record, tenants, some_tags, participations).filter(agrees))
def test_one_plan_makes_it_so_the_server_takes_it_and_nothing_else_is_touched(said: dict[str, Any], held: dict[str, Any] | None) -> None:
    try:
        found = planned(said, held)
    except InputError:
        return
    after = {**found.body, "Id": "Machines-1"}
    assert agrees(after)
    assert planned(said, after).changes == ()
    for option, member in MEMBERS.items():
        if option in said:
            assert set(after[member]) == set(said[option])
        elif held is not None and (not said or option != "tenanted_participation"):
            assert after[member] == held[member]
    assert {change.path for change in found.changes} & set(MEMBERS) <= {*said, *(["tenanted_participation"] if said else [])}


@given(said_values)
def test_to_complete_what_is_complete_adds_nothing(said: dict[str, Any]) -> None:
    try:
        once = complete(said, {})
    except InputError:
        return
    assert complete(once, {}) == once
