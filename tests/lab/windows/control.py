"""The lab's control of its Windows hosts: an HTTP interface for tests and the command line, and its client."""

from __future__ import annotations

import base64
import threading
from typing import Any

import requests
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .host import DOTNET_48, DOTNET_KEY, SYSTEM_USER, WindowsHost
from .msi import hold_installer


def describe(host: WindowsHost) -> dict[str, Any]:
    """Return what can be seen of a host from outside its disk."""
    return {
        "name": host.name,
        "address": host.address,
        "hostname": host.hostname,
        "sid": host.sid,
        "services": [vars(host.services.query(name)) for name in host.services.names()],
        "firewall": {rule.name: rule.ports for rule in host.firewall.values()},
        "products": list(host.products.values()),
        "event_log": list(host.event_log),
        "processes": list(host.processes),
        "agents": [{"thumbprint": agent.thumbprint, "trust": sorted(agent.trust)} for agent in host.running.values()],
        "visits": host.visits,
        "steps": host.steps,
        "jobs_running": sum(thread.is_alive() for thread in host.jobs.values()),
        "system_profile": host.profile(SYSTEM_USER),
    }


def files_of(host: WindowsHost) -> dict[str, Any]:
    """Return every path of a host's disk: whether it is a folder, its content as base64, and who may use it."""
    found: dict[str, Any] = {}
    for path in host.files.paths():
        folder = host.files.is_dir(path)
        protected, rules = host.files.access(path)
        found[path] = {
            "folder": folder,
            "content": None if folder else base64.b64encode(host.files.read(path)).decode(),
            "protected": protected,
            "rules": [{"sid": rule.sid, "rights": rule.rights} for rule, _inherited in rules],
        }
    return found


def set_fault(host: WindowsHost, name: str, value: Any) -> None:
    """Put a fault on a host. Those that this function names, and `broken`, act at once, the others when their time comes."""
    if name == "other_installer":
        hold_installer(host, float(value))
    elif name == "no_dotnet":
        host.registry.pop(DOTNET_KEY.lower(), None)
    elif name == "port_in_use":
        host.occupy_port(int(value))
    elif name == "stop_service":
        host.services.stop(str(value))
    else:
        host.faults[name] = value


def clear_faults(host: WindowsHost) -> None:
    """Take every fault off a host, and mend its network."""
    host.faults.clear()
    host.broken = False
    host.free_ports()
    host.registry.setdefault(DOTNET_KEY.lower(), {"Release": str(DOTNET_48)})


class ControlServer:
    """Serves the interface on a free port of the loopback."""

    def __init__(self, hosts: dict[str, WindowsHost]) -> None:
        self._hosts = hosts
        routes = [
            Route("/hosts", self._list),
            Route("/hosts/{name}", self._show),
            Route("/hosts/{name}/files", self._files),
            Route("/hosts/{name}/wipe", self._wipe, methods=["POST"]),
            Route("/hosts/{name}/faults", self._faults, methods=["POST", "DELETE"]),
        ]
        config = uvicorn.Config(Starlette(routes=routes), host="127.0.0.1", port=0, log_level="error", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, name="control", daemon=True)

    def start(self) -> None:
        self._thread.start()
        while not self._server.started:
            self._thread.join(0.01)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(5)

    @property
    def url(self) -> str:
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    def _host(self, request: Request) -> WindowsHost:
        return self._hosts[request.path_params["name"]]

    def _list(self, request: Request) -> Response:
        return JSONResponse(sorted(self._hosts))

    def _show(self, request: Request) -> Response:
        return JSONResponse(describe(self._host(request)))

    def _files(self, request: Request) -> Response:
        return JSONResponse(files_of(self._host(request)))

    def _wipe(self, request: Request) -> Response:
        self._host(request).wipe()
        return JSONResponse({})

    async def _faults(self, request: Request) -> Response:
        host = self._host(request)
        if request.method == "DELETE":
            clear_faults(host)
        else:
            fault = await request.json()
            set_fault(host, fault["name"], fault.get("value", True))
        return JSONResponse({})


class LabControl:
    """A client of the interface."""

    def __init__(self, url: str) -> None:
        self.url = url

    def hosts(self) -> list[str]:
        names: list[str] = self._get("/hosts")
        return names

    def host(self, name: str) -> dict[str, Any]:
        state: dict[str, Any] = self._get(f"/hosts/{name}")
        return state

    def files(self, name: str) -> dict[str, Any]:
        files: dict[str, Any] = self._get(f"/hosts/{name}/files")
        return files

    def wipe(self, name: str) -> None:
        requests.post(f"{self.url}/hosts/{name}/wipe", timeout=30).raise_for_status()

    def set_fault(self, name: str, fault: str, value: Any = True) -> None:
        requests.post(f"{self.url}/hosts/{name}/faults", json={"name": fault, "value": value}, timeout=30).raise_for_status()

    def clear_faults(self, name: str) -> None:
        requests.delete(f"{self.url}/hosts/{name}/faults", timeout=30).raise_for_status()

    def _get(self, path: str) -> Any:
        response = requests.get(f"{self.url}{path}", timeout=30)
        response.raise_for_status()
        return response.json()
