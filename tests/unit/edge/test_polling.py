"""A machine that polls, from its tasks to their results, in a play of Ansible's own parts."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._store.pfx import make_material

from tests.unit.work.fakes import OURS
from tests.unit.work.test_host import FakeHost

from .stage import Octopus, Stage, build

OTHER = "AB" * 20


@pytest.fixture
def stage(tmp_path: Any, monkeypatch: pytest.MonkeyPatch, octopus: Octopus) -> Stage:
    """A fleet of which web02 listens and the others poll."""
    polls = {"tentacle_communication_style": "polling"}
    found = build(tmp_path, monkeypatch, octopus, {"web01": polls, "web02": {}, "web03": {**polls, "ansible_host": "web01"}})
    for host in ("web01", "web02", "web03"):
        found.hosts[host] = FakeHost()
        found.hosts[host].lives = True
    return found


def test_it_is_registered_by_what_this_run_found(stage: Stage, octopus: Octopus) -> None:
    foreseen = stage.task("tentacle", "web01", for_registration=True, check=True)
    assert list(foreseen["subscription_ids"].values()) == ["poll://(a new subscription)/"]
    assert stage.task("deployment_target", "web01", check=True)["uri"] == "poll://(a new subscription)/"
    told = stage.task("tentacle", "web01", for_registration=True)
    ((server, subscription),) = told["subscription_ids"].items()
    assert (server, "port" in told) == (octopus.snapshot.thumbprint, False)
    polled = next(change for change in told["changes"] if change["path"] == "polled_addresses")
    assert polled["after"] == ["https://octopus.example.com:10943"]
    registered = stage.task("deployment_target", "web01")
    assert (registered["result"], registered["uri"]) == ("created", subscription)
    assert next(iter(octopus.records.values()))["Endpoint"]["CommunicationStyle"] == "TentacleActive"
    stage.next_run()
    again = stage.task("tentacle", "web01", for_registration=True)
    assert (again["changed"], again["settled"], again["subscription_ids"]) == (False, False, told["subscription_ids"])
    look = stage.task("preflight", "web01")["hosts"]["web01"]
    assert (look["record"], look["failure"]) == ("unchanged", None)


def test_two_that_poll_may_have_one_address(stage: Stage) -> None:
    found = stage.task("preflight", "web01")["hosts"]
    assert [found[host]["failure"] for host in ("web01", "web03")] == [None, None]


def test_what_has_no_effect_on_it_is_said(stage: Stage) -> None:
    told = stage.task("tentacle", "web01", for_registration=True, port=10944, task_vars={"octopus_public_hostname": "x.example.com"})
    for name in ("tentacle_port", "octopus_public_hostname"):
        assert f"'{name}' has no effect on a polling Tentacle." in told["warnings"]
    told = stage.task("tentacle", "web02", for_registration=True, communication_style="listening", server_addresses=["octopus"])
    assert "'tentacle_server_addresses' has no effect on a listening Tentacle." in told["warnings"]


def test_what_has_no_effect_on_a_record_is_said_where_tentacle_could_not(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, octopus: Octopus
) -> None:
    words = ["'octopus_public_hostname' has no effect on a polling Tentacle."]
    stage = build(tmp_path, monkeypatch, octopus, {"web01": {"octopus_public_hostname": "x.example.com"}})
    stage.hosts["web01"] = FakeHost()
    stage.hosts["web01"].lives = True
    polls: dict[str, Any] = {"task_vars": {"tentacle_communication_style": "polling"}}
    assert stage.task("tentacle", "web01", for_registration=True, **polls)["warnings"] == words
    assert "warnings" not in stage.task("deployment_target", "web01", **polls), "tentacle has said it"
    stage.next_run()
    told = stage.task("deployment_target", "web01", public_port=10950, **polls)
    assert (told["result"], told["warnings"]) == ("unchanged", [*words, "'public_port' has no effect on a polling Tentacle."])
    stage.next_run()
    assert stage.task("tentacle", "web01", for_registration=True)["warnings"] == [], "nobody has said that it polls"
    assert stage.task("deployment_target", "web01")["warnings"] == words
    assert "warnings" not in stage.task("deployment_target", "web01", state="absent")


def test_without_a_server_its_address_has_to_be_said(stage: Stage, octopus: Octopus) -> None:
    refused = stage.task("tentacle", "web01", trust=[OTHER])
    assert refused["msg"].startswith("'tentacle_server_addresses' is missing: ")
    refused = stage.task("tentacle", "web01", trust=[OTHER, OURS])
    assert refused["msg"].startswith("'trust' names several servers, ")
    told = stage.task("tentacle", "web01", trust=[OTHER], server_addresses=["octopus"])
    assert list(told["subscription_ids"]) == [OTHER]
    assert octopus.read == 0


def test_a_machine_of_two_servers_polls_each_under_an_id_of_its_own(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, octopus: Octopus
) -> None:
    north = "https://north.octopus.app"
    stage = build(
        tmp_path,
        monkeypatch,
        octopus,
        {"web01": {}},
        tentacle_communication_style="polling",
        octopus_register_as=["target", "worker"],
        octopus_worker_pools=["builders"],
        octopus_registrations=[{}, {"url": north, "api_key": "API-OFTHENORTH", "space": "Ops", "register_as": ["target"]}],
    )
    second = stage.add_server(north, space="Ops", number=7)
    stage.hosts["web01"] = FakeHost()
    stage.hosts["web01"].lives = True
    told = stage.task("tentacle", "web01", for_registration=True)
    polled = next(change for change in told["changes"] if change["path"] == "polled_addresses")
    assert polled["after"] == ["https://octopus.example.com:10943", "https://polling.north.octopus.app:443"]
    ids = told["subscription_ids"]
    assert set(ids) == {octopus.snapshot.thumbprint, second.snapshot.thumbprint}
    done = stage.task("registrations", "web01")["registrations"]
    first = ids[octopus.snapshot.thumbprint]
    assert [(each["kind"], each["uri"]) for each in done] == [
        ("target", first),
        ("worker", first),
        ("target", ids[second.snapshot.thumbprint]),
    ]
    stage.next_run()
    assert stage.task("registrations", "web01")["registrations"] == [
        {**each, "result": "unchanged", "changed": False, "changes": []} for each in done
    ], "the store remembers an id for each server"
    assert stage.task("tentacle", "web01", for_registration=True)["changed"] is False
    assert stage.task("registrations", "web01")["changed"] is False
    octopus.records.clear()
    (stage.directory / "identities" / "web01.pem").unlink()
    stage.next_run()
    partly = stage.task("registrations", "web01")
    assert [each["result"] for each in partly["registrations"]] == [None, None, "unchanged"]
    assert "'subscription_id' is missing" in partly["registrations"][0]["failure"]


def test_a_machine_that_was_configured_by_other_means_is_registered_by_its_subscription(stage: Stage, octopus: Octopus) -> None:
    told = stage.task("deployment_target", "web02", thumbprint=OTHER, subscription_id="poll://WP2xxnhgpk6luexeyfnw")
    assert (told["result"], told["uri"]) == ("created", "poll://wp2xxnhgpk6luexeyfnw/")
    stage.next_run()
    assert stage.task("deployment_target", "web02", thumbprint=OTHER, subscription_id="poll://wp2xxnhgpk6luexeyfnw/")["changed"] is False
    refused = stage.task("deployment_target", "web02", thumbprint=OTHER, subscription_id="x")
    assert refused["msg"].startswith("'subscription_id' must be the id under which a Tentacle polls")


def test_a_machine_that_this_run_has_not_visited_is_registered_by_what_the_store_remembers(stage: Stage, octopus: Octopus) -> None:
    told = stage.task("tentacle", "web01", for_registration=True)
    (subscription,) = told["subscription_ids"].values()
    stage.next_run()
    for check in (True, False):
        registered = stage.task("deployment_target", "web01", check=check)
        assert (registered["result"], registered["uri"], registered["thumbprint"]) == ("created", subscription, told["thumbprint"])
    stage.next_run()
    for given in ({}, {"thumbprint": told["thumbprint"]}):
        again = stage.task("deployment_target", "web01", **given)
        assert (again["result"], again["uri"]) == ("unchanged", subscription)
    (held,) = octopus.records.values()
    held["Uri"] = held["Endpoint"]["Uri"] = "poll://by-hand/"
    stage.next_run()
    assert stage.task("deployment_target", "web01")["uri"] == subscription
    # Somebody gave it another certificate: the id tells that it is the machine's record all the same.
    held = octopus.records[held["Id"]]
    held["Thumbprint"] = held["Endpoint"]["Thumbprint"] = OTHER
    stage.next_run()
    adopted = stage.task("deployment_target", "web01")
    assert (adopted["result"], adopted["id"], adopted["thumbprint"]) == ("adopted", held["Id"], told["thumbprint"])
    held = octopus.records[held["Id"]]
    held["Thumbprint"] = held["Endpoint"]["Thumbprint"] = OTHER
    stage.next_run()
    assert stage.task("deployment_target", "web01", state="absent")["result"] == "deleted"


@pytest.mark.parametrize("check", [False, True])
def test_an_id_that_nobody_remembers_is_asked_for_and_no_record_gets_what_stands_for_it(
    stage: Stage, octopus: Octopus, check: bool
) -> None:
    assert stage.task("deployment_target", "web01", check=check)["msg"].startswith("'thumbprint' is missing")
    thumbprint = stage.task("tentacle_certificate", "web01", name="web01", store=str(stage.directory / "identities"), encryption="none")[
        "thumbprint"
    ]
    words = "'subscription_id' is missing, and nothing tells under which id this machine polls this server: let 'tentacle' bring"
    for given in ({}, {"thumbprint": thumbprint}):
        assert stage.task("deployment_target", "web01", check=check, **given)["msg"].startswith(words)
    # What is not the identity's is another machine's, of which the variables say nothing.
    assert stage.task("deployment_target", "web01", check=check, thumbprint=OTHER)["uri"].startswith("https://")
    octopus.records.clear()
    stage.next_run()
    stage.task("tentacle", "web01", trust=[OTHER], server_addresses=["octopus"])
    assert stage.task("deployment_target", "web01")["msg"].startswith(words)
    assert "poll://(" not in str(octopus.records)


def test_a_supplied_certificate_has_nowhere_to_keep_ids(tmp_path: Any, monkeypatch: pytest.MonkeyPatch, octopus: Octopus) -> None:
    made = make_material()
    pem = made.certificate_pem + made.private_key_pem.decode()
    supplied = {"tentacle_certificate": pem, "tentacle_communication_style": "polling"}
    stage = build(tmp_path, monkeypatch, octopus, {"web01": supplied})
    stage.hosts["web01"] = FakeHost()
    stage.hosts["web01"].lives = True
    assert stage.task("tentacle", "web01", for_registration=True)["warnings"] == []
    assert not (stage.directory / "identities").exists()
    stage.next_run()
    assert "nothing tells under which id" in stage.task("deployment_target", "web01")["msg"]
