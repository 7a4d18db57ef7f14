"""A small Windows machine in memory, for the tests of the Tentacle emulator."""

from __future__ import annotations

import base64
import dataclasses
import ntpath
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tests.lab.machine import Patience, Process, Result, Service, ServiceError, User
from tests.lab.tentacle import Agent, AgentFailed, run

ADMINISTRATOR = User("Administrator")
CONFIG = r"C:\Octopus\web1\Tentacle-web1.config"
QUICK = Patience(0.1, 0.2)
INDEX = r"C:\ProgramData\Octopus\Tentacle\Instances"


class FakeFiles:
    """A disk without rights, whose names ignore case."""

    def __init__(self) -> None:
        self.contents: dict[str, tuple[str, bytes]] = {}
        self.directories: dict[str, str] = {}
        self.denied: set[str] = set()

    def exists(self, path: str) -> bool:
        return path.lower() in self.contents or self.is_dir(path)

    def is_dir(self, path: str) -> bool:
        return path.lower().rstrip("\\") in self.directories

    def list_dir(self, path: str) -> list[str]:
        return [ntpath.basename(name) for name, _ in self.contents.values() if ntpath.dirname(name).lower() == path.lower()]

    def make_dirs(self, path: str) -> None:
        while not self.is_dir(path):
            self.directories[path.lower().rstrip("\\")] = path
            path = ntpath.dirname(path)

    def read(self, path: str) -> bytes:
        if path.lower() not in self.contents:
            raise FileNotFoundError(2, "No such file", path)
        return self.contents[path.lower()][1]

    def write(self, path: str, data: bytes) -> None:
        if path.lower() in self.denied:
            raise PermissionError(13, "Permission denied", path)
        if not self.is_dir(ntpath.dirname(path)):
            raise FileNotFoundError(2, "No such directory", path)
        self.contents[path.lower()] = (path, data)

    def delete(self, path: str) -> None:
        if path.lower() not in self.contents:
            raise FileNotFoundError(2, "No such file", path)
        del self.contents[path.lower()]

    def text(self, path: str) -> str:
        return self.read(path).decode("utf-8-sig")


class FakeServices:
    """A service manager that starts Tentacle's agent."""

    def __init__(self, machine: FakeMachine) -> None:
        self.machine = machine
        self.services: dict[str, Service] = {"LanmanWorkstation": Service("LanmanWorkstation", "svchost", "Running")}
        self.agents: dict[str, Agent] = {}
        self.start_error: ServiceError | None = None
        self.starts = 0
        self.passwords: dict[str, str | None] = {}

    def query(self, name: str) -> Service:
        return self.services[name]

    def names(self) -> list[str]:
        return list(self.services)

    def create(self, service: Service) -> None:
        self.services[service.name] = service

    def delete(self, name: str) -> None:
        del self.services[name]

    def configure(
        self,
        name: str,
        *,
        account: str | None = None,
        password: str | None = None,
        depends_on: tuple[str, ...] | None = None,
        command_line: str | None = None,
    ) -> None:
        given = {"account": account, "depends_on": depends_on, "command_line": command_line}
        if account == r"NOWHERE\nobody":
            raise ServiceError("The account name is invalid or does not exist.", 22)
        self.passwords[name] = password
        changes = {key: value for key, value in given.items() if value is not None}
        self.services[name] = dataclasses.replace(self.services[name], **changes)  # type: ignore[arg-type]

    def start(self, name: str) -> None:
        self.starts += 1
        if self.start_error is not None:
            raise self.start_error
        arguments = self.services[name].command_line.rpartition('.exe" ')[2].replace('"', "").split()
        try:
            self.agents[name] = Agent.start(self.machine, arguments)
            self._set(name, "Running")
        except AgentFailed:
            self._set(name, "Stopped")

    def stop(self, name: str) -> None:
        self.agents.pop(name).stop()
        self._set(name, "Stopped")

    def _set(self, name: str, state: Literal["Running", "Stopped"]) -> None:
        self.services[name] = dataclasses.replace(self.services[name], state=state)


@dataclass
class FakeMachine:
    """One Windows machine; `secret` is what only this machine's encryption knows."""

    secret: bytes = b"one"
    platform: Literal["windows", "linux"] = "windows"
    hostname: str = "WEB1"
    variables: dict[str, str] = field(default_factory=dict)
    faults: dict[str, object] = field(default_factory=dict)
    refused_pfx: str = ""
    patience: Patience = QUICK
    files: FakeFiles = field(default_factory=FakeFiles)

    def __post_init__(self) -> None:
        self.services = FakeServices(self)
        for path in (r"C:\Windows\system32", r"C:\Users\Administrator"):
            self.files.make_dirs(path)

    def environment(self) -> Mapping[str, str]:
        return {"ProgramData": r"C:\ProgramData", "ProgramFiles": r"C:\Program Files", **self.variables}

    def protect(self, clear: str) -> str:
        return base64.b64encode(self.secret + b"|" + clear.encode()).decode()

    def unprotect(self, protected: str) -> str:
        secret, _, clear = base64.b64decode(protected).partition(b"|")
        if secret != self.secret:
            raise ValueError("Key not valid for use in specified state.")
        return clear.decode()

    def check_pfx(self, data: bytes) -> None:
        if self.refused_pfx:
            raise ValueError(self.refused_pfx)

    def bind_address(self, listen_ip: str | None) -> str:
        return listen_ip or "127.0.0.1"

    def tentacle(self, *arguments: str, user: User = ADMINISTRATOR, version: str = "9.2.4285", **environment: str) -> Result:
        """Run Tentacle in the administrator's home."""
        process = Process(self, user, r"C:\Users\Administrator", list(arguments), environment)
        return run(process, version=version)

    def ok(self, *arguments: str) -> list[str]:
        """Run Tentacle, insist on success, and return the lines of stdout."""
        result = self.tentacle(*arguments)
        assert (result.rc, result.stderr) == (0, ""), result
        return result.stdout.splitlines()

    def created(self) -> FakeMachine:
        """Make the instance web1."""
        self.ok("create-instance", "--instance", "web1", "--config", CONFIG)
        return self


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
