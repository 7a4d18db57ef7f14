"""Where the links of the Octopus Server emulator lead: somewhere, each of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab.octopus import OctopusServer
from tests.lab.octopus.control import ServerControl
from tests.unit.lab.octopus_client import Client
from tests.unit.lab.test_octopus_api import THUMBPRINT, problems, target

WRITTEN_TO = {"SignIn", "SignOut", "Rerun", "Cancel", "State"}
NEEDS_A_QUESTION = {"DiscoverMachine", "DiscoverWorker"}
TEMPLATES = {"SpaceHome"}


@pytest.fixture(scope="module")
def server() -> Iterator[OctopusServer]:
    with OctopusServer() as running:
        running.state.settings.task_cap = 0
        yield running


def links_in(body: Any) -> Iterator[tuple[str, str]]:
    """Yield the links of a document, and of the first item of each list in it."""
    if isinstance(body, list) and body:
        yield from links_in(body[0])
    elif isinstance(body, dict):
        yield from body.get("Links", {}).items()
        for member in body.values():
            if isinstance(member, dict | list):
                yield from links_in(member)


def statuses(client: Client, start: str) -> dict[str, int]:
    """Follow all links from an address on, each kind of address once, and return what was answered at each."""
    waiting, seen, found = [("Self", start)], set(), {}
    while waiting:
        name, link = waiting.pop()
        path = re.sub(r"\{[^}]*\}", "", link).partition("#")[0]
        kind = name + re.sub(r"\d+", "N", path.partition("?")[0])
        if kind in seen or path.startswith("/app") or name in TEMPLATES:
            continue
        seen.add(kind)
        reply = client.call("POST", path, {}) if name in WRITTEN_TO else client.call("GET", path)
        found[f"{name} {path}"] = reply.status_code
        if reply.status_code == 200 and "json" in reply.headers.get("Content-Type", ""):
            waiting += links_in(reply.json())
    return found


def test_each_link_leads_somewhere(client: Client) -> None:
    machine = client.call("POST", "/api/Spaces-1/machines", target()).json()
    client.call("POST", "/api/Spaces-1/tagsets", {"Name": "Region", "Tags": [{"Name": "North"}]})
    client.call("POST", "/api/Spaces-1/tenants", {"Name": "Acme"})
    client.call("POST", "/api/Spaces-1/proxies", {"Name": "squid"})
    endpoint, pool = machine["Endpoint"], "WorkerPools-1"
    client.call("POST", "/api/Spaces-1/workers", {"Name": "w", "WorkerPoolIds": [pool], "Endpoint": endpoint})
    found = statuses(client, "/api")
    assert len(found) > 60
    refusing = {link: status for link, status in found.items() if status != 200 and link.split()[0] not in WRITTEN_TO | NEEDS_A_QUESTION}
    assert refusing == {}
    assert {link: status for link, status in found.items() if status not in (200, 400)} == {}


def test_a_machine_never_checked_has_no_date_of_that(client: Client, control: ServerControl) -> None:
    machine = control.add_machine("unchecked", THUMBPRINT, "https://127.99.9.9:10933/")
    assert "LastChecked" not in client.get(machine["Links"]["Connection"])


def test_a_user_sees_others_if_allowed(server: OctopusServer, client: Client, control: ServerControl) -> None:
    stranger = Client(server, control.add_key(permissions=["MachineView"], spaces=["Second"]))
    own = stranger.get("/api/users/me")
    assert client.get(f"/api/users/{own['Id']}")["Username"] == own["Username"]
    assert [space["Name"] for space in client.get(f"/api/users/{own['Id']}/spaces")] == ["Second"]
    assert [user["Id"] for user in stranger.get("/api/users")["Items"]] == [own["Id"]]
    assert stranger.call("GET", f"/api/users/{client.get('/api/users/me')['Id']}").status_code == 404
    assert own["Id"] in [user["Id"] for user in client.get("/api/users/all")]
    assert problems(client.call("POST", "/api/users/login", {"Username": "me", "Password": "x"})) == ["Invalid username or password."]


def test_a_task_waits_behind_others_is_cancelled_told_otherwise_and_run_again(client: Client) -> None:
    first, second = (client.call("POST", "/api/tasks", {"Name": "Health", "Description": name}).json() for name in ("one", "two"))
    ahead = [task["Id"] for task in client.get(f"/api/tasks/{second['Id']}/queued-behind")["Items"]]
    assert first["Id"] in ahead
    assert second["Id"] not in ahead
    state = f"/api/tasks/{first['Id']}/state"
    assert problems(client.call("POST", state, {"State": "Success"})), "it waits yet"
    assert client.call("POST", f"/api/tasks/{first['Id']}/cancel").json()["State"] == "Canceled"
    assert client.call("POST", state, {"State": "Perhaps"}).json()["ErrorMessage"] == "Valid states are: Canceled, Failed, Success."
    assert client.call("POST", state, {"State": "Failed", "Reason": "no power"}).json()["ErrorMessage"] == "no power"
    assert client.call("POST", state, {"State": "Failed"}).status_code == 400
    again = client.call("POST", f"/api/tasks/rerun/{first['Id']}").json()
    assert (again["State"], again["Description"]) == ("Queued", "one")
    assert again["Id"] not in (first["Id"], second["Id"])
