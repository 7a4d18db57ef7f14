"""Machines are found by whatever is said of them, whether the server narrows its list or not."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InputError, UnknownName
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.resources import TARGET, WORKER
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.search import health, parameters
from ansible_collections.octoboot.octopus.plugins.plugin_utils._work.search import search

from .fakes import FakeServer, machine

A, B = "AB" * 20, "CD" * 20
PLACES = (
    {"Id": "Environments-1", "Name": "Staging", "Slug": "staging"},
    {"Id": "Environments-2", "Name": "Production", "Slug": "live"},
    {"Id": "Tenants-1", "Name": "Acme"},
    {"Id": "MachinePolicies-1", "Name": "Quiet"},
    {"Id": "WorkerPools-1", "Name": "Builders"},
)
MACHINES = (
    machine(1, "web01", A, TenantIds=["Tenants-1"], Roles=["web", "API"]),
    machine(2, "Db01", B, EnvironmentIds=["Environments-2"], Roles=["db"], HealthStatus="Unhealthy", MachinePolicyId=None),
    machine(3, "app01", A, IsDisabled=True, HealthStatus="Unknown", EnvironmentIds=["Environments-1", "Environments-2"]),
)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({}, ["app01", "Db01", "web01"]),
        ({"names": ["DB01"]}, ["Db01"]),
        ({"names": ["db01", "web01", "nobody"]}, ["Db01", "web01"]),
        ({"names": []}, []),
        ({"ids": ["Machines-3"]}, ["app01"]),
        ({"thumbprints": [A]}, ["app01", "web01"]),
        ({"environments": ["live"]}, ["app01", "Db01"]),
        ({"environments": ["Production"], "disabled": False}, ["Db01"]),
        ({"target_tags": ["api"]}, ["web01"]),
        ({"tenants": ["acme"]}, ["web01"]),
        ({"health": ["Unhealthy", "Unknown"]}, ["app01", "Db01"]),
        ({"machine_policy": "quiet"}, ["app01", "web01"]),
        ({"machine_policy": "quiet", "health": ["Healthy"], "target_tags": ["web"]}, ["web01"]),
    ],
)
def test_all_that_is_said_holds_and_of_a_list_one_is_enough(said: dict[str, Any], found: list[str]) -> None:
    server = FakeServer(*PLACES, *MACHINES)
    assert [each["name"] for each in search(TARGET, said, server)] == found
    assert set(server.asked) == {"list"}


def test_what_is_told_has_names_in_place_of_ids() -> None:
    (told,) = search(TARGET, {"ids": ["Machines-1"]}, FakeServer(*PLACES, *MACHINES))
    assert told["environments"] == ["Staging"]
    assert (told["tenants"], told["machine_policy"], told["target_tags"]) == (["Acme"], "Quiet", ["web", "API"])
    assert (told["thumbprint"], told["health"], told["disabled"], told["tentacle_version"]) == (A, "Healthy", False, None)
    # What the credential may not see stands for itself.
    (told,) = search(TARGET, {"ids": ["Machines-1"]}, FakeServer(*PLACES[:2], *MACHINES))
    assert told["tenants"] == ["Tenants-1"]


def test_workers_are_found_by_their_pools() -> None:
    worker = {**machine(1, "w1"), "Id": "Workers-1", "WorkerPoolIds": ["WorkerPools-1"]}
    server = FakeServer(*PLACES, *MACHINES, worker)
    assert [each["worker_pools"] for each in search(WORKER, {"worker_pools": ["builders"]}, server)] == [["Builders"]]
    with pytest.raises(UnknownName, match=r"There is no worker pool named 'Bilders'. Did you mean 'Builders'\?"):
        search(WORKER, {"worker_pools": ["Bilders"]}, server)


def test_a_health_is_one_of_the_servers_words() -> None:
    assert health(["healthy", "HASWARNINGS"]) == ["Healthy", "HasWarnings"]
    with pytest.raises(InputError, match="must hold Healthy, HasWarnings, Unhealthy, Unavailable or Unknown, and holds 'well'"):
        health(["well"])


def test_a_list_that_would_outgrow_a_request_is_not_sent() -> None:
    assert parameters({"ids": [f"Machines-{number}" for number in range(51)], "disabled": True, "names": ["a", "b"]}) == {
        "isDisabled": "true"
    }
    assert parameters({"names": ["a"], "thumbprints": [A]}) == {"name": "a", "thumbprint": A}
