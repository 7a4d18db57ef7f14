"""The Octopus Server emulator as a client meets it, over real HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.lab.octopus import OctopusServer
from tests.lab.octopus.control import ServerControl
from tests.unit.lab.octopus_client import Client

THUMBPRINT = "A1" * 20


@pytest.fixture
def server() -> Iterator[OctopusServer]:
    with OctopusServer() as running:
        # Nothing is checked while the API is looked at: tasks stay in the queue.
        running.state.settings.task_cap = 0
        yield running


def target(name: str = "web-01", **members: object) -> dict[str, Any]:
    endpoint = {"CommunicationStyle": "TentaclePassive", "Uri": "https://web-01.example:10933/", "Thumbprint": THUMBPRINT}
    return {"Name": name, "EnvironmentIds": ["Environments-11"], "Roles": ["web"], "Endpoint": endpoint, **members}


def worker(pool: str) -> dict[str, Any]:
    return {"Name": "w", "WorkerPoolIds": [pool], "Endpoint": target()["Endpoint"], "IsDisabled": False}


def problems(reply: requests.Response, status: int = 400) -> list[str]:
    assert reply.status_code == status, reply.text
    assert reply.json()["ErrorMessage"] == "There was a problem with your request."
    found: list[str] = reply.json()["Errors"]
    return found


# Root, addresses and verbs


@pytest.mark.parametrize("path", ["/api", "/api/", "/API"])
def test_the_root_offers_the_filters_that_clients_rely_on(client: Client, path: str) -> None:
    root = client.get(path)
    assert (root["Application"], root["ApiVersion"]) == ("Octopus Deploy", "3.0.0")
    # A template without `thumbprint` makes Tentacle's deregister-from delete every machine (octopus-api.md 1.2).
    for link in ("Machines", "Workers"):
        names = root["Links"][link].partition("{?")[2].rstrip("}").split(",")
        assert {"thumbprint", "name"} <= set(names)
    assert "name" not in root["Links"]["MachinePolicies"].partition("{?")[2].rstrip("}").split(",")


def test_the_root_keeps_the_space_from_those_who_cannot_enter_it(server: OctopusServer, control: ServerControl) -> None:
    for stranger in (Client(server, ""), Client(server, control.add_key(spaces=["Second"]))):
        links = stranger.get("/api")["Links"]
        assert "Spaces" in links
        assert "Machines" not in links


def test_a_space_root_has_no_version(client: Client) -> None:
    assert "Version" not in client.get("/api/Spaces-1")


@pytest.mark.parametrize("prefix", ["/api", "/api/Spaces-1", "/api/spaces/Spaces-1", "/api/spaces/default", "/API/SPACES/default"])
def test_a_space_is_reached_in_three_ways(client: Client, prefix: str) -> None:
    assert len(client.get(f"{prefix}/Environments/All")) >= 12


@pytest.mark.parametrize(
    "path", ["/api/nonsense", "/api/spaces-1/machines", "/api/Spaces-1/machines/machines-1", "/api/Spaces-9/machines", "/app"]
)
def test_what_is_not_there_is_a_404_without_errors(client: Client, path: str) -> None:
    reply = client.call("GET", path)
    assert (reply.status_code, reply.json()) == (404, {"ErrorMessage": "The resource you requested was not found."})


def test_a_wrong_verb_is_refused(client: Client) -> None:
    assert client.call("DELETE", "/api/Spaces-1/machines").status_code == 405


# Credentials and permissions


@pytest.mark.parametrize("header", ["X-Octopus-ApiKey", "X-NuGet-ApiKey", "Authorization"])
def test_a_key_is_taken_from_each_header(server: OctopusServer, header: str) -> None:
    value = f"Bearer {server.api_key}" if header == "Authorization" else server.api_key
    reply = requests.get(f"{server.url}/api/users/me", headers={header: value}, timeout=10)
    assert reply.status_code == 200


def test_a_key_is_taken_from_the_query_and_never_shown_again(server: OctopusServer, control: ServerControl) -> None:
    reply = requests.get(f"{server.url}/api/Spaces-1/machines", params={"ApiKey": server.api_key}, timeout=10)
    assert reply.status_code == 200
    assert server.api_key not in reply.text
    assert server.api_key not in json.dumps(control.requests())


@pytest.mark.parametrize(("key", "text"), [("", "You must be logged in"), ("API-WRONG", "The API key you provided was not valid")])
def test_no_key_and_a_wrong_one_are_told_apart(server: OctopusServer, key: str, text: str) -> None:
    reply = Client(server, key).call("GET", "/api/users/me")
    assert reply.status_code == 401
    assert reply.json()["ErrorMessage"].startswith(text)


def test_an_expired_key_is_no_key(server: OctopusServer, control: ServerControl) -> None:
    reply = Client(server, control.add_key(expired=True)).call("GET", "/api/users/me")
    assert (reply.status_code, reply.json()["ErrorMessage"][:21]) == (401, "You must be logged in")


def test_lists_are_filtered_not_refused(server: OctopusServer, control: ServerControl) -> None:
    control.add_machine("seen", THUMBPRINT, "https://seen/", environments=["Staging"])
    key = control.add_key(permissions=["MachineView", "EnvironmentView"], environments=["Environments-11"])
    limited = Client(server, key)
    assert [machine["Name"] for machine in limited.get("/api/Spaces-1/machines/all")] == ["seen"]
    assert [environment["Name"] for environment in limited.get("/api/Spaces-1/environments/all")] == ["Staging"]
    assert limited.get("/api/Spaces-1/machinepolicies/all") == []


@pytest.mark.parametrize(
    ("permissions", "environments", "lacking"),
    [(["MachineView"], None, "MachineCreate"), (["MachineCreate"], ["Environments-1"], "MachineCreate")],
)
def test_writes_name_the_missing_permission(
    server: OctopusServer, control: ServerControl, permissions: list[str], environments: list[str] | None, lacking: str
) -> None:
    limited = Client(server, control.add_key(permissions=permissions, environments=environments))
    reply = limited.call("POST", "/api/Spaces-1/machines", target())
    assert reply.status_code == 403
    assert reply.json()["ErrorMessage"].endswith(f"Missing permission: {lacking}")


def test_a_machine_is_not_moved_to_where_the_key_may_not_edit(server: OctopusServer, client: Client, control: ServerControl) -> None:
    machine = client.call("POST", "/api/machines", target(EnvironmentIds=["Environments-1"])).json()
    limited = Client(server, control.add_key(permissions=["MachineView", "MachineEdit"], environments=["Environments-1"]))
    path = machine["Links"]["Self"]
    assert limited.call("PUT", path, {**machine, "Roles": ["api"]}).status_code == 200
    assert limited.call("PUT", path, {**machine, "EnvironmentIds": ["Environments-1", "Environments-12"]}).status_code == 403


def test_permissions_say_their_limits(server: OctopusServer, control: ServerControl) -> None:
    limited = Client(server, control.add_key(permissions=["MachineView", "UserView"], spaces=["Default"], environments=["Environments-2"]))
    granted = limited.get(f"/api/users/{limited.get('/api/users/me')['Id']}/permissions")
    (restriction,) = granted["SpacePermissions"]["MachineView"]
    assert (restriction["SpaceId"], restriction["RestrictedToEnvironmentIds"]) == ("Spaces-1", ["Environments-2"])
    assert granted["SystemPermissions"] == ["UserView"]


def test_a_space_that_the_key_cannot_enter_is_hidden_and_refused(server: OctopusServer, control: ServerControl) -> None:
    limited = Client(server, control.add_key(spaces=["Second"]))
    assert [space["Name"] for space in limited.get("/api/spaces/all")] == ["Second"]
    assert limited.call("GET", "/api/Spaces-1/machines").status_code == 403


# Pages


def test_what_a_fleet_needs_is_on_the_second_page(client: Client) -> None:
    first = client.get("/api/Spaces-1/environments")
    names = {item["Name"] for item in first["Items"]}
    assert "Development" in names
    assert names.isdisjoint({"Staging", "Production"})
    assert {"Staging", "Production"} <= {item["Name"] for item in client.get(first["Links"]["Page.Next"])["Items"]}
    policies = client.get("/api/Spaces-1/machinepolicies")
    assert "Default Machine Policy" not in {item["Name"] for item in policies["Items"]}
    assert client.get("/api/Spaces-1/machinepolicies/MachinePolicies-1")["IsDefault"] is True


def test_pages_lead_through_all_items_once_and_keep_the_filter(client: Client) -> None:
    path, seen = "/api/Spaces-1/machines?partialName=LEGACY-0&take=4", []
    while path:
        page = client.get(path)
        assert (page["TotalResults"], page["NumberOfPages"], page["LastPageNumber"]) == (9, 3, 2)
        seen += [item["Name"] for item in page["Items"]]
        path = page["Links"].get("Page.Next")
    assert seen == [f"legacy-0{number}" for number in range(1, 10)]


def test_take_is_honoured_at_its_ends(client: Client) -> None:
    everything = client.get("/api/Spaces-1/machines?skip=0&take=2147483647")
    assert (len(everything["Items"]), everything["LastPageNumber"], "Page.Next" in everything["Links"]) == (35, 0, False)
    assert client.get("/api/Spaces-1/machines?take=0")["Items"] == []
    assert client.call("GET", "/api/Spaces-1/machines?take=-1").status_code == 400
    assert "Links" not in client.get("/api/Spaces-1/environments/v2?skip=0&take=5")


# Writing


def test_a_machine_comes_back_as_posted_and_as_the_server_sees_it(client: Client) -> None:
    posted = target(Status="Online", HealthStatus="Healthy", StatusSummary="fine", Nonsense=1, Thumbprint="FORGED")
    posted["Endpoint"]["TentacleVersionDetails"] = {"Version": "1.0"}
    reply = client.call("POST", "/api/Spaces-1/machines", posted)
    assert reply.status_code == 201
    machine = reply.json()
    assert (machine["Thumbprint"], machine["Uri"]) == (THUMBPRINT, "https://web-01.example:10933/")
    assert (machine["HealthStatus"], machine["Endpoint"]["TentacleVersionDetails"]) == ("Unknown", None)
    assert (machine["IsDisabled"], machine["TenantIds"], machine["MachinePolicyId"]) == (False, [], None)
    assert not {"Status", "Nonsense"} & set(machine)
    assert client.get(machine["Links"]["Self"]) == machine


def test_put_replaces_all_and_what_is_left_out_falls_back(client: Client) -> None:
    machine = client.call("POST", "/api/machines", target(MachinePolicyId="MachinePolicies-1", IsDisabled=True)).json()
    changed = client.call("PUT", machine["Links"]["Self"], target(Roles=["api"])).json()
    assert (changed["Id"], changed["Roles"], changed["IsDisabled"], changed["MachinePolicyId"]) == (machine["Id"], ["api"], False, None)


def test_other_verbs_hide_in_a_post_and_bodies_need_no_type(client: Client) -> None:
    body = json.dumps(target()).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    path = client.session.post(f"{client.url}/api/machines", data=body, headers=headers, timeout=10).json()["Links"]["Self"]
    reply = client.call("POST", path, headers={"X-HTTP-Method-Override": "DELETE"})
    assert (reply.status_code, reply.content, reply.headers["Content-Length"]) == (200, b"", "0")
    assert client.call("GET", path).status_code == 404


def test_all_faults_of_a_body_are_told_at_once(client: Client) -> None:
    body = target(EnvironmentIds=["Environments-99"], Roles=[], MachinePolicyId="MachinePolicies-999")
    body["Endpoint"] = {"CommunicationStyle": "TentaclePassive", "Uri": "https://x/", "Thumbprint": " "}
    told = problems(client.call("POST", "/api/machines", body))
    assert len(told) == 4
    assert "Please provide a thumbprint for this machine." in told


def test_a_body_that_is_no_json_object_is_refused(client: Client) -> None:
    for body in (b"", b"{", b"[]"):
        assert client.session.post(f"{client.url}/api/machines", data=body, timeout=10).status_code == 400


@pytest.mark.parametrize("status", [400, 409])
def test_names_are_unique_whatever_their_case_and_thumbprints_are_not(client: Client, control: ServerControl, status: int) -> None:
    control.switch(duplicate_status=status)
    assert client.call("POST", "/api/machines", target()).status_code == 201
    (told,) = problems(client.call("POST", "/api/machines", target("WEB-01")), status)
    assert told.startswith("A machine named 'WEB-01' already exists.")
    assert client.call("POST", "/api/machines", target("web-02")).status_code == 201
    second = target(EnvironmentIds=[client.get("/api/Spaces-2/environments/all")[0]["Id"]])
    assert client.call("POST", "/api/Spaces-2/machines", second).status_code == 201


def test_a_role_keeps_the_spelling_that_the_space_saw_first(client: Client) -> None:
    client.call("POST", "/api/machines", target(Roles=["Web-Server"]))
    assert client.call("POST", "/api/machines", target("b", Roles=["web-server", "WEB-SERVER"])).json()["Roles"] == ["Web-Server"]


def test_tenants_and_tags_are_checked(client: Client) -> None:
    for members in ({"TenantIds": ["Tenants-9"]}, {"TenantTags": ["NoSet"]}, {"TenantedDeploymentParticipation": "Tenanted"}):
        assert problems(client.call("POST", "/api/machines", target(**members)))


@pytest.mark.parametrize(
    ("member", "value"),
    [("Roles", [None]), ("Roles", [7]), ("TenantTags", "north"), ("EnvironmentIds", {}), ("IsDisabled", None), ("Name", ["x"]),
     ("Endpoint", "https://web/"), ("MachinePolicyId", 3)],
)  # fmt: skip
def test_a_value_of_another_kind_is_refused_not_stumbled_over(client: Client, member: str, value: object) -> None:
    faults = problems(client.call("POST", "/api/Spaces-1/machines", {**target(), member: value}))
    assert faults == [f"The value of {member} is not valid."]


def test_tags_are_completed_and_keep_their_ids(client: Client) -> None:
    region = client.call("POST", "/api/Spaces-1/tagsets", {"Name": "Region", "Tags": [{"Name": "North"}, {"Name": "South"}]}).json()
    north, south = region["Tags"]
    assert (north["Id"], north["CanonicalTagName"]) == ("TagSets-1/Tags-1", "Region/North")
    changed = {"Name": "Area", "Tags": [{"Name": "East"}, {"Name": "south"}, {**north, "Name": "Far north"}]}
    after = client.call("PUT", region["Links"]["Self"], changed).json()["Tags"]
    assert [tag["CanonicalTagName"] for tag in after] == ["Area/East", "Area/south", "Area/Far north"]
    assert [tag["Id"] for tag in after] == ["TagSets-1/Tags-3", south["Id"], north["Id"]]


@pytest.mark.parametrize(
    ("tags", "fault"),
    [([None], "The value of Tags is not valid."), ([{"Name": None}], "Please provide a name for this tag."),
     ([{"Name": "a"}, {"Name": "A"}], "The tag set has more than one tag named 'a'.")],
)  # fmt: skip
def test_tags_of_no_sense_are_refused(client: Client, tags: list[object], fault: str) -> None:
    assert problems(client.call("POST", "/api/Spaces-1/tagsets", {"Name": "Region", "Tags": tags})) == [fault]


def test_an_accident_is_told_in_no_programming_language(client: Client, server: OctopusServer) -> None:
    server.state.store.remove("machinepolicies", "MachinePolicies-1")
    with server.state.lock:
        for policy in server.state.store.all("machinepolicies"):
            policy["IsDefault"] = False
    server.state.settings.null_policy_becomes_default = True
    reply = client.call("POST", "/api/Spaces-1/machines", target())
    assert (reply.status_code, reply.json()) == (500, {"ErrorMessage": "Something went wrong on the server. Its own log says more."})


POLLING = {"CommunicationStyle": "TentacleActive", "Uri": "poll://abcdefghij0123456789/", "Thumbprint": THUMBPRINT}
PASSIVE = target()["Endpoint"]
SENSELESS = [
    {"Endpoint": {**PASSIVE, "Thumbprint": "zz"}},
    {"Endpoint": {**PASSIVE, "Uri": "not a uri"}},
    {"Endpoint": {**PASSIVE, "Uri": "https://[::1/"}},
    {"Endpoint": {**PASSIVE, "Uri": "https://web:99999/"}},
    {"Endpoint": {**PASSIVE, "Uri": POLLING["Uri"]}},
    {"Endpoint": {**POLLING, "Uri": PASSIVE["Uri"]}},
    {"Endpoint": {**POLLING, "Uri": "poll:///"}},
    {"Endpoint": {**POLLING, "Uri": "poll://abcdefghij0123456789:10943/"}},
    {"Endpoint": {**POLLING, "Uri": "https://octopus:10943/"}},
    {"Roles": ["two words"]},
    {"Roles": ["a,b"]},
    {"Roles": ["Set/a"]},
]


@pytest.mark.parametrize("members", SENSELESS, ids=str)
def test_a_strict_server_refuses_what_leads_nowhere(client: Client, control: ServerControl, members: dict[str, Any]) -> None:
    assert len(problems(client.call("POST", "/api/Spaces-1/machines", target(**members)))) == 1
    control.switch(strict=False)
    assert client.call("POST", "/api/Spaces-1/machines", target(**members)).status_code == 201


def test_a_strict_server_takes_what_is_right(client: Client) -> None:
    bare = {**POLLING, "Uri": POLLING["Uri"].rstrip("/")}
    for name, endpoint in (
        ("a", POLLING),
        ("d", bare),
        ("b", {**PASSIVE, "Uri": "https://[::1]/"}),
        ("c", {**PASSIVE, "Thumbprint": "ab" * 20}),
    ):
        assert client.call("POST", "/api/Spaces-1/machines", target(name, Endpoint=endpoint)).status_code == 201


def test_an_old_server_shows_the_old_members(client: Client, control: ServerControl) -> None:
    created = client.call("POST", "/api/Spaces-1/machines", target()).json()
    assert "Status" not in created
    control.switch(version="2019.7.12")
    control.add_machine("off", THUMBPRINT, "https://off:10933/")
    for machine in (client.get(created["Links"]["Self"]), client.get("/api/Spaces-1/machines?name=web-01")["Items"][0]):
        assert (machine["Status"], machine["HealthStatus"]) == ("Unknown", "Unknown")
        assert "Slug" not in machine
    disabled = client.call("PUT", created["Links"]["Self"], {**created, "IsDisabled": True, "Status": "Online"}).json()
    assert disabled["Status"] == "Disabled"
    by_name = {machine["Name"]: machine["Status"] for machine in client.get("/api/Spaces-1/machines/all")}
    assert (by_name["legacy-01"], by_name["off"]) == ("Online", "Unknown")


def test_a_pool_that_takes_no_workers_refuses_them(client: Client, server: OctopusServer) -> None:
    pool = client.get("/api/Spaces-1/workerpools/all")[0]
    assert client.call("POST", "/api/workers", worker(pool["Id"])).status_code == 201
    server.state.store.find("workerpools", pool["Id"])["CanAddWorkers"] = False  # type: ignore[index]
    assert problems(client.call("POST", "/api/workers", {**worker(pool["Id"]), "Name": "x"})) == [
        "Worker Pools 'Default Worker Pool' do not support adding workers directly"
    ]


def test_what_is_in_use_or_a_default_stays(client: Client) -> None:
    client.call("POST", "/api/machines", target())
    assert problems(client.call("DELETE", "/api/environments/Environments-11"))
    assert problems(client.call("DELETE", "/api/machinepolicies/MachinePolicies-1")) == ["You cannot delete your default machine policy."]
    policy = client.get("/api/machinepolicies/MachinePolicies-1")
    assert problems(client.call("PUT", policy["Links"]["Self"], {**policy, "IsDefault": False}))


def test_a_new_default_policy_takes_the_place_of_the_old(client: Client) -> None:
    client.call("POST", "/api/machinepolicies", {"Name": "New", "IsDefault": True})
    assert [policy["Name"] for policy in client.get("/api/machinepolicies/all") if policy["IsDefault"]] == ["New"]


# Switches: what differs between servers


def test_the_policy_of_a_new_machine_is_null_or_the_default(client: Client, control: ServerControl) -> None:
    control.switch(null_policy_becomes_default=True)
    assert client.call("POST", "/api/machines", target()).json()["MachinePolicyId"] == "MachinePolicies-1"


def test_old_servers_crash_on_null_tenants(client: Client, control: ServerControl) -> None:
    assert client.call("POST", "/api/machines", target(TenantIds=None)).status_code == 201
    control.switch(null_tenants_crash=True)
    assert client.call("POST", "/api/machines", target("b", TenantIds=None)).status_code == 500


@pytest.mark.parametrize(("version", "queued"), [("2026.3.15581", 0), ("2024.3.285", 0), ("2024.3.284", 1)])
def test_the_initial_check_can_be_declined_where_the_server_knows_how(
    client: Client, control: ServerControl, version: str, queued: int
) -> None:
    control.switch(version=version)
    client.call("POST", "/api/machines", target(SkipInitialHealthCheck=True))
    client.call("POST", "/api/machines", target("disabled", IsDisabled=True))
    assert client.get("/api/tasks")["TotalResults"] == queued
    client.call("POST", "/api/machines", target("checked"))
    assert client.get("/api/tasks")["TotalResults"] == queued + 1


def test_without_a_usable_default_space_only_named_ones_are_reached(client: Client, control: ServerControl) -> None:
    control.switch(default_space_usable=False)
    assert "Machines" not in client.get("/api")["Links"]
    assert client.call("GET", "/api/machines").status_code == 404
    assert client.call("GET", "/api/Spaces-1/machines").status_code == 200


# Faults


def test_a_dropped_reply_has_done_its_work(client: Client, control: ServerControl) -> None:
    control.drop_reply("POST", "/machines")
    with pytest.raises(requests.ConnectionError):
        client.call("POST", "/api/Spaces-1/machines", target())
    assert client.get("/api/Spaces-1/machines?name=web-01")["TotalResults"] == 1
    assert control.requests()[0]["status"] is None
    assert client.call("POST", "/api/Spaces-1/machines", target("web-02")).status_code == 201


def test_a_status_comes_after_some_and_only_as_often_as_told(client: Client, control: ServerControl) -> None:
    control.refuse(429, "GET", "/machines", after=1, count=2, retry_after="3")
    replies = [client.call("GET", "/api/Spaces-1/machines") for _ in range(4)]
    assert [reply.status_code for reply in replies] == [200, 429, 429, 200]
    assert (replies[1].headers["Retry-After"], "ErrorMessage" in replies[1].json()) == ("3", True)


def test_a_machine_vanishes_before_it_is_changed(client: Client, control: ServerControl) -> None:
    machine = client.call("POST", "/api/machines", target()).json()
    control.delete_machine(on_method="PUT")
    assert client.call("PUT", machine["Links"]["Self"], machine).status_code == 404


def test_a_key_expires_in_the_middle(client: Client, control: ServerControl) -> None:
    control.expire_key("GET", "/environments", after=1)
    assert [client.call("GET", "/api/environments").status_code for _ in range(3)] == [200, 401, 401]


def test_faults_and_switches_are_taken_back_together(client: Client, control: ServerControl, server: OctopusServer) -> None:
    control.refuse(503, count=99)
    control.switch(duplicate_status=409)
    control.clear_faults()
    assert client.call("GET", "/api/machines").status_code == 200
    assert server.state.settings.duplicate_status == 400


def test_nonsense_is_refused_by_the_control_api(control: ServerControl) -> None:
    for wish in (lambda: control.switch(no_such=1), lambda: control.switch(task_cap="5"), lambda: control.add_key(permissions=["Fly"])):
        with pytest.raises(requests.HTTPError, match="400"):
            wish()


# The rest


def test_small_replies_do_not_wait_for_an_acknowledgement(client: Client) -> None:
    seconds = []
    for _ in range(40):
        began = time.perf_counter()
        client.get("/api/Spaces-1/machines/Machines-1")
        seconds.append(time.perf_counter() - began)
    # A connection that delays small packets takes 40 ms each time, once the first few are over.
    assert min(seconds[25:]) < 0.03


def test_the_thumbprint_to_trust_is_told_at_all_its_addresses(client: Client, server: OctopusServer) -> None:
    for path in ("configuration/certificates", "certificates", "Spaces-1/certificates"):
        assert client.get(f"/api/{path}/certificate-global")["Thumbprint"] == server.thumbprint


def test_https_is_trusted_by_its_own_authority_alone(tmp_path: Any) -> None:
    with OctopusServer(tls=True) as server:
        client = Client(server)
        with pytest.raises(requests.exceptions.SSLError):
            client.get("/api")
        (tmp_path / "authority.pem").write_bytes(server.authority_pem)
        assert client.get("/api", verify=str(tmp_path / "authority.pem"))["Application"] == "Octopus Deploy"


def test_events_tell_who_did_what(client: Client) -> None:
    machine = client.call("POST", "/api/machines", target()).json()
    client.call("DELETE", machine["Links"]["Self"])
    events = client.get(f"/api/Spaces-1/events?regarding={machine['Id']}")["Items"]
    assert [(event["Category"], event["Username"]) for event in events] == [("Deleted", "lab"), ("Created", "lab")]
