"""The proxy through which a polling Tentacle reaches its servers: HTTP CONNECT (tentacle.md 1.10, 8.4)."""

from __future__ import annotations

import base64
import re
import socket
from dataclasses import dataclass, field

from .configuration import Configuration

_PREFIX = "Octopus.Server.Proxy."
_DEFAULT_PORT = 80
_REPLY_LIMIT = 20_000
CONNECT_SECONDS = 60


class ProxyRefusal(Exception):
    """The proxy is not there, or does not let us through; `str()` says why in Halibut's words."""


@dataclass(frozen=True)
class PollingProxy:
    """A proxy, and who we are to it, if it wants to know."""

    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def of(cls, configuration: Configuration) -> PollingProxy | None:
        """Return the custom proxy, None without one; what else this system has for a proxy the lab's Tentacle does not look for."""
        host = configuration.get(_PREFIX + "ProxyHost")
        if host is None:
            return None
        return cls(
            host,
            configuration.get_int(_PREFIX + "ProxyPort", _DEFAULT_PORT),
            configuration.get(_PREFIX + "ProxyUsername") or "",
            configuration.get_protected(_PREFIX + "ProxyPassword") or "",
        )

    def connect(self, host: str, port: int) -> socket.socket:
        """Return a connection to a port behind the proxy. Raises ProxyRefusal."""
        try:
            connection = socket.create_connection((self.host, self.port), timeout=CONNECT_SECONDS)
        except (OSError, UnicodeError) as error:
            why = getattr(error, "strerror", None) or error
            raise ProxyRefusal(f"Connection to proxy host {self.host} on port {self.port} failed: {why}") from error
        try:
            self._ask(connection, f"{host}:{port}")
        except (OSError, ProxyRefusal) as error:
            connection.close()
            raise ProxyRefusal(str(error)) from error
        return connection

    def _ask(self, connection: socket.socket, place: str) -> None:
        """Ask the proxy at the other end of a connection to lead on. Raises ProxyRefusal with its answer, and OSError."""
        connection.sendall("".join(f"{line}\r\n" for line in self._request(place)).encode())
        status = _read_head(connection).partition(b"\r\n")[0].decode(errors="replace")
        answered = re.fullmatch(r"HTTP/1\.[01] (\d{3}) ?(.*)", status)
        if answered is None:
            raise ProxyRefusal(f"No HTTP response received from proxy destination.  Server response: {status}.")
        if answered[1] != "200":
            raise ProxyRefusal(f"Proxy destination {self.host} on port {self.port} responded with a {answered[1]} code - {answered[2]}")

    def _request(self, place: str) -> list[str]:
        request = [f"CONNECT {place} HTTP/1.0", f"Host: {place}"]
        if self.username:
            credentials = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
            request.append(f"Proxy-Authorization: Basic {credentials}")
        return [*request, ""]


def _read_head(connection: socket.socket) -> bytes:
    """Read up to a blank line, and not a byte beyond it: what follows is the server's."""
    read = b""
    while len(read) < _REPLY_LIMIT and not read.endswith(b"\r\n\r\n"):
        more = connection.recv(1)
        if not more:
            break
        read += more
    return read
