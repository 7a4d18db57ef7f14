"""A port that speaks Halibut, a Tentacle's or a server's: TLS that asks for a client's certificate and accepts any (tentacle.md 8.1).

One thread accepts for all ports of this process; each connection is served by a thread of its own, for as long as it lasts.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass

from OpenSSL import SSL

from .acceptor import shared_acceptor
from .tls import hang_up, limit_patience, thumbprint_of_peer, wire_over
from .wire import EndOfStream, ProtocolError, Wire

_PREAMBLE_LIMIT = 20_000
_BACKLOG = 128
PREAMBLE = b"MX"


@dataclass(frozen=True)
class Caller:
    """Who has connected, and what it says first: up to a blank line, without line ends around it."""

    peer: str
    request: bytes
    tls: SSL.Connection

    @property
    def speaks_halibut(self) -> bool:
        return self.request.startswith(PREAMBLE)

    @property
    def thumbprint(self) -> str | None:
        return thumbprint_of_peer(self.tls)

    @property
    def wire(self) -> Wire:
        """The stream from here on; there is one for a connection."""
        return wire_over(self.tls)

    def show(self, page: bytes) -> None:
        """Send a page, and take leave."""
        self.tls.sendall(page)
        self.tls.shutdown()


class SecurePort:
    """A port, bound at once, open from `start` to `close`. Raises OSError when it cannot be bound.

    `serve` talks with a caller; the connection ends when it returns. `accepted` and `failed` are told of each connection, by the name of
    the other side: that there is one, and what went wrong with it.
    """

    def __init__(
        self,
        address: str,
        port: int,
        context: SSL.Context,
        serve: Callable[[Caller], None],
        *,
        accepted: Callable[[str], None] = lambda peer: None,
        failed: Callable[[str, Exception], None] = lambda peer, error: None,
    ) -> None:
        self._context = context
        self._serve = serve
        self._accepted = accepted
        self._failed = failed
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._is_open = False
        self._socket = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind((address, port))
            self._socket.listen(_BACKLOG)
            self._socket.setblocking(False)
        except OSError:
            self._socket.close()
            raise
        self.address = address
        self.port: int = self._socket.getsockname()[1]

    def start(self) -> None:
        """Answer who connects."""
        self._is_open = True
        shared_acceptor().add(self._socket, self._answer)

    def close(self) -> None:
        """Close the port and every connection."""
        was_open, self._is_open = self._is_open, False
        if not was_open:
            self._socket.close()
            return
        shared_acceptor().remove(self._socket)
        with self._lock:
            for connection in self._connections:
                hang_up(connection)

    def _answer(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.add(connection)
        peer = _name_of(connection)
        try:
            self._talk(connection, peer)
        except (EndOfStream, ProtocolError, SSL.Error, OSError) as error:
            if self._is_open:
                self._failed(peer, error)
        finally:
            with self._lock:
                self._connections.discard(connection)
            connection.close()

    def _talk(self, connection: socket.socket, peer: str) -> None:
        self._accepted(peer)
        limit_patience(connection)
        tls = SSL.Connection(self._context, connection)
        tls.set_accept_state()
        tls.do_handshake()
        self._serve(Caller(peer, _read_until_blank_line(tls), tls))


def _name_of(connection: socket.socket) -> str:
    try:
        host, port = connection.getpeername()[:2]
    except OSError:
        return "a client that has left"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _read_until_blank_line(tls: SSL.Connection) -> bytes:
    """Read up to two line ends in a row, ignoring carriage returns, or to the end. Raises SysCallError for one without a word of leave."""
    read = b""
    while len(read) < _PREAMBLE_LIMIT and not read.endswith(b"\n\n"):
        try:
            read += tls.recv(1).replace(b"\r", b"")
        except SSL.ZeroReturnError:
            break
    return read.strip(b"\n")
