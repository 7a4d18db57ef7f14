"""A whole lab: an Octopus Server, Windows hosts with a download server, Linux hosts, and the inventory that leads to them."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from .control import Controlled, ControlServer
from .linux.control import LinuxControl
from .linux.fleet import LinuxFleet
from .octopus import OctopusServer
from .windows.control import WindowsControl
from .windows.downloads import Downloads
from .windows.fleet import DEFAULT_PACKAGE, Auth, WindowsFleet

__all__ = ["DEFAULT_PACKAGE", "Lab", "host_names", "running"]


class Lab:
    """Starts everything, and stops it. Raises LinuxUnavailable where there can be no Linux hosts.

    `names`, `linux`: the Windows and the Linux hosts. `metadata`: whether the inventory also says environments and tags. `groups`:
    hosts of groups that another inventory describes. `nodes`: of the server, each with a port for polling Tentacles. `second`: another
    Octopus Server beside the first, with a certificate and key of its own, of which the inventory does not know.
    """

    def __init__(
        self,
        names: Sequence[str] = (),
        *,
        linux: Sequence[str] = (),
        install_seconds: float = 0.0,
        auth: Auth = "mixed",
        inventory: Path | None = None,
        metadata: bool = True,
        groups: Mapping[str, Sequence[str]] | None = None,
        nodes: int = 1,
        second: bool = False,
    ) -> None:
        self.names = [*names, *linux]
        self.linux = LinuxFleet(linux)
        self.server = OctopusServer(nodes=nodes)
        self.second = OctopusServer() if second else None
        self.downloads = Downloads()
        self.windows = WindowsFleet(names, self.downloads, auth=auth, install_seconds=install_seconds)
        self._given_inventory = inventory
        self._metadata = metadata
        self._groups = groups or {}
        self._stops = ExitStack()

    def start(self) -> None:
        """Start the servers and the hosts, then write the inventory. What was started until an error is stopped by `stop`."""
        self.directory = Path(tempfile.mkdtemp(prefix="octopus-lab-"))
        self._stops.callback(shutil.rmtree, self.directory, ignore_errors=True)
        # First the one that has a guardian: should we be killed, it removes the folder as well.
        self._stops.callback(self.linux.stop)
        self.linux.start(self.directory)
        servers = [self.server, *([self.second] if self.second else [])]
        for server in servers if self.linux.hosts else ():
            server.listen_for_polling(self.linux.controller)
        parts: list[OctopusServer | Downloads] = [*servers, self.downloads]
        for part in parts:
            part.start()
            self._stops.callback(part.stop)
        self._stops.callback(self.windows.stop)
        self.windows.start(self.directory)
        self.control = ControlServer(self._controlled())
        self.control.start()
        self._stops.callback(self.control.stop)
        self.inventory = self._given_inventory or self.directory / "hosts.json"
        self.inventory.parent.mkdir(parents=True, exist_ok=True)
        self.inventory.touch(mode=0o600)
        self.inventory.write_text(json.dumps(self._inventory(), indent=2))

    def stop(self) -> None:
        """Stop everything and remove what the lab made of its own."""
        self._stops.close()

    def polling_addresses(self, host: str) -> list[str]:
        """Return what a Tentacle on a host polls: a URL of each node of the server."""
        return self.server.polling_addresses(*([self.linux.controller] if host in self.linux.hosts else []))

    def describe(self) -> dict[str, Any]:
        """Return what a user of the lab needs to know."""
        return {
            "url": self.server.url,
            "api_key": self.server.api_key,
            "thumbprint": self.server.thumbprint,
            "inventory": str(self.inventory),
            "control": self.control.url,
            "server_control": self.server.control_url,
            "polling_addresses": self.server.polling_addresses(),
            "package_url": self.downloads.url_of(DEFAULT_PACKAGE),
            "package_checksum": DEFAULT_PACKAGE.sha256,
            **self.linux.describe(),
        }

    def _controlled(self) -> dict[str, Controlled]:
        windows = {name: WindowsControl(host) for name, host in self.windows.hosts.items()}
        linux = {name: LinuxControl(host) for name, host in self.linux.hosts.items()}
        return {**windows, **linux}

    def _inventory(self) -> dict[str, Any]:
        children = {}
        for name, fleet in (("lab_windows", self.windows), ("lab_linux", self.linux)):
            if fleet.hosts:
                children[name] = group = fleet.group()
                group["vars"]["lab_polling_addresses"] = self.polling_addresses(next(iter(fleet.hosts)))
        groups: dict[str, Any] = {group: {"hosts": {host: {} for host in hosts}} for group, hosts in self._groups.items()}
        return {"tentacles": {"children": children, "vars": self._variables()}, **groups}

    def _variables(self) -> dict[str, Any]:
        """Return the variables that lead to the lab; the metadata of the machines is the inventory's own matter."""
        variables: dict[str, Any] = {
            "octopus_url": self.server.url,
            "octopus_api_key": self.server.api_key,
            "tentacle_identity_store": str(self.directory / "identities"),
            # An inventory cannot carry the secret of a vault.
            "tentacle_identity_encryption": "none",
        }
        if self._metadata:
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


def host_names(count: int, prefix: str = "win") -> list[str]:
    """Return the names of so many hosts: win01, win02, …"""
    return [f"{prefix}{number:02}" for number in range(1, count + 1)]
