"""A Tentacle's listening port: TLS that asks for a client certificate and accepts any, then trust by thumbprint (tentacle.md 8.1, 8.3).

One thread accepts for all listeners of this process; each connection is served by a thread of its own, for as long as it lasts.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL

from ..halibut.wire import EndOfStream, ProtocolError, Wire
from .acceptor import shared_acceptor
from .certificates import Identity, thumbprint_of
from .console import Level
from .page import FRIENDLY_PAGE
from .rpc import Services

_PREAMBLE_LIMIT = 20_000
_PATIENCE_SECONDS = 60
_BACKLOG = 128


@dataclass
class Listener:
    """An open port that answers with `identity`, and serves the calls of the `trusted` thumbprints (upper case).

    Raises OSError when the port cannot be bound.
    """

    address: str
    port: int
    identity: Identity
    trusted: frozenset[str]
    log: Callable[[Level, str], None]
    services: Services = field(default_factory=Services)
    _connections: set[socket.socket] = field(default_factory=set)
    _is_closed: bool = False

    def __post_init__(self) -> None:
        self._context = _tls_context(self.identity)
        self._lock = threading.Lock()
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind((self.address, self.port))
            self._socket.listen(_BACKLOG)
            self._socket.setblocking(False)
        except OSError:
            self._socket.close()
            raise
        self.port = self._socket.getsockname()[1]
        self.log(Level.Info, "Listener started")
        shared_acceptor().add(self._socket, self._serve)

    def close(self) -> None:
        """Close the port and every connection."""
        self._is_closed = True
        shared_acceptor().remove(self._socket)
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def _serve(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.add(connection)
        peer = _name_of(connection)
        try:
            self._talk(connection, peer)
        except (EndOfStream, ProtocolError, SSL.Error, OSError) as error:
            if not self._is_closed:
                self.log(Level.Error, f"Unhandled error when handling request from client: {peer}\n{_in_net(error)}")
        finally:
            with self._lock:
                self._connections.discard(connection)
            connection.close()

    def _talk(self, connection: socket.socket, peer: str) -> None:
        self.log(Level.Info, f"Accepted TCP client: {peer}")
        _limit_patience(connection)
        tls = SSL.Connection(self._context, connection)
        tls.set_accept_state()
        tls.do_handshake()
        request = _read_until_blank_line(tls)
        if not request:
            self.log(Level.Info, "Ignoring empty request")
        elif not request.startswith(b"MX"):
            tls.sendall(FRIENDLY_PAGE)
            tls.shutdown()
        elif self._is_trusted(tls, peer):
            _exchange(Wire(lambda size: _read(tls, size), tls.sendall), self.services)

    def _is_trusted(self, tls: SSL.Connection, peer: str) -> bool:
        certificate = tls.get_peer_certificate(as_cryptography=True)
        attempt = f"A client at {peer} connected, and attempted a message exchange, but"
        if certificate is None:
            self.log(Level.Debug, f"{attempt} did not present a client certificate")
            return False
        thumbprint = thumbprint_of(certificate.public_bytes(Encoding.DER))
        if thumbprint not in self.trusted:
            self.log(
                Level.Debug,
                f"{attempt} it presented a client certificate with the thumbprint '{thumbprint}' which is not in the list of thumbprints "
                "that we trust",
            )
            return False
        self.log(Level.Info, f"Client at {peer} authenticated as {thumbprint}")
        return True


def _tls_context(identity: Identity) -> SSL.Context:
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.use_certificate(identity.certificate)
    context.use_privatekey(identity.key)
    context.set_verify(SSL.VERIFY_PEER, lambda *_: True)
    # A resumed session would come without the client's certificate.
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_options(SSL.OP_NO_TICKET)
    return context


def _in_net(error: Exception) -> str:
    """Return an error as .NET has it."""
    match error:
        case EndOfStream():
            return f"System.IO.EndOfStreamException: {error}"
        case ProtocolError():
            return f"Halibut.Transport.Protocol.ProtocolException: {error}"
    return "System.IO.IOException: Received an unexpected EOF or 0 bytes from the transport stream."


def _name_of(connection: socket.socket) -> str:
    try:
        host, port = connection.getpeername()[:2]
    except OSError:
        return "a client that has left"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _limit_patience(connection: socket.socket) -> None:
    """Let reads and writes of a blocking socket give up, so that a silent client does not hold its thread for ever."""
    connection.setblocking(True)
    limit = struct.pack("ll", _PATIENCE_SECONDS, 0)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)


def _read_until_blank_line(tls: SSL.Connection) -> bytes:
    """Read up to two line ends in a row, ignoring carriage returns, or to the end. Raises SysCallError for one without a word of leave."""
    read = b""
    while len(read) < _PREAMBLE_LIMIT and not read.endswith(b"\n\n"):
        try:
            read += tls.recv(1).replace(b"\r", b"")
        except SSL.ZeroReturnError:
            break
    return read.strip(b"\n")


def _read(tls: SSL.Connection, size: int) -> bytes:
    try:
        return tls.recv(size)
    except (SSL.ZeroReturnError, SSL.SysCallError):
        return b""


def _exchange(wire: Wire, services: Services) -> None:
    """Serve calls until the client takes its leave (tentacle.md 8.3). Raises EndOfStream for one that does not, and ProtocolError."""
    wire.expect("MX-CLIENT 1.0", "")
    wire.say("MX-SERVER 1.0", "")
    while (call := wire.message()) is not None:
        wire.send_message(services.answer(call))
        if not _goes_on(wire):
            return
        wire.say("PROCEED")


def _goes_on(wire: Wire) -> bool:
    """Hear whether another call follows. To hang up here is no error: the client has all that it asked for."""
    said = wire.line()
    if said not in ("NEXT", "END", None):
        raise ProtocolError(f"Expected NEXT or END, got: {said}")
    return said == "NEXT"
