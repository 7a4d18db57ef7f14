"""The caller, other users and teams (octopus-api.md 2; tentacle.md 4.3)."""

from __future__ import annotations

from tests.lab.octopus import errors, texts
from tests.lab.octopus.dispatch import Call, Reply, Route, Scope
from tests.lab.octopus.paging import page
from tests.lab.octopus.query import any_of, contains, select
from tests.lab.octopus.routes import spaces
from tests.lab.octopus.store import Document
from tests.lab.octopus.users import User

_USER_FILTERS = {"ids": any_of("Id"), "filter": contains("Username")}


def _render_user(user: User) -> Document:
    path = f"/api/users/{user.id}"
    links = {"Self": path, "Permissions": f"{path}/permissions", "Spaces": f"{path}/spaces"}
    return {
        "Id": user.id,
        "Username": user.username,
        "DisplayName": user.display_name,
        "IsActive": True,
        "IsService": user.is_service,
        "Links": links,
    }


def _user(call: Call) -> User:
    """Return the user that the path names: others are seen by who may see users."""
    identifier = call.parameters["id"].casefold()
    if identifier in ("me", call.caller.id.casefold()):
        return call.caller
    user = call.state.directory.find(identifier)
    if user is None or not call.caller.allows("UserView", None):
        raise errors.not_found()
    return user


def _users(call: Call) -> list[Document]:
    """Return the users that the caller may see; `filter` is a part of a name."""
    seen = [user for user in call.state.directory.users.values() if user is call.caller or call.caller.allows("UserView", None)]
    return select(sorted(map(_render_user, seen), key=lambda user: user["Username"]), _USER_FILTERS, call.query)


def _list_users(call: Call) -> Reply:
    template = "/api/users{/id}{?skip,take,ids,filter}"
    return Reply(page("User", _users(call), call.query, default_take=30, path=call.path, template=template))


def _refuse_login(_call: Call) -> Reply:
    """Refuse a name and password: the users of this server have keys only."""
    raise errors.invalid(texts.BAD_LOGIN)


def _read_user(call: Call) -> Reply:
    return Reply(_render_user(_user(call)))


def _permissions(call: Call) -> Reply:
    return Reply(_user(call).permission_set([space["Id"] for space in call.state.store.all("spaces")]))


def _user_spaces(call: Call) -> Reply:
    user = _user(call)
    return Reply([space for space in spaces.entered(call) if user.enters(space["Id"])])


ROUTES = (
    Route("GET", "/users", _list_users, Scope.SYSTEM),
    Route("GET", "/users/all", lambda call: Reply(_users(call)), Scope.SYSTEM),
    Route("POST", "/users/login", _refuse_login, Scope.SYSTEM, anonymous=True),
    Route("POST", "/users/logout", lambda _call: Reply(), Scope.SYSTEM, anonymous=True),
    Route("GET", "/users/{id}", _read_user, Scope.SYSTEM),
    Route("GET", "/users/{id}/permissions", _permissions, Scope.SYSTEM),
    Route("GET", "/users/{id}/spaces", _user_spaces, Scope.SYSTEM),
)
