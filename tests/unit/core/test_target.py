"""Deployment targets: what names mean, whose record it is, how it differs, and what is sent."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.change import Change
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import ForeignThumbprint, InputError, MatchError, UnknownName
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.endpoint import ListeningEndpoint
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.match import Match, match, require_rename, require_unclaimed
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.plan import (
    Plan,
    Wanted,
    plan,
    require_fields,
    resolve,
    with_names,
)
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.registration import Known, Registration, check_name
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.resources import TARGET
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.snapshot import Named, Snapshot
from hypothesis import given
from hypothesis import strategies as st

OURS, FORMER, FOREIGN = "A" * 40, "B" * 40, "C" * 40
URI = "https://web01.example.com:10933/"
VALUES: dict[str, Any] = {
    "environments": ("Environments-1", "Environments-2"),
    "target_tags": ("web-server", "api"),
    "machine_policy": "MachinePolicies-1",
    "disabled": False,
}
WANTED = Wanted("web01", VALUES, ListeningEndpoint(URI, OURS))
REGISTRATION = Registration(TARGET, "web01", {}, "web01.example.com")
SNAPSHOT = Snapshot(
    url="https://octopus.example.com",
    server_version="2026.4.1",
    space_id="Spaces-1",
    space_name="Default",
    thumbprint=FOREIGN,
    lists={
        "environments": (
            Named("Environments-1", "Staging", "staging"),
            Named("Environments-2", "Production", "live"),
            Named("Environments-3", "live"),
            Named("Environments-4", "environments-1"),
        ),
        "machinepolicies": (Named("MachinePolicies-1", "Default Machine Policy"),),
    },
)


def record(name: str = "web01", thumbprint: str = OURS, *, number: int = 1, **fields: Any) -> dict[str, Any]:
    """Return a listening target as the server's API gives it; by default it is as wanted."""
    return {
        "Id": f"Machines-{number}",
        "Name": name,
        "Thumbprint": thumbprint,
        "Uri": URI,
        "IsDisabled": False,
        "EnvironmentIds": ["Environments-1", "Environments-2"],
        "Roles": ["web-server", "api"],
        "MachinePolicyId": "MachinePolicies-1",
        "TenantIds": ["Tenants-9"],
        "Endpoint": {"CommunicationStyle": "TentaclePassive", "Thumbprint": thumbprint, "Uri": URI, "ProxyId": "Proxies-3"},
        **fields,
    }


def matched(candidates: Iterable[dict[str, Any]], own: tuple[str, ...] = (), *, replacing: bool = False) -> Match | None:
    """Find the machine's record."""
    return match(replace(REGISTRATION, replace=replacing), Known(OURS, own), candidates)


def planned(wanted: Wanted, held: dict[str, Any] | None) -> Plan:
    """Plan for a target."""
    return plan(TARGET, wanted, held, space_id="Spaces-1")


def paths(held: dict[str, Any] | None, wanted: Wanted = WANTED) -> list[str]:
    """Return where the changes stand."""
    return [change.path for change in planned(wanted, held).changes]


def but(**values: Any) -> Wanted:
    """Return what is wanted with other values; None is not said."""
    return replace(WANTED, values={option: value for option, value in {**VALUES, **values}.items() if value is not None})


def test_no_record_is_no_match() -> None:
    assert matched([]) is None
    assert matched([record("other", FOREIGN)]) is None


def test_thumbprint_and_name_together_win_over_all_else() -> None:
    mine, other = record("WEB01", number=2), record("web01-tenant", number=1)
    assert matched([other, mine]) == Match(mine, adopted=False)


@pytest.mark.parametrize("name", ["web01\n", " WEB01 ", "web01"])
def test_outer_blanks_of_a_name_make_no_other_machine(name: str) -> None:
    assert matched([record(name)]) == Match(record(name), adopted=False)
    assert match(replace(REGISTRATION, name=f" {name}"), Known(OURS), [record()]) == Match(record(), adopted=False)


def test_a_single_record_with_the_thumbprint_is_ours_under_whatever_name() -> None:
    assert matched([record("old-name")]) == Match(record("old-name"), adopted=True)


def test_several_records_with_the_thumbprint_and_none_with_the_name_are_refused_by_name() -> None:
    with pytest.raises(MatchError, match=r"'one' \(Machines-1\), 'two' \(Machines-2\).*octopus_target_name") as raised:
        matched([record("one", number=1), record("two", number=2)], replacing=True)
    assert not isinstance(raised.value, ForeignThumbprint)


@pytest.mark.parametrize("own", [FORMER, FORMER.lower()])
def test_a_record_by_name_with_a_thumbprint_that_was_ours_is_adopted_without_asking(own: str) -> None:
    assert matched([record(thumbprint=FORMER)], (FOREIGN, own)) == Match(record(thumbprint=FORMER), adopted=True)


def test_a_record_by_name_with_a_foreign_thumbprint_is_refused_with_both_and_the_remedy() -> None:
    with pytest.raises(ForeignThumbprint, match=f"(?s){FOREIGN}.*{OURS}.*octopus_on_thumbprint_mismatch: replace") as raised:
        matched([record(thumbprint=FOREIGN)], (FORMER,))
    assert raised.value.thumbprint == FOREIGN
    assert "web01" not in str(raised.value)


def test_a_tentacle_of_this_name_without_a_thumbprint_is_refused_unless_it_may_be_replaced() -> None:
    none = record(Thumbprint=None, Endpoint={**record()["Endpoint"], "Thumbprint": None})
    for known in (Known(OURS), None):
        with pytest.raises(MatchError, match=r"Machines-1.*has no thumbprint.*octopus_on_thumbprint_mismatch: replace") as raised:
            match(REGISTRATION, known, [none])
        assert not isinstance(raised.value, ForeignThumbprint)
    assert matched([none], replacing=True) == Match(none, adopted=True)


OTHER_KINDS = [
    ({"CommunicationStyle": "Ssh", "Uri": "ssh://web01.example.com:22/"}, "an SSH connection"),
    ({"CommunicationStyle": "None"}, "a cloud region"),
    ({"CommunicationStyle": "OfflineDrop"}, "an offline package drop"),
    ({"CommunicationStyle": "KubernetesTentacle"}, "a Kubernetes agent"),
    ({"CommunicationStyle": "AzureWebApp"}, "an Azure web app"),
    ({"CommunicationStyle": "Hovercraft\n"}, "of the kind 'Hovercraft'"),
    ({}, "of a kind that the server does not tell"),
    (None, "of a kind that the server does not tell"),
]


@pytest.mark.parametrize("replacing", [False, True])
@pytest.mark.parametrize(("endpoint", "words"), OTHER_KINDS)
def test_a_record_of_this_name_that_is_no_tentacle_is_refused_by_what_it_is(
    endpoint: dict[str, Any] | None, words: str, replacing: bool
) -> None:
    theirs = record(thumbprint=FOREIGN, Endpoint=endpoint)
    for known in (Known(OURS, (FOREIGN,)), Known(FOREIGN), None):
        with pytest.raises(
            MatchError, match=rf"\(Machines-1\) is {words}, and no Tentacle's\. Choose another 'octopus_target_name'"
        ) as raised:
            match(replace(REGISTRATION, replace=replacing), known, [theirs])
        assert not isinstance(raised.value, ForeignThumbprint)


def test_a_record_of_another_name_that_is_no_tentacle_is_nobodys() -> None:
    assert matched([record("other", Endpoint={"CommunicationStyle": "Ssh", "Thumbprint": OURS})]) is None


def test_two_records_with_the_name_and_the_thumbprint_are_never_guessed_between() -> None:
    with pytest.raises(MatchError, match=r"this name and the thumbprint .*Machines-1.*Machines-2"):
        matched([record(number=1), record("WEB01 ", number=2)])
    with pytest.raises(MatchError, match=r"this name: .*Machines-1.*Machines-2"):
        match(REGISTRATION, None, [record(number=1), record("WEB01", number=2)])


ELSEWHERE = {**record()["Endpoint"], "Uri": "https://db01.example.com:10933/"}
POLLING = {"CommunicationStyle": "TentacleActive", "Thumbprint": OURS, "Uri": "poll://abcdefghijklmnopqrst/"}


@pytest.mark.parametrize(
    ("endpoint", "others", "port", "adopted"),
    [
        (record()["Endpoint"], None, None, True),
        (record()["Endpoint"], None, 10933, True),
        (record()["Endpoint"], None, 10934, False),
        ({**ELSEWHERE, "Uri": "https://WEB01.example.com.:10933"}, None, None, True),
        (ELSEWHERE, None, None, False),
        (POLLING, None, None, False),
        ({**ELSEWHERE, "Uri": None}, None, None, False),
        (ELSEWHERE, ["web02"], None, True),
        (ELSEWHERE, ["Old-Name "], None, False),
        (record()["Endpoint"], ["old-name"], None, False),
        (POLLING, [], None, True),
    ],
)
def test_a_record_of_another_name_is_a_rename_or_the_machine_that_this_is_a_copy_of(
    endpoint: dict[str, Any], others: list[str] | None, port: int | None, adopted: bool
) -> None:
    theirs = record("old-name", Endpoint=endpoint)
    fleet = None if others is None else lambda: others
    if adopted:
        require_rename(REGISTRATION, theirs, port, fleet)
    else:
        with pytest.raises(MatchError, match=r"belongs to 'old-name' \(Machines-1\).*octopus_allow_rename: true") as raised:
            require_rename(REGISTRATION, theirs, port, fleet)
        assert str(raised.value).isprintable()
    require_rename(replace(REGISTRATION, allow_rename=True), theirs, port, fleet)
    require_rename(REGISTRATION, record(Endpoint=endpoint), port, fleet)


def test_with_consent_a_record_of_another_name_and_a_thumbprint_of_ours_is_ours() -> None:
    theirs = record("old-name", FORMER)
    assert matched([theirs], (FORMER,)) is None
    assert match(replace(REGISTRATION, allow_rename=True), Known(OURS, (FORMER,)), [theirs]) == Match(theirs, adopted=True)
    mine = record("newer-name", number=2)
    assert match(replace(REGISTRATION, allow_rename=True), Known(OURS, (FORMER,)), [theirs, mine]) == Match(mine, adopted=True)


def test_the_certificate_that_a_machine_shows_may_be_a_record_of_this_name_or_of_none() -> None:
    theirs = record("old-name", FORMER)
    with pytest.raises(MatchError, match=f"shows the certificate {FORMER}, which belongs to 'old-name'.*octopus_allow_rename"):
        require_unclaimed(REGISTRATION, Known(OURS), FORMER, [theirs])
    require_unclaimed(replace(REGISTRATION, allow_rename=True), Known(OURS), FORMER, [theirs])
    require_unclaimed(REGISTRATION, Known(OURS), FORMER, [theirs, record(thumbprint=FORMER)])
    require_unclaimed(REGISTRATION, Known(OURS), FORMER, [])
    require_unclaimed(REGISTRATION, Known(FORMER), FORMER.lower(), [theirs])


def test_a_foreign_record_is_taken_over_when_told() -> None:
    assert matched([record(thumbprint=FOREIGN)], replacing=True) == Match(record(thumbprint=FOREIGN), adopted=True)


@pytest.mark.parametrize("replacing", [False, True])
def test_a_name_here_and_a_thumbprint_there_are_never_guessed_between(replacing: bool) -> None:
    with pytest.raises(MatchError, match=r"Machines-1.*'other' \(Machines-2\)") as raised:
        matched([record("other", number=2), record(thumbprint=FORMER)], (FORMER,), replacing=replacing)
    assert not isinstance(raised.value, ForeignThumbprint)


def test_without_a_thumbprint_the_name_alone_decides() -> None:
    assert match(REGISTRATION, None, [record(thumbprint=FOREIGN)]) == Match(record(thumbprint=FOREIGN), adopted=False)
    assert match(REGISTRATION, None, [record("other")]) is None


def test_what_is_as_wanted_needs_nothing() -> None:
    assert planned(WANTED, record()) == Plan((), record())


@given(st.permutations(VALUES["target_tags"]), st.permutations(VALUES["environments"]), st.sampled_from([str.upper, str.lower, str.title]))
def test_lists_are_sets_without_case(tags: list[str], environments: list[str], spelled: Any) -> None:
    assert paths(record(Roles=[spelled(tag) for tag in tags], EnvironmentIds=[spelled(each) for each in environments])) == []


def test_what_is_not_said_is_not_compared() -> None:
    theirs = record(Roles=["other"], EnvironmentIds=[], MachinePolicyId="MachinePolicies-9", IsDisabled=True)
    assert planned(replace(WANTED, values={}), theirs) == Plan((), theirs)
    assert planned(Wanted("web01"), record(thumbprint=FOREIGN)) == Plan((), record(thumbprint=FOREIGN))


DIFFERENCES: list[tuple[dict[str, Any], str]] = [
    ({"Name": "WEB01"}, "name"),
    ({"MachinePolicyId": "MachinePolicies-2"}, "machine_policy"),
    ({"MachinePolicyId": None}, "machine_policy"),
    ({"IsDisabled": True}, "disabled"),
    ({"Roles": ["web-server"]}, "target_tags"),
    ({"Roles": None}, "target_tags"),
    ({"EnvironmentIds": ["Environments-1", "Environments-3"]}, "environments"),
    ({"Endpoint": {**record()["Endpoint"], "Thumbprint": FORMER}}, "thumbprint"),
    ({"Endpoint": {**record()["Endpoint"], "Uri": "https://web01.example.com:10934/"}}, "uri"),
    ({"Endpoint": {**record()["Endpoint"], "Uri": None}}, "uri"),
    ({"Endpoint": {**record()["Endpoint"], "Uri": "https://[::1"}}, "uri"),
    ({"Endpoint": {**record()["Endpoint"], "Uri": "https://web01.example.com:99999/"}}, "uri"),
    ({"Endpoint": {**record()["Endpoint"], "Uri": "no URI at all"}}, "uri"),
    ({"Endpoint": {**record()["Endpoint"], "CommunicationStyle": "TentacleActive"}}, "communication_style"),
]


@pytest.mark.parametrize(("fields", "changed"), DIFFERENCES)
def test_each_managed_field_that_differs_is_one_change_and_what_is_sent_mends_it(fields: dict[str, Any], changed: str) -> None:
    theirs = record(**fields)
    assert paths(theirs) == [changed]
    assert paths(dict(planned(WANTED, theirs).body)) == []


@given(st.lists(st.sampled_from(DIFFERENCES), max_size=4), st.dictionaries(st.sampled_from(["FieldOfANewerServer", "Slug"]), st.integers()))
def test_a_body_differs_from_the_record_in_what_changes_and_in_nothing_else(differing: list[Any], more: dict[str, Any]) -> None:
    theirs = record(**more)
    for fields, _changed in differing:
        theirs |= fields
    before = copy.deepcopy(theirs)
    made = planned(WANTED, theirs)
    assert theirs == before
    members = {"name": "Name", "machine_policy": "MachinePolicyId", "disabled": "IsDisabled", "environments": "EnvironmentIds"}
    members |= {"target_tags": "Roles", "uri": "Endpoint", "thumbprint": "Endpoint", "communication_style": "Endpoint"}
    mirrored = {"Thumbprint", "Uri"} if {"uri", "thumbprint", "communication_style"} & {change.path for change in made.changes} else set()
    assert {key for key in theirs if made.body[key] != theirs[key]} - mirrored == {members[change.path] for change in made.changes}
    assert paths(dict(made.body)) == []


def test_emptying_a_list_is_a_change() -> None:
    assert paths(record(), but(target_tags=())) == ["target_tags"]
    assert planned(but(target_tags=()), record()).body["Roles"] == []


@pytest.mark.parametrize("uri", ["https://WEB01.example.com:10933", "https://web01.example.com.:10933/"])
def test_an_endpoint_written_otherwise_is_the_same(uri: str) -> None:
    assert paths(record(Endpoint={**record()["Endpoint"], "Uri": uri, "Thumbprint": OURS.lower()})) == []


def test_a_new_target_is_one_change_for_itself_and_one_for_each_setting() -> None:
    assert planned(WANTED, None).changes[:2] == (Change("target", None, "web01"), Change("name", None, "web01"))
    assert set(paths(None)) == {
        "target", "name", "communication_style", "uri", "thumbprint", "environments", "target_tags", "machine_policy",
    }  # fmt: skip
    assert Change("environments", [], ["Environments-1", "Environments-2"]) in planned(WANTED, None).changes


def test_what_is_posted_is_as_wanted_and_skips_the_first_health_check() -> None:
    body = dict(planned(WANTED, None).body)
    assert paths(body) == []
    assert body == {
        "SpaceId": "Spaces-1",
        "Name": "web01",
        "IsDisabled": False,
        "EnvironmentIds": ["Environments-1", "Environments-2"],
        "Roles": ["web-server", "api"],
        "TenantIds": [],
        "TenantTags": [],
        "TenantedDeploymentParticipation": "Untenanted",
        "MachinePolicyId": "MachinePolicies-1",
        "SkipInitialHealthCheck": True,
        "Endpoint": {"CommunicationStyle": "TentaclePassive", "Thumbprint": OURS, "Uri": URI},
    }


def test_what_is_posted_has_lists_also_where_nothing_is_said() -> None:
    body = planned(Wanted("web01", {}, ListeningEndpoint(URI, OURS)), None).body
    assert all(body[field] == [] for field in ("EnvironmentIds", "Roles", "TenantIds", "TenantTags"))


def test_what_is_put_keeps_every_field_that_is_not_ours_and_leaves_the_record_alone() -> None:
    theirs = record(thumbprint=FORMER, Roles=["old"], FieldOfANewerServer={"a": 1})
    body = planned(WANTED, theirs).body
    assert {key for key in theirs if body[key] != theirs[key]} == {"Thumbprint", "Roles", "Endpoint"}
    assert body["Endpoint"] == {**theirs["Endpoint"], "Thumbprint": OURS}


def test_an_endpoint_of_another_kind_is_not_mixed_with_ours() -> None:
    polling = record(Endpoint={"CommunicationStyle": "TentacleActive", "Thumbprint": OURS, "Uri": "poll://abc/", "AgentQueue": 1})
    assert planned(WANTED, polling).body["Endpoint"] == {"CommunicationStyle": "TentaclePassive", "Thumbprint": OURS, "Uri": URI}


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ("staging", "Environments-1"),
        (" STAGING\n", "Environments-1"),
        ("Environments-2", "Environments-2"),
        ("ENVIRONMENTS-2", "Environments-2"),
        ("Live", "Environments-3"),  # a name wins over the slug of another, as it does in Octopus's own registration
        ("environments-1", "Environments-4"),
    ],
)
def test_an_environment_is_named_by_its_name_its_slug_or_its_id(named: str, found: str) -> None:
    assert resolve(TARGET, {"environments": [named]}, SNAPSHOT) == {"environments": (found,)}


def test_a_slug_is_as_good_as_a_name_and_twice_is_once() -> None:
    lists = {**SNAPSHOT.lists, "environments": (Named("Environments-2", "Production", "live"),)}
    values = resolve(TARGET, {"environments": ["live", "Production", "environments-2"]}, replace(SNAPSHOT, lists=lists))
    assert values == {"environments": ("Environments-2",)}


def test_the_rest_is_resolved_too_and_what_is_not_said_stays_out() -> None:
    said = {"environments": None, "target_tags": [" web ", "web"], "machine_policy": "machinepolicies-1", "disabled": False}
    assert resolve(TARGET, said, SNAPSHOT) == {"target_tags": ("web",), "machine_policy": "MachinePolicies-1", "disabled": False}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"environments": ["Stagin"]}, r"no environment named 'Stagin' in space 'Default'\. Did you mean 'Staging'\?"),
        ({"machine_policy": "x\x1b"}, r"no machine policy named 'x\\x1b'"),
        ({"environments": ["x" * 9000]}, "no environment named 'x{99}…'"),
    ],
)
def test_an_unknown_name_is_told_with_near_misses(said: dict[str, Any], told: str) -> None:
    with pytest.raises(UnknownName, match=told):
        resolve(TARGET, said, SNAPSHOT)


@pytest.mark.parametrize(("values", "option"), [({}, "environments"), ({"environments": ("E",), "target_tags": ()}, "target_tags")])
def test_a_new_target_needs_environments_and_tags(values: dict[str, Any], option: str) -> None:
    with pytest.raises(InputError, match=r"^is empty, and a new deployment target needs at least one\.$") as raised:
        require_fields(TARGET, values)
    assert raised.value.option == option


def test_changes_are_told_by_names() -> None:
    changes = [
        Change("environments", ["Environments-1", "Environments-9"], ["Environments-2"]),
        Change("machine_policy", None, "MachinePolicies-1"),
        Change("name", "Environments-1", "web01"),
    ]
    assert with_names(TARGET, changes, SNAPSHOT) == (
        Change("environments", ["Staging", "Environments-9"], ["Production"]),
        Change("machine_policy", None, "Default Machine Policy"),
        Change("name", "Environments-1", "web01"),
    )


@pytest.mark.parametrize(("text", "name"), [(" web01\n", "web01"), ("Web 01", "Web 01"), ("wéb", "wéb")])
def test_a_name_is_kept_without_outer_blanks(text: str, name: str) -> None:
    assert check_name(text) == name


@pytest.mark.parametrize("text", ["", " \n", "web\n01", "web\x1b[31m", "web\u202e"])
def test_a_name_that_is_none(text: str) -> None:
    with pytest.raises(InputError) as raised:
        check_name(text)
    assert str(raised.value).isprintable()
