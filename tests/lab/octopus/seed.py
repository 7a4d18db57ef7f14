"""What is on the server before anybody uses it: enough of everything that no list fits in one page (lab-lies.md 1.7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.lab.octopus import documents
from tests.lab.octopus.kinds import BY_COLLECTION
from tests.lab.octopus.state import State
from tests.lab.octopus.store import Document, slug

# In their sort order: with 10 a page, Staging and Production are on the second.
ENVIRONMENTS = (
    "Development", "Test", "Integration", "Performance", "Security", "Training", "Showcase", "Sandbox", "Nightly", "Acceptance",
    "Staging", "Production", "Disaster Recovery", "Archive",
)  # fmt: skip
# Before "Default Machine Policy" in the order of names: with 30 a page, the default is on the second.
POLICIES = tuple(f"Branch policy {number:02}" for number in range(1, 32))
MACHINES = tuple(f"legacy-{number:02}" for number in range(1, 36))
DEFAULT_POLICY = "Default Machine Policy"
DEFAULT_POOL = "Default Worker Pool"


def seed(state: State) -> None:
    """Fill an empty server."""
    for identifier, name in (("teams-administrators", "Octopus Administrators"), ("teams-everyone", "Everyone")):
        state.store.put("teams", {"Id": identifier, "Name": name, "SpaceId": None, "Links": {"Self": f"/api/teams/{identifier}"}})
    default = add_space(state, "Default", is_default=True)
    for number, name in enumerate(ENVIRONMENTS):
        add(state, "environments", default["Id"], {"Name": name, "SortOrder": number})
    for name in POLICIES:
        add(state, "machinepolicies", default["Id"], {"Name": name})
    archive = state.store.by_name("environments", "Archive", default["Id"])
    assert archive is not None
    for number, name in enumerate(MACHINES, start=1):
        # An address of this machine where nobody listens, so that a check fails at once instead of asking a resolver.
        uri = f"https://127.99.0.{number}:10933/"
        machine = add_machine(state, default["Id"], name, f"{number:040X}", uri, [archive["Id"]], ["legacy"])
        machine["HealthStatus"] = "Healthy"
    second = add_space(state, "Second")
    for number, name in enumerate(("Development", "Production")):
        add(state, "environments", second["Id"], {"Name": name, "SortOrder": number})


def add_space(state: State, name: str, *, is_default: bool = False) -> Document:
    """Make a space, with the default machine policy and worker pool that every space has (octopus-api.md 2.2)."""
    identifier = state.store.next_id("Spaces")
    path = f"/api/{identifier}"
    space = state.store.put("spaces", {
        "Id": identifier,
        "Name": name,
        "Slug": slug(name),
        "Description": "",
        "IsDefault": is_default,
        "IsPrivate": False,
        "TaskQueueStopped": False,
        "SpaceManagersTeams": [],
        "SpaceManagersTeamMembers": [],
        "ExtensionSettings": [],
        "Links": {"Self": f"/api/spaces/{identifier}", "SpaceHome": path, "Web": f"/app#/{identifier}", "Search": f"{path}/search"},
    })  # fmt: skip
    add(state, "machinepolicies", identifier, {"Name": DEFAULT_POLICY, "IsDefault": True})
    add(state, "workerpools", identifier, {"Name": DEFAULT_POOL, "IsDefault": True})
    return space


def add(state: State, collection: str, space_id: str, members: Mapping[str, Any]) -> Document:
    """Make a document with the members given, unchecked."""
    return documents.store(state, documents.new_document(state, BY_COLLECTION[collection], space_id, members))


def add_machine(
    state: State, space_id: str, name: str, thumbprint: str, uri: str, environment_ids: list[str], roles: list[str]
) -> Document:
    """Make a deployment target, unchecked: a polling one when its address is a subscription."""
    style = "TentacleActive" if uri.startswith("poll:") else "TentaclePassive"
    endpoint = {"CommunicationStyle": style, "Uri": uri, "Thumbprint": thumbprint}
    return add(state, "machines", space_id, {"Name": name, "Endpoint": endpoint, "EnvironmentIds": environment_ids, "Roles": roles})
