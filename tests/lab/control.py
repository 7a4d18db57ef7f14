"""The lab's control of its hosts: an HTTP interface for tests and the command line, and its client."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import requests
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .loopback import Loopback

_SECONDS = 120


class Controlled(Protocol):
    """What can be asked of a host. Raises ValueError for what a host of its kind cannot do."""

    def describe(self) -> dict[str, Any]:
        """Return what can be seen of the host from outside its disk."""

    def files(self) -> dict[str, Any]:
        """Return every path of the disk: whether it is a folder, its content as base64, and who may use it."""

    def wipe(self) -> None:
        """Destroy the host, and build it anew."""

    def set_fault(self, name: str, value: Any) -> None: ...

    def clear_faults(self) -> None:
        """Take every fault off the host, and mend its network."""

    def run(self, script: str) -> dict[str, Any]:
        """Run a script of the host's shell as its administrator; return rc, stdout and stderr."""


class ControlServer(Loopback):
    """Serves the interface on a free port of the loopback."""

    def __init__(self, hosts: Mapping[str, Controlled]) -> None:
        self._hosts = hosts
        routes = [
            Route("/hosts", self._list),
            Route("/hosts/{name}", self._show),
            Route("/hosts/{name}/files", self._files),
            Route("/hosts/{name}/wipe", self._wipe, methods=["POST"]),
            Route("/hosts/{name}/run", self._run, methods=["POST"]),
            Route("/hosts/{name}/faults", self._clear_faults, methods=["DELETE"]),
            Route("/hosts/{name}/faults", self._set_fault, methods=["POST"]),
        ]
        super().__init__("control", routes)

    def _host(self, request: Request) -> Controlled:
        return self._hosts[request.path_params["name"]]

    def _list(self, request: Request) -> Response:
        return JSONResponse(sorted(self._hosts))

    def _show(self, request: Request) -> Response:
        return JSONResponse(self._host(request).describe())

    def _files(self, request: Request) -> Response:
        return JSONResponse(self._host(request).files())

    def _wipe(self, request: Request) -> Response:
        self._host(request).wipe()
        return JSONResponse({})

    def _clear_faults(self, request: Request) -> Response:
        self._host(request).clear_faults()
        return JSONResponse({})

    async def _set_fault(self, request: Request) -> Response:
        fault = await request.json()
        return await _answer(self._host(request).set_fault, fault["name"], fault.get("value", True))

    async def _run(self, request: Request) -> Response:
        return await _answer(self._host(request).run, (await request.json())["script"])


async def _answer(ask: Callable[..., dict[str, Any] | None], *arguments: Any) -> Response:
    try:
        return JSONResponse(await run_in_threadpool(ask, *arguments) or {})
    except ValueError as error:
        return JSONResponse({"error": str(error)}, status_code=400)


class LabControl:
    """A client of the interface."""

    def __init__(self, url: str) -> None:
        self.url = url

    def hosts(self) -> list[str]:
        names: list[str] = self._ask("GET", "/hosts")
        return names

    def host(self, name: str) -> dict[str, Any]:
        state: dict[str, Any] = self._ask("GET", f"/hosts/{name}")
        return state

    def files(self, name: str) -> dict[str, Any]:
        files: dict[str, Any] = self._ask("GET", f"/hosts/{name}/files")
        return files

    def wipe(self, name: str) -> None:
        self._ask("POST", f"/hosts/{name}/wipe")

    def set_fault(self, name: str, fault: str, value: Any = True) -> None:
        """Put a fault on a host. Raises ValueError for one that nobody knows."""
        self._ask("POST", f"/hosts/{name}/faults", {"name": fault, "value": value})

    def clear_faults(self, name: str) -> None:
        self._ask("DELETE", f"/hosts/{name}/faults")

    def run(self, name: str, script: str) -> dict[str, Any]:
        """Run a script on a Linux host as root; return rc, stdout and stderr. Raises ValueError for a Windows host."""
        ended: dict[str, Any] = self._ask("POST", f"/hosts/{name}/run", {"script": script})
        return ended

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        response = requests.request(method, f"{self.url}{path}", json=body, timeout=_SECONDS)
        if response.status_code == 400:
            raise ValueError(response.json()["error"])
        response.raise_for_status()
        return response.json()
