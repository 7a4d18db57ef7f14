"""The Windows hosts of a lab: their addresses, certificates and listeners, and the inventory's group for them."""

from __future__ import annotations

import contextlib
import secrets
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

from .downloads import Downloads
from .host import WindowsHost
from .listener import PORT, Listener, know_ntlm_users
from .msi import Package
from .runner import Runner
from .specs import documented, specification
from .tls import make_listener_context
from .wsman import Endpoint

Auth = Literal["ntlm", "basic", "mixed"]
DEFAULT_PACKAGE = Package("9.2.4285")


class WindowsFleet:
    """Starts the hosts, and stops them. Raises RuntimeError when no addresses are free for them."""

    def __init__(self, names: Sequence[str], downloads: Downloads, *, auth: Auth, install_seconds: float) -> None:
        self._downloads = downloads
        self._install_seconds = install_seconds
        self._stops = ExitStack()
        block, claim = _claim_block(len(names))
        self._stops.callback(claim.close)
        # A user of its own: the NTLM acceptor knows one password for a name, whatever the lab.
        user, password = f"ops-{secrets.token_hex(4)}", secrets.token_urlsafe(12)
        self.hosts = {
            name: WindowsHost(name, f"127.20.{block}.{index}", username=user, password=password)
            for index, name in enumerate(names, start=1)
        }
        self._ntlm = {name: auth == "ntlm" or (auth == "mixed" and index % 3 == 0) for index, name in enumerate(names)}

    def start(self, directory: Path) -> None:
        """Start everything; certificates go to `directory`. What was started until an error is stopped by `stop`."""
        if not self.hosts:
            return
        documented()
        context, self.authority = make_listener_context(directory, [host.address for host in self.hosts.values()])
        know_ntlm_users(self.hosts.values())
        for name, host in self.hosts.items():
            endpoint = Endpoint(Runner(host, install_seconds=self._install_seconds))
            listener = Listener(host, endpoint, context, ntlm=self._ntlm[name])
            listener.start()
            self._stops.callback(host.shut_down)
            self._stops.callback(listener.stop)

    def stop(self) -> None:
        """Stop everything."""
        self._stops.close()

    def group(self) -> dict[str, Any]:
        """Return the group of the inventory."""
        return {"hosts": {name: self._variables_of(name, host) for name, host in self.hosts.items()}, "vars": self._variables()}

    def _variables_of(self, name: str, host: WindowsHost) -> dict[str, Any]:
        return {
            "ansible_host": host.address,
            "ansible_user": host.username,
            "ansible_password": host.password,
            "ansible_winrm_transport": "ntlm" if self._ntlm[name] else "basic",
        }

    def _variables(self) -> dict[str, Any]:
        compared = "checksum" in specification("ansible.windows.win_package")["options"]
        return {
            "ansible_connection": "winrm",
            "ansible_port": PORT,
            "ansible_winrm_scheme": "https",
            "ansible_winrm_ca_trust_path": str(self.authority),
            "tentacle_version": DEFAULT_PACKAGE.version,
            "tentacle_package_url": self._downloads.url_of(DEFAULT_PACKAGE),
            # ansible.windows before 2.8.0 compares none.
            **({"tentacle_package_checksum": DEFAULT_PACKAGE.sha256} if compared else {"tentacle_package_allow_http": True}),
        }


def _claim_block(count: int) -> tuple[int, socket.socket]:
    """Claim a third octet under 127.20 for one lab, so that several run side by side; the socket returned holds the claim.

    Raises RuntimeError when none is free.
    """
    if count > 250:
        raise ValueError("a lab has at most 250 Windows hosts")
    for block in range(1, 250):
        with contextlib.suppress(OSError):
            socket.create_server((f"127.20.{block}.1", PORT)).close()  # somebody may use the addresses who claims none
            return block, socket.create_server((f"127.20.{block}.254", PORT))
    raise RuntimeError("no free block of loopback addresses for another lab")
