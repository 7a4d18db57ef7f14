"""The lab's control of its Windows hosts: an HTTP interface for tests and the command line, and its client."""

from __future__ import annotations

import base64
import contextlib
import threading
from typing import Any

import requests
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .disk import Disk
from .host import DOTNET_48, DOTNET_KEY, SYSTEM_USER, WindowsHost
from .msi import hold_installer

AT_ONCE = frozenset({"broken", "no_dotnet", "other_installer", "port_in_use", "stop_service", "unreachable"})
FAULTS = frozenset(
    {
        "agent_dies",
        "broken_show_configuration",
        "closed_port",
        "die_after_step",
        "disk_full",
        "drop_connection",
        "msi_rc",
        "noise",
        "old_windows",
        "service_does_not_start",
        "slow_process",
        "slow_start",
        "slow_stop",
        "tentacle_exit_100",
    }
)


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
        with contextlib.suppress(FileNotFoundError, KeyError):  # what is removed meanwhile is no longer there
            found[path] = _describe_path(host.files, path)
    return found


def _describe_path(files: Disk, path: str) -> dict[str, Any]:
    folder = files.is_dir(path)
    protected, rules = files.access(path)
    return {
        "folder": folder,
        "content": None if folder else base64.b64encode(files.read(path)).decode(),
        "protected": protected,
        "rules": [{"sid": rule.sid, "rights": rule.rights} for rule, _inherited in rules],
    }


def set_fault(host: WindowsHost, name: str, value: Any) -> None:
    """Put a fault on a host. Those that this function names, and `broken`, act at once, the others when their time comes.

    Raises ValueError for a fault that nobody knows.
    """
    if name == "other_installer":
        hold_installer(host, float(value))
    elif name == "no_dotnet":
        host.registry.pop(DOTNET_KEY.lower(), None)
    elif name == "port_in_use":
        host.occupy_port(int(value))
    elif name == "stop_service":
        host.services.stop(str(value))
    elif name == "unreachable":
        host.reach(not value)
    elif name == "broken":
        host.broken = bool(value)
    elif name in FAULTS:
        host.faults[name] = value
    else:
        raise ValueError(f"no fault is called {name!r}; there are {', '.join(sorted(FAULTS | AT_ONCE))}")


def clear_faults(host: WindowsHost) -> None:
    """Take every fault off a host, and mend its network."""
    host.faults.clear()
    host.broken = False
    host.reach(True)
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
            try:
                set_fault(host, fault["name"], fault.get("value", True))
            except ValueError as error:
                return JSONResponse({"error": str(error)}, status_code=400)
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
        """Put a fault on a host. Raises ValueError for one that nobody knows."""
        response = requests.post(f"{self.url}/hosts/{name}/faults", json={"name": fault, "value": value}, timeout=30)
        if response.status_code == 400:
            raise ValueError(response.json()["error"])
        response.raise_for_status()

    def clear_faults(self, name: str) -> None:
        requests.delete(f"{self.url}/hosts/{name}/faults", timeout=30).raise_for_status()

    def _get(self, path: str) -> Any:
        response = requests.get(f"{self.url}{path}", timeout=30)
        response.raise_for_status()
        return response.json()
