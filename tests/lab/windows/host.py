"""One virtual Windows machine: disk, registry, services, firewall, accounts, and what it remembers of all that was done to it."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import math
import secrets
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from ..machine import Patience, Process, Result, Service, ServiceError, User
from ..tentacle import Agent, AgentFailed, run
from .arguments import split_arguments
from .disk import Disk
from .services import BUILT_IN, Services

SYSTEM_USER = "NT AUTHORITY\\SYSTEM"
SYSTEM_PROFILE = "C:\\Windows\\System32\\config\\systemprofile"
DOTNET_KEY = "SOFTWARE\\Microsoft\\NET Framework Setup\\NDP\\v4\\Full"
DOTNET_48 = 528040
MALLORY = "S-1-5-21-1-2-3-1666"
"""A local user without any rights, who may make folders where Windows lets everybody make them."""
ACCOUNTS = ("OCTO\\deploy", "OCTO\\tentacle$", "CORP\\svc-tentacle")
_AUTHORITY, _BUILTIN = "nt authority\\", "builtin\\"
_WELL_KNOWN = {
    _AUTHORITY: {"system": "S-1-5-18", "local service": "S-1-5-19", "network service": "S-1-5-20"},
    _BUILTIN: {"administrators": "S-1-5-32-544", "users": "S-1-5-32-545", "guests": "S-1-5-32-546"},
}
_TRANSLATED = {domain + name: sid for domain, names in _WELL_KNOWN.items() for name, sid in names.items()}
"""What LookupAccountName knows on every English Windows; it finds each without its domain, too."""
_PROTECTED = "dpapi:"
_PATIENCE = Patience(1.0, 3.0)


class ConnectionBroken(Exception):
    """The network to the host broke in the middle of what it was doing."""


@dataclass(frozen=True)
class FirewallRule:
    """An inbound rule for TCP."""

    name: str
    ports: str
    enabled: bool = True


@dataclass
class WindowsHost:
    """A machine that can be reached at `address`. Implements `Machine` of tests.lab.machine."""

    name: str
    address: str
    username: str = "vagrant"
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12), repr=False)
    platform: Literal["windows", "linux"] = "windows"
    patience: Patience = _PATIENCE
    """Its polling Tentacle's, so that tests wait less; a Linux host's has the product's."""

    def __post_init__(self) -> None:
        self.lock = threading.RLock()
        self.faults: dict[str, Any] = {}
        self.broken = False
        self.reachable = True
        self.when_reachable: Callable[[bool], None] = lambda reachable: None
        self._occupied: list[socket.socket] = []
        self.services = self._new_services()
        self.wipe()

    def wipe(self) -> None:
        """Become a new machine with the same name and address: another SID, an empty disk, nothing installed."""
        self.services.stop_all()
        self.sid = f"S-1-5-21-{secrets.randbelow(2**31)}-{secrets.randbelow(2**31)}-{secrets.randbelow(2**31)}"
        self.hostname = f"WIN-{secrets.token_hex(4).upper()}"
        self.files = Disk(full=lambda: bool(self.faults.get("disk_full")))
        self.registry: dict[str, dict[str, str]] = {DOTNET_KEY.lower(): {"Release": str(DOTNET_48)}}
        self.products: dict[str, dict[str, str]] = {}
        self.firewall: list[FirewallRule] = []
        self.event_log: list[str] = []
        self.processes: list[str] = []
        self.executables: dict[str, str] = {}
        self.jobs: dict[str, threading.Thread] = {}
        self.msi_mutex = threading.Lock()
        self.running: dict[str, Agent] = {}
        self.visits = 0
        self.steps = 0
        self.services = self._new_services()
        for user in (self.username,):
            self.files.make_dirs(self.profile(user))

    def _new_services(self) -> Services:
        return Services(self._launch, self.knows_account, lambda what: float(self.faults.get(f"slow_{what}", 0)))

    def environment(self) -> Mapping[str, str]:
        return {
            "ProgramData": "C:\\ProgramData",
            "ProgramFiles": "C:\\Program Files",
            "SystemDrive": "C:",
            "SystemRoot": "C:\\Windows",
            "TEMP": "C:\\Windows\\Temp",
            "COMPUTERNAME": self.hostname,
            **self.faults.get("environment", {}),
        }

    def protect(self, clear: str) -> str:
        return base64.b64encode(f"{_PROTECTED}{self.sid}:".encode() + self._mixed(clear.encode())).decode()

    def unprotect(self, protected: str) -> str:
        data = base64.b64decode(protected)
        head = f"{_PROTECTED}{self.sid}:".encode()
        if not data.startswith(head):
            raise ValueError("Key not valid for use in specified state.")
        return self._mixed(data[len(head) :]).decode()

    def _mixed(self, data: bytes) -> bytes:
        """Encrypt or decrypt with a key stream of this machine's own, so that no secret lies on the disk in clear."""
        stream = b""
        while len(stream) < len(data):
            stream += hashlib.sha256(self.sid.encode() + len(stream).to_bytes(8, "big")).digest()
        return bytes(one ^ two for one, two in zip(data, stream, strict=False))

    def check_pfx(self, data: bytes) -> None:
        """Refuse what a Windows before Server 2019 cannot read, when the machine is said to be one: AES in a PFX (tentacle.md 3)."""
        aes_256_cbc = bytes.fromhex("60864801650304012a")
        if self.faults.get("old_windows") and aes_256_cbc in data:
            raise ValueError("The specified network password is not correct.")

    def bind_address(self, listen_ip: str | None) -> str:
        return listen_ip or self.address

    def profile(self, user: str) -> str:
        """Return the profile folder of a user."""
        return SYSTEM_PROFILE if user == SYSTEM_USER else f"C:\\Users\\{user.rpartition(chr(92))[2]}"

    def knows_account(self, account: str) -> bool:
        known = (*BUILT_IN, *(name.lower() for name in ACCOUNTS), self.username.lower())
        return self._bare(account) in known

    def account_sid(self, account: str) -> str:
        """Return the SID of an account as LookupAccountName does. Raises KeyError for a name that it does not know.

        It knows neither LocalSystem, which is the service manager's word, nor a local user by a dot for the machine.
        """
        name = account.lower()
        for domain in ("", *_WELL_KNOWN):
            if domain + name in _TRANSLATED:
                return _TRANSLATED[domain + name]
        if name.startswith(".\\") or name in BUILT_IN or not self.knows_account(account):
            raise KeyError(account)
        return f"S-1-5-21-1-2-3-{1000 + int(hashlib.sha256(self._bare(account).encode()).hexdigest()[:4], 16)}"

    def account_name(self, sid: str) -> str:
        """Return what a SID is called: itself, where nobody knows it."""
        if sid == MALLORY:
            return f"{self.hostname}\\mallory"
        named = {known: name for name, known in _TRANSLATED.items()} | {self.account_sid(name): name for name in (*ACCOUNTS, self.username)}
        return named.get(sid, sid)

    def _bare(self, account: str) -> str:
        """Return an account's name in lower case, a local user's without the machine."""
        domain, _, user = account.lower().rpartition("\\")
        return user if domain in (".", self.hostname.lower()) else account.lower()

    def execute(self, path: str, arguments: str, environment: Mapping[str, str], user: User, timeout: float = math.inf) -> Result:
        """Run a program of the machine to its end, within so many seconds.

        Raises FileNotFoundError for none, and TimeoutError with what it had said.
        """
        self.processes.append(f'"{path}" {arguments}')
        version = self.executables.get(path.lower())
        if version is None or not self.files.exists(path):
            raise FileNotFoundError(path)
        seconds = float(self.faults.get("slow_process", 0))
        time.sleep(min(seconds, timeout))
        if seconds > timeout:
            raise TimeoutError
        process = Process(self, user, "C:\\Windows\\system32", split_arguments(arguments), environment, executable=path)
        return run(process, version=version)

    def _launch(self, service: Service) -> Callable[[], None]:
        """Start a service's process."""
        if self.faults.get("service_does_not_start"):
            raise ServiceError("The service did not respond to the start or control request in a timely fashion.", 1053)
        self.processes.append(service.command_line)
        executable, *arguments = split_arguments(service.command_line)
        version = self.executables.get(executable.lower())
        if version is None:
            raise ServiceError("The system cannot find the file specified.", 2)
        self.faults["agent_closed_port"] = bool(self.faults.get("closed_port"))
        try:
            agent = Agent.start(self, arguments, version=version)
        except AgentFailed as error:
            # Of the process that died the service manager knows nothing: its words are in its log.
            raise ServiceError("The process terminated unexpectedly.", 1067) from error
        self.running[service.name] = agent
        return partial(self._stop, service.name, agent)

    def _stop(self, name: str, agent: Agent) -> None:
        self.running.pop(name, None)
        agent.stop()

    def count_step(self) -> None:
        """Note that something was changed; break the network here if a fault says so. Raises ConnectionBroken."""
        self.steps += 1
        after = self.faults.get("die_after_step")
        if after is not None:
            self.faults["steps_done"] = self.faults.get("steps_done", 0) + 1
            if self.faults["steps_done"] >= after:
                self.broken = True
                raise ConnectionBroken

    def reach(self, reachable: bool) -> None:
        """Take the machine off the network, or put it back."""
        if reachable != self.reachable:
            self.reachable = reachable
            self.when_reachable(reachable)

    def shut_down(self) -> None:
        """Stop all that listens on the host's address."""
        self.services.stop_all()
        self.free_ports()

    def occupy_port(self, port: int) -> None:
        """Let another program listen on a port of the host: it hangs up on everyone."""
        listener = socket.create_server((self.address, port))
        self._occupied.append(listener)
        threading.Thread(target=_hang_up, args=(listener,), daemon=True).start()

    def free_ports(self) -> None:
        """Stop the other programs."""
        while self._occupied:
            listener = self._occupied.pop()
            listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for connections, else the port stays open
            listener.close()


def _hang_up(listener: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            listener.accept()[0].close()
