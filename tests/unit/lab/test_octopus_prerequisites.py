"""What machines are registered with, on the Octopus Server emulator: made, changed and removed as a client does, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab.octopus import OctopusServer
from tests.lab.octopus.control import ServerControl
from tests.unit.lab.octopus_client import Client
from tests.unit.lab.test_octopus_api import problems, target

TAG_SET = {"Name": "Region", "Type": "SingleSelect", "Tags": [{"Name": "North"}, {"Name": "South", "Color": "#00FF00"}]}
NEW: dict[str, dict[str, Any]] = {
    "environments": {"Name": "Lab", "Description": "d"},
    "workerpools": {"Name": "Builders"},
    "machinepolicies": {"Name": "Strict", "MachineHealthCheckPolicy": {"HealthCheckInterval": "02:00:00"}},
    "proxies": {"Name": "squid", "Host": "proxy.example", "Port": 3128, "Password": {"HasValue": True, "NewValue": "planted"}},
    "tagsets": TAG_SET,
    "tenants": {"Name": "Acme", "ProjectEnvironments": {"Projects-1": ["Environments-1"]}},
}


@pytest.fixture
def server() -> Iterator[OctopusServer]:
    with OctopusServer() as running:
        running.state.settings.task_cap = 0
        yield running


def made(client: Client, collection: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    reply = client.call("POST", f"/api/Spaces-1/{collection}", NEW[collection] if body is None else body)
    assert reply.status_code == 201, reply.text
    document: dict[str, Any] = reply.json()
    return document


@pytest.mark.parametrize("collection", NEW)
def test_each_kind_is_made_changed_found_and_removed(client: Client, collection: str) -> None:
    document = made(client, collection)
    path = document["Links"]["Self"]
    taken = client.call("POST", f"/api/Spaces-1/{collection}", {**NEW[collection], "Name": document["Name"].upper()})
    assert "already exists" in problems(taken)[0]
    changed = client.call("PUT", path, {**client.get(path), "Name": "Renamed"})
    assert (changed.status_code, changed.json()["Name"]) == (200, "Renamed")
    assert [each["Id"] for each in client.get(f"/api/Spaces-1/{collection}?partialName=rename")["Items"]] == [document["Id"]]
    assert document["Id"] in [each["Id"] for each in client.get(f"/api/Spaces-1/{collection}/all")]
    assert client.call("DELETE", path).status_code == 200
    assert client.call("GET", path).status_code == 404


def test_who_lacks_the_permission_makes_nothing(server: OctopusServer, control: ServerControl) -> None:
    stranger = Client(server, control.add_key(permissions=["MachineView", "SpaceView"]))
    for collection, body in NEW.items():
        assert stranger.call("POST", f"/api/Spaces-1/{collection}", body).status_code == 403
    assert stranger.call("POST", "/api/spaces", {"Name": "Mine", "SpaceManagersTeams": ["teams-everyone"]}).status_code == 403


def test_the_password_of_a_proxy_is_never_told(server: OctopusServer, client: Client) -> None:
    proxy = made(client, "proxies")
    assert proxy["Password"] == {"HasValue": True, "NewValue": None, "Hint": None}
    assert client.call("PUT", proxy["Links"]["Self"], proxy).json()["Password"]["HasValue"]
    assert server.state.passwords == {proxy["Id"]: "planted"}
    client.call("PUT", proxy["Links"]["Self"], {**proxy, "Password": {"HasValue": False, "NewValue": None}})
    assert server.state.passwords == {}
    refused = client.call("POST", "/api/Spaces-1/proxies", {"Name": "bad", "Host": "", "Port": 70000, "ProxyType": "SOCKS"})
    assert len(problems(refused)) == 3


def test_a_dynamic_pool_has_a_worker_type_that_exists_and_takes_no_workers(client: Client) -> None:
    pools = "/api/Spaces-1/workerpools"
    types = [each["Type"] for each in client.get(f"{pools}/dynamicworkertypes")["WorkerTypes"]]
    body = {"Name": "Cloud", "WorkerPoolType": "DynamicWorkerPool"}
    assert problems(client.call("POST", pools, body)) == ["Please select a worker type for this dynamic worker pool."]
    assert "does not exist" in problems(client.call("POST", pools, {**body, "WorkerType": "Commodore64"}))[0]
    pool = made(client, "workerpools", {**body, "WorkerType": types[0]})
    assert pool["CanAddWorkers"] is False
    assert "cannot be changed" in problems(client.call("PUT", pool["Links"]["Self"], {**pool, "WorkerPoolType": "StaticWorkerPool"}))[0]


def test_a_policy_gets_what_is_left_out_and_refuses_what_means_nothing(client: Client) -> None:
    policy = made(client, "machinepolicies")
    assert policy["MachineHealthCheckPolicy"]["HealthCheckType"] == "RunScript"
    assert policy["ConnectionConnectTimeout"] == "00:01:00"
    changed = {**policy, "ConnectionConnectTimeout": "soon", "MachineCleanupPolicy": {"DeleteMachinesBehavior": "Maybe"}}
    assert len(problems(client.call("PUT", policy["Links"]["Self"], changed))) == 2


def test_tags_are_checked_kept_by_name_and_not_removed_while_in_use(client: Client) -> None:
    tag_set = made(client, "tagsets")
    path, north = tag_set["Links"]["Self"], tag_set["Tags"][0]
    assert north["CanonicalTagName"] == "Region/North"
    again = client.call("PUT", path, {**tag_set, "Tags": [{"Name": "north"}, {"Name": "East"}]}).json()
    assert again["Tags"][0]["Id"] == north["Id"]
    tenant = made(client, "tenants", {"Name": "Acme", "TenantTags": ["Region/north"]})
    assert "used by: Acme" in problems(client.call("PUT", path, {**again, "Tags": []}))[0]
    assert "used by: Acme" in problems(client.call("DELETE", path))[0]
    two = {**tenant, "TenantTags": ["Region/north", "region/EAST"]}
    assert problems(client.call("PUT", tenant["Links"]["Self"], two)) == ["Only one tag of the tag set 'Region' can be selected."]
    assert "does not exist" in problems(client.call("PUT", tenant["Links"]["Self"], {**tenant, "TenantTags": ["Region/West"]}))[0]
    for bad in ({"Name": "a/b"}, {"Name": "c", "Color": "red"}):
        problems(client.call("PUT", path, {**again, "Tags": [*again["Tags"], bad]}))


def test_what_is_in_use_stays(client: Client) -> None:
    tenant = made(client, "tenants")
    made_target = target(TenantedDeploymentParticipation="Tenanted", TenantIds=[tenant["Id"]])
    assert client.call("POST", "/api/Spaces-1/machines", made_target).status_code == 201
    assert "used by: web-01" in problems(client.call("DELETE", tenant["Links"]["Self"]))[0]
    assert "used by: Acme" in problems(client.call("DELETE", "/api/Spaces-1/environments/Environments-1"))[0]
    assert (
        "must stay it"
        in problems(
            client.call(
                "PUT",
                "/api/Spaces-1/workerpools/WorkerPools-1",
                {**client.get("/api/Spaces-1/workerpools/WorkerPools-1"), "IsDefault": False},
            )
        )[0]
    )
    assert "default" in problems(client.call("DELETE", "/api/Spaces-1/workerpools/WorkerPools-1"))[0]


def test_a_space_needs_a_manager_and_a_stopped_queue_to_be_deleted(server: OctopusServer, client: Client) -> None:
    body: dict[str, Any] = {"Name": "Third", "SpaceManagersTeams": [], "SpaceManagersTeamMembers": []}
    assert problems(client.call("POST", "/api/spaces", body)) == ["Please select at least one team or user to manage this space."]
    space = client.call("POST", "/api/spaces", {**body, "SpaceManagersTeams": ["teams-everyone"]}).json()
    # The server's own team is there too, and goes back as it came.
    assert space["SpaceManagersTeams"] == ["teams-everyone", f"teams-spacemanagers-{space['Id']}"]
    path = space["Links"]["Self"]
    assert client.get(f"{space['Links']['SpaceHome']}/workerpools/all")[0]["IsDefault"]
    assert (
        "already exists"
        in problems(client.call("POST", "/api/spaces", {**body, "Name": "THIRD", "SpaceManagersTeams": ["teams-everyone"]}))[0]
    )
    assert "stopped" in problems(client.call("DELETE", path))[0]
    assert client.call("PUT", path, {**space, "TaskQueueStopped": True}).json()["TaskQueueStopped"] is True
    assert client.call("DELETE", path).status_code == 200
    assert client.call("GET", path).status_code == 404
    assert not server.state.store.all("workerpools", space["Id"])
    assert "default" in problems(client.call("DELETE", "/api/spaces/Spaces-1"))[0]
    assert [team["Name"] for team in client.get("/api/teams/all")] == ["Everyone", "Octopus Administrators"]
    assert "does not exist" in problems(client.call("POST", "/api/spaces", {**body, "Name": "x", "SpaceManagersTeams": ["Teams-9"]}))[0]
