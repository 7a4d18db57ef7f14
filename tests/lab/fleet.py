"""A whole lab: an Octopus Server, a download server, Windows hosts, and the inventory that leads to them."""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Literal

from .octopus import OctopusServer
from .windows.control import ControlServer
from .windows.downloads import Downloads
from .windows.host import WindowsHost
from .windows.listener import PORT, Listener, know_ntlm_users
from .windows.msi import Package
from .windows.runner import Runner
from .windows.specs import documented
from .windows.tls import make_listener_context
from .windows.wsman import Endpoint

Auth = Literal["ntlm", "basic", "mixed"]
DEFAULT_PACKAGE = Package("9.2.4285")


class Lab:
    """Starts everything, and stops it. `metadata`: whether the inventory also says environments and tags."""

    def __init__(
        self,
        names: Sequence[str],
        *,
        install_seconds: float = 0.0,
        auth: Auth = "mixed",
        inventory: Path | None = None,
        metadata: bool = True,
    ) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="octopus-lab-"))
        self.inventory = inventory or self.directory / "hosts.json"
        self.metadata = metadata
        self.server = OctopusServer()
        self.downloads = Downloads()
        block, self._claim = _claim_block(len(names))
        # A user of its own: the NTLM acceptor knows one password for a name, whatever the lab.
        user, password = f"ops-{secrets.token_hex(4)}", secrets.token_urlsafe(12)
        self.hosts = {
            name: WindowsHost(name, f"127.20.{block}.{index}", username=user, password=password)
            for index, name in enumerate(names, start=1)
        }
        self._ntlm = {name: auth == "ntlm" or (auth == "mixed" and index % 3 == 0) for index, name in enumerate(names)}
        self._install_seconds = install_seconds
        self._stops = ExitStack()
        self.control = ControlServer(self.hosts)

    def start(self) -> None:
        """Start the servers and the hosts, then write the inventory. What was started until an error is stopped by `stop`."""
        self._stops.callback(self._claim.close)
        self._stops.callback(shutil.rmtree, self.directory, ignore_errors=True)
        documented()
        for part in (self.server, self.downloads, self.control):
            part.start()
            self._stops.callback(part.stop)
        context, self.authority = make_listener_context(self.directory, [host.address for host in self.hosts.values()])
        know_ntlm_users(self.hosts.values())
        for name, host in self.hosts.items():
            endpoint = Endpoint(Runner(host, install_seconds=self._install_seconds))
            listener = Listener(host, endpoint, context, ntlm=self._ntlm[name])
            listener.start()
            self._stops.callback(host.shut_down)
            self._stops.callback(listener.stop)
        self.inventory.parent.mkdir(parents=True, exist_ok=True)
        self.inventory.touch(mode=0o600)
        self.inventory.write_text(json.dumps(self._inventory(), indent=2))

    def stop(self) -> None:
        """Stop everything and remove what the lab made of its own."""
        self._stops.close()

    def describe(self) -> dict[str, Any]:
        """Return what a user of the lab needs to know."""
        return {
            "url": self.server.url,
            "api_key": self.server.api_key,
            "thumbprint": self.server.thumbprint,
            "inventory": str(self.inventory),
            "control": self.control.url,
            "server_control": self.server.control_url,
            "package_url": self.downloads.url_of(DEFAULT_PACKAGE),
            "package_checksum": DEFAULT_PACKAGE.sha256,
        }

    def _inventory(self) -> dict[str, Any]:
        hosts = {
            name: {
                "ansible_host": host.address,
                "ansible_user": host.username,
                "ansible_password": host.password,
                "ansible_winrm_transport": "ntlm" if self._ntlm[name] else "basic",
            }
            for name, host in self.hosts.items()
        }
        return {"tentacles": {"hosts": hosts, "vars": self.lab_variables()}}

    def lab_variables(self) -> dict[str, Any]:
        """Return the variables that lead to the lab; the metadata of the machines is the inventory's own matter."""
        variables = {
            "ansible_connection": "winrm",
            "ansible_port": PORT,
            "ansible_winrm_scheme": "https",
            "ansible_winrm_ca_trust_path": str(self.authority),
            "octopus_url": self.server.url,
            "octopus_api_key": self.server.api_key,
            "tentacle_version": DEFAULT_PACKAGE.version,
            "tentacle_package_url": self.downloads.url_of(DEFAULT_PACKAGE),
            "tentacle_package_checksum": DEFAULT_PACKAGE.sha256,
            "tentacle_identity_store": str(self.directory / "identities"),
            # An inventory cannot carry the secret of a vault.
            "tentacle_identity_encryption": "none",
        }
        if self.metadata:
            variables |= {"octopus_environments": ["Staging"], "octopus_target_tags": ["web-server"]}
        return variables


@contextmanager
def running(lab: Lab) -> Iterator[Lab]:
    """Start a lab, and stop it in every case."""
    try:
        lab.start()
        yield lab
    finally:
        lab.stop()


def host_names(count: int) -> list[str]:
    """Return the names of so many hosts: win01, win02, …"""
    return [f"win{number:02}" for number in range(1, count + 1)]


def _claim_block(count: int) -> tuple[int, socket.socket]:
    """Claim a third octet under 127.20 for one lab, so that several run side by side; the socket returned holds the claim.

    Raises RuntimeError when none is free.
    """
    if count > 250:
        raise ValueError("a lab has at most 250 hosts")
    for block in range(1, 250):
        with contextlib.suppress(OSError):
            socket.create_server((f"127.20.{block}.1", PORT)).close()  # somebody may use the addresses who claims none
            return block, socket.create_server((f"127.20.{block}.254", PORT))
    raise RuntimeError("no free block of loopback addresses for another lab")
