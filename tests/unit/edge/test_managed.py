"""What a run makes before anything else: once for the fleet, and each host is told of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import PermissionDenied

from .stage import Octopus, Stage, build

HOSTS: dict[str, dict[str, Any]] = {
    "web01": {"octopus_environments": ["Lab"]},
    "web02": {"octopus_environments": ["lab", "Staging"]},
    "web03": {"octopus_environments": ["Yard"], "tentacle_port": 0},
}
STAGING = {"Id": "Environments-1", "Name": "Staging"}


@pytest.fixture
def managed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, octopus: Octopus) -> Stage:
    octopus.records["Environments-1"] = dict(STAGING)
    return build(tmp_path, monkeypatch, octopus, HOSTS, octopus_manage="environments", octopus_preflight_strict="no")


def names(octopus: Octopus) -> list[str]:
    return [record["Name"] for identifier, record in octopus.records.items() if identifier.startswith("Environments-")]


def test_it_is_made_once_before_any_host_and_told_to_those_who_name_it(managed: Stage, octopus: Octopus) -> None:
    first = managed.task("tentacle", "web01", for_registration=True)
    assert first["managed"] == [{"kind": "environment", "name": "Lab", "result": "created"}]
    assert names(octopus) == ["Staging", "Lab"]
    asked = len(octopus.listed)
    second = managed.task("tentacle", "web02", for_registration=True)
    assert [each["name"] for each in second["managed"]] == ["Lab"]
    assert len(octopus.listed) == asked
    assert octopus.read == 1
    assert [line for line in managed.told if "environment" in line] == [
        "Octopus Server at https://octopus.example.com: environment 'Lab' is created"
    ]
    for host in ("web01", "web02"):
        made = managed.task("deployment_target", host)
        assert made["result"] == "created"
    (lab,) = (identifier for identifier, record in octopus.records.items() if record["Name"] == "Lab")
    assert [record["EnvironmentIds"] for record in octopus.records.values() if record["Name"] == "web01"] == [[lab]]


def test_check_mode_says_what_would_be_made_and_nobody_fails_for_it(managed: Stage, octopus: Octopus) -> None:
    told = managed.task("tentacle", "web01", for_registration=True, check=True)
    assert not told.get("failed"), told
    assert told["managed"] == [{"kind": "environment", "name": "Lab", "result": "created"}]
    target = managed.task("deployment_target", "web01", thumbprint="AB" * 20, check=True)
    assert [change["after"] for change in target["changes"] if change["path"] == "environments"] == [["Lab"]]
    assert names(octopus) == ["Staging"]
    assert "(a run would do that; this is check mode)" in " ".join(managed.told)
    # The same process goes on in earnest.
    assert managed.task("tentacle", "web01", for_registration=True)["managed"]
    assert managed.task("deployment_target", "web01")["result"] == "created"
    (lab,) = (identifier for identifier, record in octopus.records.items() if record["Name"] == "Lab")
    assert [record["EnvironmentIds"] for record in octopus.records.values() if record["Name"] == "web01"] == [[lab]]


def test_a_look_alone_makes_nothing_and_finds_nothing_wrong(managed: Stage, octopus: Octopus) -> None:
    found = managed.task("preflight", "web01")["hosts"]
    assert [found[host]["failure"] for host in ("web01", "web02")] == [None, None]
    assert names(octopus) == ["Staging"]


def test_what_a_host_alone_can_read_it_makes_for_itself(managed: Stage, octopus: Octopus) -> None:
    managed.task("tentacle", "web01", for_registration=True)
    told = managed.task("deployment_target", "web02", thumbprint="AB" * 20, environments=["Own"])
    assert told["result"] == "created"
    assert names(octopus) == ["Staging", "Lab", "Own"]


def test_what_cannot_be_made_fails_those_who_name_it(managed: Stage, octopus: Octopus) -> None:
    def denied() -> None:
        raise PermissionDenied("The API key lacks the permission EnvironmentCreate.")

    octopus.before["create"] = denied
    refused = managed.task("tentacle", "web01", for_registration=True)
    assert (refused["failed"], refused["msg"]) == (True, "The API key lacks the permission EnvironmentCreate.")
    assert managed.hosts == {}
    assert not managed.task("tentacle", "web02", for_registration=True, task_vars={"octopus_environments": ["Staging"]}).get("failed")


def test_without_it_nothing_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, octopus: Octopus) -> None:
    octopus.records["Environments-1"] = dict(STAGING)
    stage = build(tmp_path, monkeypatch, octopus, HOSTS)
    assert "There is no environment named 'Lab'" in stage.task("tentacle", "web01", for_registration=True)["msg"]
    wrong = stage.task("tentacle", "web01", for_registration=True, task_vars={"octopus_manage": "environment"})
    assert "'octopus_manage' holds 'environment'" in wrong["msg"]
    assert names(octopus) == ["Staging"]


def test_tenants_and_tags_are_made_too_and_foreseen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, octopus: Octopus) -> None:
    octopus.records["Environments-1"] = dict(STAGING)
    octopus.records["TagSets-1"] = {"Id": "TagSets-1", "Name": "Ring", "Type": "SingleSelect", "Tags": []}
    own = {"octopus_tenants": ["Acme"], "octopus_tenant_tags": ["ring/Beta", "Region/North"]}
    everything = ["environments", "worker_pools", "tenants", "tag_sets"]
    stage = build(tmp_path, monkeypatch, octopus, {"web01": own}, octopus_manage=everything)
    told = stage.task("tentacle", "web01", for_registration=True, check=True)
    made = [
        {"kind": "tenant", "name": "Acme", "result": "created"},
        {"kind": "tag_set", "name": "ring/Beta", "result": "updated"},
        {"kind": "tag_set", "name": "Region/North", "result": "created"},
    ]
    assert told["managed"] == made, told
    target = stage.task("deployment_target", "web01", thumbprint="AB" * 20, check=True)
    assert {change["path"]: change["after"] for change in target["changes"]}.items() >= {
        "tenants": ["Acme"],
        "tenant_tags": ["Ring/Beta", "Region/North"],
    }.items()
    assert set(octopus.asked) == {"find"}
    assert stage.task("tentacle", "web01", for_registration=True)["managed"] == made
    assert [tag["Name"] for tag in octopus.records["TagSets-1"]["Tags"]] == ["Beta"]
    assert stage.task("deployment_target", "web01")["result"] == "created"


def test_a_pool_is_made_for_the_worker_that_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, octopus: Octopus) -> None:
    own = {"octopus_register_as": ["worker"], "octopus_worker_pools": ["Yard"]}
    stage = build(tmp_path, monkeypatch, octopus, {"web01": own}, octopus_manage=["worker_pools"])
    for check in (True, False):
        told = stage.task("tentacle", "web01", for_registration=True, check=check)
        assert told.get("managed") == [{"kind": "worker_pool", "name": "Yard", "result": "created"}], told
    assert stage.task("worker", "web01")["result"] == "created"
    (pool,) = (identifier for identifier, record in octopus.records.items() if record["Name"] == "Yard")
    assert [record["WorkerPoolIds"] for record in octopus.records.values() if record["Name"] == "web01"] == [[pool]]
