"""The API as a web application: credentials, faults and the request log around the handlers."""

from __future__ import annotations

import asyncio
import traceback
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as WebRoute
from starlette.types import Receive, Scope, Send

from tests.lab.octopus import errors, texts
from tests.lab.octopus.dispatch import Call, Reply, Route, Router
from tests.lab.octopus.faults import RequestFault
from tests.lab.octopus.query import Query
from tests.lab.octopus.routes import environments, machines, nodes, resources, root, spaces, system, tasks, teams, users, worker_pools
from tests.lab.octopus.state import SeenRequest, State
from tests.lab.octopus.users import presented_credential

VERBS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]
ROUTES = (
    *root.ROUTES, *users.ROUTES, *system.ROUTES, *nodes.ROUTES, *tasks.ROUTES, *machines.ROUTES, *environments.ROUTES,
    *spaces.ROUTES, *teams.ROUTES, *worker_pools.ROUTES, *resources.ROUTES,
)  # fmt: skip


@dataclass
class Incoming:
    """A request before anyone knows whether it is allowed."""

    method: str
    path: str
    query: Query
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @classmethod
    async def read(cls, request: Request) -> Incoming:
        """Read a request; a POST may say that it means another verb (octopus-api.md 1.5)."""
        method = request.method
        if method == "POST":
            method = request.headers.get("x-http-method-override", method).upper()
        headers = {name.lower(): value for name, value in request.headers.items()}
        return cls(method, request.scope["path"], Query(request.url.query), headers, await request.body())

    @property
    def shown(self) -> str:
        """Return path and query without the credential."""
        query = self.query.redacted()
        return f"{self.path}?{query}" if query else self.path


class DroppedReply(Response):
    """Closes the connection without a byte, as a server that dies after its work."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # `receive` is a method of uvicorn's request cycle, the only way from here to the connection.
        receive.__self__.transport.abort()  # type: ignore[attr-defined]
        while (await receive())["type"] != "http.disconnect":
            pass


class Api:
    """Answers requests from the state."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._router = Router(ROUTES)

    def application(self) -> Starlette:
        """Return the web application."""
        return Starlette(routes=[WebRoute("/{path:path}", self._serve, methods=VERBS)])

    async def _serve(self, request: Request) -> Response:
        incoming = await Incoming.read(request)
        with self._state.lock:
            faults = self._state.faults.for_request(incoming.method, incoming.path)
        for fault in faults:
            await self._suffer(fault, incoming)
        answer = next((fault for fault in faults if fault.name == "status"), None)
        response = self._refusal(answer) if answer else await self._answer(incoming)
        dropped = any(fault.name == "drop_reply" for fault in faults)
        with self._state.lock:
            self._state.requests.append(SeenRequest(incoming.method, incoming.shown, None if dropped else response.status_code))
        return DroppedReply() if dropped else response

    async def _suffer(self, fault: RequestFault, incoming: Incoming) -> None:
        if fault.name == "slow":
            await asyncio.sleep(fault.seconds)
        with self._state.lock:
            if fault.name == "delete_machine":
                machine = self._state.find_named("machines", fault.machine or incoming.path.rstrip("/").rpartition("/")[2])
                if machine is not None:
                    self._state.store.remove("machines", machine["Id"])
            elif fault.name == "edit_machine":
                machine = self._state.find_named("machines", fault.machine)
                if machine is not None:
                    self._state.store.put("machines", machine | fault.body)
            elif fault.name == "expire_key":
                self._state.directory.expire(presented_credential(incoming.headers, incoming.query) or "")

    def _refusal(self, fault: RequestFault) -> Response:
        message = fault.message or f"The server answered {fault.code} because the test wanted it to."
        body = {"ErrorMessage": message} if fault.body is None else fault.body
        headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after else {}
        return self._respond(Reply(body, fault.code), headers)

    async def _answer(self, incoming: Incoming) -> Response:
        try:
            route, call = self._route(incoming)
            if route.blocking:
                return self._respond(await asyncio.to_thread(route.handler, call))
            with self._state.lock:
                return self._respond(route.handler(call))
        except errors.ApiError as error:
            return self._respond(Reply(error.body(), error.status))
        except Exception:
            # A client must get JSON whatever happens (octopus-api.md 1.5); whoever runs the lab gets the cause.
            traceback.print_exc()
            return self._respond(Reply({"ErrorMessage": texts.UNEXPECTED}, 500))

    def _route(self, incoming: Incoming) -> tuple[Route, Call]:
        state = self._state
        with state.lock:
            route, address, parameters = self._router.find(incoming.method, incoming.path)
            user = state.directory.authenticate(incoming.headers, incoming.query)
            if user is None and not route.anonymous:
                raise errors.unauthenticated()
            call = Call(state, incoming.method, incoming.path, incoming.query, incoming.body, user, None, parameters)
            if address.space is not None:
                call.space = state.space(address.space)
            elif route.scope.name == "SPACE":
                call.space = state.default_space()
                if call.space is None:
                    raise errors.not_found()
            if call.space is not None and not call.caller.enters(call.space["Id"]):
                raise errors.forbidden("SpaceView")
            return route, call

    def _respond(self, reply: Reply, headers: dict[str, str] | None = None) -> Response:
        node = f"name=lab; version={self._state.settings.version}"
        response = Response(reply.content(), reply.status, {"Octopus-Node": node, "X-Content-Type-Options": "nosniff", **(headers or {})})
        if reply.body is not None:
            response.headers["Content-Type"] = reply.media_type
        return response
