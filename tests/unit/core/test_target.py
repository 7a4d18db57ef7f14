"""Deployment targets: whose record it is, how it differs, and what is sent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.change import Change
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import ForeignThumbprint, MatchError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.target import (
    Match,
    WantedTarget,
    listening_uri,
    match_target,
    new_body,
    plan_target,
    updated_body,
)
from hypothesis import given
from hypothesis import strategies as st

OURS, FORMER, FOREIGN = "A" * 40, "B" * 40, "C" * 40
WANTED = WantedTarget(
    name="web01",
    thumbprint=OURS,
    uri="https://web01.example.com:10933/",
    environment_ids=("Environments-1", "Environments-2"),
    tags=("web-server", "api"),
    machine_policy_id="MachinePolicies-1",
    disabled=False,
)


def record(name: str = "web01", thumbprint: str = OURS, *, number: int = 1, **fields: Any) -> dict[str, Any]:
    """Return a listening target as the server's API gives it; by default it is as wanted."""
    uri = "https://web01.example.com:10933/"
    return {
        "Id": f"Machines-{number}",
        "Name": name,
        "Thumbprint": thumbprint,
        "Uri": uri,
        "IsDisabled": False,
        "EnvironmentIds": ["Environments-1", "Environments-2"],
        "Roles": ["web-server", "api"],
        "MachinePolicyId": "MachinePolicies-1",
        "TenantIds": ["Tenants-9"],
        "Endpoint": {"CommunicationStyle": "TentaclePassive", "Thumbprint": thumbprint, "Uri": uri, "ProxyId": "Proxies-3"},
        **fields,
    }


def paths(changes: tuple[Change, ...]) -> list[str]:
    """Return where the changes stand."""
    return [change.path for change in changes]


def test_no_record_is_no_match() -> None:
    assert match_target(WANTED, same_thumbprint=[], same_name=None) is None


def test_thumbprint_and_name_together_win_over_all_else() -> None:
    mine, other = record("WEB01", number=2), record("web01-tenant", number=1)
    assert match_target(WANTED, same_thumbprint=[other, mine], same_name=mine) == Match(mine, adopted=False)


def test_a_single_record_with_the_thumbprint_is_ours_under_whatever_name() -> None:
    renamed = record("old-name")
    assert match_target(WANTED, same_thumbprint=[renamed], same_name=None) == Match(renamed, adopted=True)


def test_several_records_with_the_thumbprint_and_none_with_the_name_are_refused_by_name() -> None:
    with pytest.raises(MatchError, match=r"'one' \(Machines-1\), 'two' \(Machines-2\).*octopus_target_name") as raised:
        match_target(WANTED, same_thumbprint=[record("one", number=1), record("two", number=2)], same_name=None, replace=True)
    assert not isinstance(raised.value, ForeignThumbprint)


@pytest.mark.parametrize("own", [FORMER, FORMER.lower()])
def test_a_record_by_name_with_a_thumbprint_that_was_ours_is_adopted_without_asking(own: str) -> None:
    named = record(thumbprint=FORMER)
    assert match_target(WANTED, same_thumbprint=[], same_name=named, own_thumbprints=[FOREIGN, own]) == Match(named, adopted=True)


def test_a_record_by_name_with_a_foreign_thumbprint_is_refused_with_both_and_the_remedy() -> None:
    with pytest.raises(ForeignThumbprint, match=f"(?s){FOREIGN}.*{OURS}.*octopus_on_thumbprint_mismatch: replace") as raised:
        match_target(WANTED, same_thumbprint=[], same_name=record(thumbprint=FOREIGN), own_thumbprints=[FORMER])
    assert raised.value.thumbprint == FOREIGN


def test_a_record_by_name_without_a_thumbprint_is_foreign_too() -> None:
    with pytest.raises(ForeignThumbprint, match="thumbprint none"):
        match_target(WANTED, same_thumbprint=[], same_name=record(Thumbprint=None))


def test_a_foreign_record_is_taken_over_when_told() -> None:
    named = record(thumbprint=FOREIGN)
    assert match_target(WANTED, same_thumbprint=[], same_name=named, replace=True) == Match(named, adopted=True)


@pytest.mark.parametrize("replacing", [False, True])
def test_a_name_here_and_a_thumbprint_there_are_never_guessed_between(replacing: bool) -> None:
    with pytest.raises(MatchError, match=r"Machines-1.*'other' \(Machines-2\)") as raised:
        match_target(
            WANTED,
            same_thumbprint=[record("other", number=2)],
            same_name=record(thumbprint=FORMER),
            own_thumbprints=[FORMER],
            replace=replacing,
        )
    assert not isinstance(raised.value, ForeignThumbprint)


def test_what_is_as_wanted_needs_nothing() -> None:
    assert plan_target(WANTED, record()) == ()


@given(
    st.permutations(WANTED.tags or ()), st.permutations(WANTED.environment_ids or ()), st.sampled_from([str.upper, str.lower, str.title])
)
def test_lists_are_sets_without_case(tags: list[str], environments: list[str], spelled: Any) -> None:
    assert plan_target(WANTED, record(Roles=[spelled(tag) for tag in tags], EnvironmentIds=environments)) == ()


def test_what_is_not_stated_is_not_compared() -> None:
    unsaid = replace(WANTED, environment_ids=None, tags=None, machine_policy_id=None, disabled=None)
    theirs = record(Roles=["other"], EnvironmentIds=[], MachinePolicyId="MachinePolicies-9", IsDisabled=True)
    assert plan_target(unsaid, theirs) == ()
    assert updated_body(unsaid, theirs) == theirs


@pytest.mark.parametrize(
    ("fields", "changed"),
    [
        ({"Name": "WEB01"}, "name"),
        ({"MachinePolicyId": "MachinePolicies-2"}, "machine_policy"),
        ({"IsDisabled": True}, "disabled"),
        ({"Roles": ["web-server"]}, "target_tags"),
        ({"Roles": None}, "target_tags"),
        ({"EnvironmentIds": ["Environments-1", "Environments-3"]}, "environments"),
        ({"Endpoint": {**record()["Endpoint"], "Thumbprint": FORMER}}, "thumbprint"),
        ({"Endpoint": {**record()["Endpoint"], "Uri": "https://web01.example.com:10934/"}}, "uri"),
        ({"Endpoint": {**record()["Endpoint"], "Uri": None}}, "uri"),
        ({"Endpoint": {**record()["Endpoint"], "CommunicationStyle": "TentacleActive"}}, "communication_style"),
    ],
)
def test_each_managed_field_that_differs_is_one_change_and_what_is_sent_mends_it(fields: dict[str, Any], changed: str) -> None:
    theirs = record(**fields)
    assert paths(plan_target(WANTED, theirs)) == [changed]
    assert plan_target(WANTED, updated_body(WANTED, theirs)) == ()


def test_emptying_a_list_is_a_change() -> None:
    assert paths(plan_target(replace(WANTED, tags=()), record())) == ["target_tags"]
    assert updated_body(replace(WANTED, tags=()), record())["Roles"] == []


@pytest.mark.parametrize("uri", ["https://WEB01.example.com:10933", "https://web01.example.com:10933/"])
def test_a_uri_is_compared_by_what_it_names(uri: str) -> None:
    assert plan_target(WANTED, record(Endpoint={**record()["Endpoint"], "Uri": uri, "Thumbprint": OURS.lower()})) == ()


def test_a_new_target_is_one_change_for_itself_and_one_for_each_setting() -> None:
    assert plan_target(WANTED, None)[0] == Change("target", None, "web01")
    assert {"uri", "thumbprint", "environments", "target_tags", "machine_policy"} <= set(paths(plan_target(WANTED, None)))


def test_what_is_posted_is_as_wanted_and_skips_the_first_health_check() -> None:
    body = new_body(WANTED, space_id="Spaces-1")
    assert plan_target(WANTED, body) == ()
    assert (body["SpaceId"], body["SkipInitialHealthCheck"]) == ("Spaces-1", True)


def test_what_is_posted_has_lists_also_where_nothing_is_stated() -> None:
    body = new_body(WantedTarget("web01", OURS, "https://web01:10933/"), space_id="Spaces-1")
    assert all(body[field] == [] for field in ("EnvironmentIds", "Roles", "TenantIds", "TenantTags"))


def test_what_is_put_keeps_every_field_that_is_not_ours_and_leaves_the_record_alone() -> None:
    theirs = record(thumbprint=FORMER, Roles=["old"], FieldOfANewerServer={"a": 1})
    body = updated_body(WANTED, theirs)
    assert {key for key in theirs if body[key] != theirs[key]} == {"Thumbprint", "Roles", "Endpoint"}
    assert body["Endpoint"] == {**theirs["Endpoint"], "Thumbprint": OURS}
    assert theirs == record(thumbprint=FORMER, Roles=["old"], FieldOfANewerServer={"a": 1})


def test_an_endpoint_of_another_kind_is_not_mixed_with_ours() -> None:
    polling = record(Endpoint={"CommunicationStyle": "TentacleActive", "Thumbprint": OURS, "Uri": "poll://abc/", "AgentQueue": 1})
    assert updated_body(WANTED, polling)["Endpoint"] == {
        "CommunicationStyle": "TentaclePassive",
        "Thumbprint": OURS,
        "Uri": WANTED.uri,
    }


@pytest.mark.parametrize(
    ("hostname", "uri"),
    [
        ("WEB01.Example.com", "https://web01.example.com:10933/"),
        ("10.0.0.7", "https://10.0.0.7:10933/"),
        ("FE80::1", "https://[fe80::1]:10933/"),
    ],
)
def test_a_listening_uri_is_written_as_octopus_writes_it(hostname: str, uri: str) -> None:
    assert listening_uri(hostname, 10933) == uri
