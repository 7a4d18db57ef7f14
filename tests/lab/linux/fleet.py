"""The Linux hosts of a lab: their image, network, key, package server and guardian, and the inventory's group for them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from . import image, limits, network, remains, tools
from .guardian import Guardian
from .machine import LinuxHost, Site
from .packages import VERSIONS, PackageServer
from .ssh import Access

_AT_ONCE = 8


class LinuxFleet:
    """Starts the hosts, and stops them. Raises LinuxUnavailable where there can be none.

    `hosts` are there from `start` on; if there are any, so is `controller`, the address of this machine that they reach.
    """

    def __init__(self, names: Sequence[str]) -> None:
        if names:
            tools.require()
        self._names = names
        self._stops = ExitStack()
        self.hosts: dict[str, LinuxHost] = {}

    def start(self, directory: Path) -> None:
        """Start everything; `directory` is removed with the hosts. What was started until an error is stopped by `stop`."""
        if not self._names:
            return
        net = network.claim()
        self.controller = net.controller
        self._stops.callback(net.release)
        remains.remove_all(net)  # of a lab whose guardian was killed, too
        self._stops.callback(self._see_off)
        self._stops.callback(Guardian(net, directory).dismiss)
        limits.raise_limits()
        tree = image.tree()
        net.make()
        self.packages = PackageServer(net.controller)
        self.packages.start()
        self._stops.callback(self.packages.stop)
        self._access = Access(directory / "ssh")
        site = Site(net, tree, directory / "machines", self._access.public_key)
        self.hosts = make_hosts(self._names, site, self._access)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(LinuxHost.start, self.hosts.values()))

    def stop(self) -> None:
        """Stop everything; nothing is left, not even the lab's folder."""
        self._stops.close()

    def describe(self) -> dict[str, str]:
        """Return what a user of the lab needs to know."""
        return {"repository_url": self.packages.repository_url, "repository_key": self.packages.key_url} if self.hosts else {}

    def group(self) -> dict[str, Any]:
        """Return the group of the inventory."""
        return {"hosts": {name: host_variables(host) for name, host in self.hosts.items()}, "vars": self._variables()}

    def _see_off(self) -> None:
        """Wait for the processes of ours that the guardian has ended."""
        for host in self.hosts.values():
            host.stop()

    def _variables(self) -> dict[str, Any]:
        return {
            **self._access.variables(),
            "tentacle_version": VERSIONS[-1],
            "tentacle_repository_url": self.packages.repository_url,
            "tentacle_repository_key": self.packages.key_url,
            "tentacle_package_allow_http": True,  # the lab's packages and their key come without TLS
        }


def make_hosts(names: Sequence[str], site: Site, access: Access) -> dict[str, LinuxHost]:
    """Return hosts that are not started yet. Ansible logs in as root to the first, as a user with sudo to the second, and so on."""
    hosts = {name: LinuxHost(name, site, index, user="root" if index % 2 else "ops") for index, name in enumerate(names, start=1)}
    for host in hosts.values():
        host.when_gone = partial(access.hang_up, host.address)
    return hosts


def host_variables(host: LinuxHost) -> dict[str, Any]:
    """Return what the inventory says of one host."""
    variables: dict[str, Any] = {"ansible_host": host.address, "ansible_user": host.user}
    return variables if host.user == "root" else {**variables, "ansible_become": True}
