"""Spaces: those that the caller can enter, and making, changing and removing them (octopus-api.md 2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from tests.lab.octopus import documents, errors, seed, texts
from tests.lab.octopus.dispatch import Call, Reply, Route, Scope
from tests.lab.octopus.paging import page
from tests.lab.octopus.query import any_of, contains, select
from tests.lab.octopus.store import Document, slug

_FILTERS = {"ids": any_of("Id"), "name": any_of("Name"), "partialName": contains("Name")}
_LONGEST_NAME = 50
_WRITABLE: Mapping[str, Any] = MappingProxyType(
    {"Name": "", "Slug": None, "Description": "", "IsDefault": False, "TaskQueueStopped": False, "SpaceManagersTeams": [],
     "SpaceManagersTeamMembers": [], "ExtensionSettings": []}
)  # fmt: skip


def entered(call: Call) -> list[Document]:
    """Return the spaces that the caller can enter."""
    return [_render(space) for space in call.state.store.all("spaces") if call.caller.enters(space["Id"])]


def _render(space: Document) -> Document:
    path = f"/api/spaces/{space['Id']}"
    return {**space, "Links": {"Self": path, "SpaceHome": f"/api/{space['Id']}", "Web": f"/app#/{space['Id']}"}}


def _list(call: Call) -> Reply:
    chosen = select(sorted(entered(call), key=lambda space: space["Name"]), _FILTERS, call.query)
    template = "/api/spaces{/id}{?name,skip,ids,take,partialName}"
    return Reply(page("Space", chosen, call.query, default_take=30, path="/api/spaces", template=template))


def _found(call: Call) -> Document:
    identifier = call.parameters["id"]
    spaces = call.state.store.all("spaces")
    space = next((space for space in spaces if call.caller.enters(space["Id"]) and identifier in (space["Id"], space["Slug"])), None)
    if space is None:
        raise errors.not_found()
    return space


def _create(call: Call) -> Reply:
    call.require("SpaceCreate")
    members = _members(call)
    _refuse(call, members, None)
    space = seed.add_space(call.state, members["Name"])
    # Whoever manages the space does so as a member of this team, which the server makes for it.
    _keep(call, space, {**members, "SpaceManagersTeams": [*members["SpaceManagersTeams"], f"teams-spacemanagers-{space['Id']}"]})
    call.state.record("Created", space, f"Space {space['Name']} was created", call.user)
    return Reply(_render(space), 201)


def _update(call: Call) -> Reply:
    space = _found(call)
    call.require("SpaceEdit")
    members = _members(call)
    _refuse(call, members, space)
    _keep(call, space, members)
    call.state.record("Modified", space, f"Space {space['Name']} was modified", call.user)
    return Reply(_render(space))


def _delete(call: Call) -> Reply:
    space = _found(call)
    call.require("SpaceDelete")
    if space["IsDefault"]:
        raise errors.invalid(texts.DEFAULT_SPACE_STAYS)
    if not space["TaskQueueStopped"]:
        raise errors.invalid(texts.TASK_QUEUE_RUNS)
    call.state.store.remove_space(space["Id"])
    call.state.record("Deleted", space, f"Space {space['Name']} was deleted", call.user)
    return Reply()


def _members(call: Call) -> Document:
    members = documents.read_members(call.json(), _WRITABLE)
    return {**members, "Name": str(members["Name"] or "").strip(), "Description": members["Description"] or ""}


def _refuse(call: Call, members: Document, former: Document | None) -> None:
    """Refuse what breaks a rule. Raises ApiError."""
    problems = list(_problems(call, members, former))
    if problems:
        raise errors.invalid(*problems)
    namesake = call.state.store.by_name("spaces", members["Name"])
    if namesake is not None and (former is None or namesake["Id"] != former["Id"]):
        text = texts.DUPLICATE.format(noun="space", name=members["Name"])
        raise errors.invalid(text, status=call.state.settings.duplicate_status)


def _problems(call: Call, members: Document, former: Document | None) -> Iterator[str]:
    if not members["Name"]:
        yield texts.NO_NAME.format(noun="space")
    if len(members["Name"]) > _LONGEST_NAME:
        yield texts.NAME_TOO_LONG.format(noun="space", limit=_LONGEST_NAME)
    if not members["SpaceManagersTeams"] and not members["SpaceManagersTeamMembers"] and (former is None or not former["IsDefault"]):
        yield texts.NO_SPACE_MANAGER
    teams = {team["Id"] for team in call.state.store.all("teams")}
    own = {f"teams-spacemanagers-{former['Id']}"} if former else set()
    yield from (
        texts.UNKNOWN_REFERENCE.format(noun="team", identifier=team) for team in members["SpaceManagersTeams"] if team not in teams | own
    )
    users = call.state.directory.users
    yield from (
        texts.UNKNOWN_REFERENCE.format(noun="user", identifier=user) for user in members["SpaceManagersTeamMembers"] if user not in users
    )
    if former is not None and former["IsDefault"] and not members["IsDefault"]:
        yield texts.DEFAULT_STAYS_DEFAULT.format(noun="space", name=former["Name"])


def _keep(call: Call, space: Document, members: Document) -> None:
    if members["IsDefault"]:
        for other in call.state.store.all("spaces"):
            other["IsDefault"] = False
    space.update(members, Slug=members["Slug"] or slug(members["Name"]))


ROUTES = (
    Route("GET", "/spaces", _list, Scope.SYSTEM),
    Route("GET", "/spaces/all", lambda call: Reply(select(entered(call), _FILTERS, call.query)), Scope.SYSTEM),
    Route("GET", "/spaces/{id}", lambda call: Reply(_render(_found(call))), Scope.SYSTEM),
    Route("POST", "/spaces", _create, Scope.SYSTEM),
    Route("PUT", "/spaces/{id}", _update, Scope.SYSTEM),
    Route("DELETE", "/spaces/{id}", _delete, Scope.SYSTEM),
)
