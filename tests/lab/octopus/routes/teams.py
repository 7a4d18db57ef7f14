"""Teams, by which spaces are managed: read only."""

from __future__ import annotations

from tests.lab.octopus import errors
from tests.lab.octopus.dispatch import Call, Reply, Route, Scope
from tests.lab.octopus.paging import page
from tests.lab.octopus.query import any_of, contains, select
from tests.lab.octopus.store import Document

_FILTERS = {"ids": any_of("Id"), "partialName": contains("Name")}


def _seen(call: Call) -> list[Document]:
    """Return the teams of the server as a whole, to who may see teams (lists are filtered, not refused: octopus-api.md 1.4)."""
    if not call.allows("TeamView"):
        return []
    return select(sorted(call.state.store.all("teams"), key=lambda team: team["Name"]), _FILTERS, call.query)


def _list(call: Call) -> Reply:
    template = "/api/teams{/id}{?skip,take,ids,partialName}"
    return Reply(page("Team", _seen(call), call.query, default_take=30, path=call.path, template=template))


def _read(call: Call) -> Reply:
    team = next((team for team in _seen(call) if team["Id"] == call.parameters["id"]), None)
    if team is None:
        raise errors.not_found()
    return Reply(team)


ROUTES = (
    Route("GET", "/teams", _list, Scope.MIXED),
    Route("GET", "/teams/all", lambda call: Reply(_seen(call)), Scope.MIXED),
    Route("GET", "/teams/{id}", _read, Scope.MIXED),
)
