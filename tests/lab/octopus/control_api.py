"""The control API: how a test steers the server and looks behind its web API. Not part of Octopus, on a port of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.lab.octopus.seed import add_machine
from tests.lab.octopus.state import State
from tests.lab.octopus.users import Grant

Steer = Callable[[dict[str, Any]], Any]


class ControlApi:
    """Each method takes a JSON object and returns what is sent back; ValueError, KeyError and TypeError are a 400."""

    def __init__(self, state: State) -> None:
        self._state = state

    def application(self) -> Starlette:
        """Return the web application."""
        routes: list[tuple[str, str, Steer]] = [
            ("GET", "/requests", self._get_requests),
            ("DELETE", "/requests", self._clear_requests),
            ("GET", "/machines", self._get_machines),
            ("POST", "/machines", self._add_machine),
            ("POST", "/faults", self._state.add_fault),
            ("DELETE", "/faults", lambda _body: self._state.clear_faults()),
            ("POST", "/keys", self._add_key),
            ("PUT", "/resolver", self._set_resolver),
            ("GET", "/polling", self._get_polling),
        ]
        return Starlette(routes=[Route(path, self._endpoint(steer), methods=[method]) for method, path, steer in routes])

    def _endpoint(self, steer: Steer) -> Callable[[Request], Any]:
        async def answer(request: Request) -> JSONResponse:
            body = await request.body()
            try:
                with self._state.lock:
                    return JSONResponse(steer(json.loads(body) if body else {}))
            except (ValueError, KeyError, TypeError) as error:
                return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 400)

        return answer

    def _get_requests(self, _body: dict[str, Any]) -> Any:
        return [asdict(request) for request in self._state.requests]

    def _clear_requests(self, _body: dict[str, Any]) -> None:
        self._state.requests.clear()

    def _get_machines(self, _body: dict[str, Any]) -> Any:
        return self._state.store.all("machines")

    def _get_polling(self, _body: dict[str, Any]) -> Any:
        return [asdict(connection) for node in self._state.polling.nodes for connection in node.connections]

    def _add_machine(self, body: dict[str, Any]) -> Any:
        """Make a machine: name, thumbprint, uri, environments (ids or names), roles, space (id or name)."""
        space_id = self._named("spaces", body.get("space", "Spaces-1"))
        environment_ids = [self._named("environments", name, space_id) for name in body.get("environments", ())]
        return add_machine(
            self._state, space_id, body["name"], body["thumbprint"], body["uri"], environment_ids, list(body.get("roles", ()))
        )

    def _add_key(self, body: dict[str, Any]) -> Any:
        """Make a user with a key: permissions, spaces, environments (ids or names; null: all), everywhere, expired."""
        everything = Grant()
        permissions, spaces, environments = body.get("permissions"), body.get("spaces"), body.get("environments")
        grant = Grant(
            everything.permissions if permissions is None else frozenset(permissions),
            None if spaces is None else frozenset(self._named("spaces", name) for name in spaces),
            None if environments is None else frozenset(self._named("environments", name) for name in environments),
        )
        unknown = grant.permissions.union(body.get("everywhere") or ()) - everything.permissions
        if unknown:
            raise ValueError(f"Unknown permissions: {', '.join(sorted(unknown))}")
        directory = self._state.directory
        unlimited = Grant(frozenset(body.get("everywhere") or ()), grant.spaces)
        user = directory.add_user(f"key-{len(directory.users) + 1}", grant, unlimited)
        return {"api_key": directory.add_credential(user, expired=bool(body.get("expired"))).value}

    def _set_resolver(self, body: dict[str, Any]) -> None:
        """Set the addresses of host names, in the place of all set before."""
        self._state.resolver = {name.lower(): address for name, address in body.items()}

    def _named(self, collection: str, identifier_or_name: str, space_id: str | None = None) -> str:
        """Return an id, given that or the name. Raises ValueError when nothing is called so."""
        store = self._state.store
        document = store.find(collection, identifier_or_name, space_id) or store.by_name(collection, identifier_or_name, space_id)
        if document is None:
            raise ValueError(f"There is no {identifier_or_name!r} among {collection}.")
        return str(document["Id"])
