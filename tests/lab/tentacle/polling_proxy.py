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


class ProxyRefusal(Exception):
    """The proxy does not let us through."""


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

    def lead(self, connection: socket.socket, host: str, port: int) -> None:
        """Ask the proxy at the other end of a connection to lead on to a port. Raises ProxyRefusal with its answer, and OSError."""
        connection.sendall("".join(f"{line}\r\n" for line in self._request(f"{host}:{port}")).encode())
        status = _read_head(connection).partition(b"\r\n")[0].decode(errors="replace")
        answered = re.fullmatch(r"HTTP/1\.[01] (\d{3}) ?(.*)", status)
        if answered is None or answered[1] != "200":
            code, reason = answered.groups() if answered else ("no", status)
            raise ProxyRefusal(f"Proxy destination {self.host} on port {self.port} responded with a {code} code - {reason}")

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
