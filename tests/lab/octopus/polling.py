"""The ports that polling Tentacles connect to, and the requests that wait there for them (tentacle.md 8.4).

Each node of the server has a port, and its own view: which Tentacles are connected to it, and what waits for them. The records, and so
whom the server trusts, are common.
"""

from __future__ import annotations

import itertools
import selectors
import socket
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from OpenSSL import SSL

from tests.lab.halibut import HandshakeError
from tests.lab.halibut.port import Caller, SecurePort
from tests.lab.halibut.tls import server_context
from tests.lab.halibut.wire import EndOfStream, Message, ProtocolError, Wire
from tests.lab.octopus import texts
from tests.lab.octopus.certificates import Certificate, octopus_certificate

IDLE_SECONDS = 30.0
"""How often a Tentacle that is not asked anything hears from the server."""

_BODY = "<!doctype html>\n<html><head><title>Octopus Server</title></head><body><h1>Octopus Server</h1></body></html>\n"
PAGE = f"HTTP/1.0 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(_BODY)}\r\n\r\n{_BODY}".encode()
"""What everything but Halibut gets, `POST /handshake` too (tentacle.md 4.2, 8.1); the real one's text is not known."""


@dataclass(frozen=True)
class Connection:
    """A Tentacle that is connected."""

    node: int
    subscription: str
    thumbprint: str


@dataclass
class _Request:
    """A request on its way to a Tentacle and back; `collected` says whether one has taken it."""

    message: Message
    until: float
    collected: bool = False
    answer: Message | None = None
    answered: threading.Event = field(default_factory=threading.Event)

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self.until

    def take(self, answer: Message | None) -> None:
        self.answer = answer
        self.answered.set()


class _Waiting:
    """What waits for the Tentacle of one subscription, and the bells of those who would take it."""

    def __init__(self) -> None:
        self._requests: deque[_Request] = deque()
        self._bells: set[socket.socket] = set()
        self._lock = threading.Lock()

    def put(self, request: _Request) -> None:
        """Add a request."""
        with self._lock:
            self._requests.append(request)
        self.ring()

    def ring(self) -> None:
        """Wake all who wait to take something."""
        with self._lock:
            for bell in self._bells:
                bell.send(b"!")

    def take(self, tls: SSL.Connection) -> _Request | None:
        """Return the next request that anyone still waits for; None when the bell rang for nothing, or not at all for long.

        Raises EndOfStream when the Tentacle at the other end of a connection has gone: it says nothing unasked.
        """
        with self._bell() as bell, selectors.DefaultSelector() as selector:
            selector.register(bell, selectors.EVENT_READ)
            selector.register(tls, selectors.EVENT_READ)
            if request := self._next():
                return request
            if any(key.fileobj is tls for key, _ in selector.select(IDLE_SECONDS)):
                raise EndOfStream
            return self._next()

    @contextmanager
    def _bell(self) -> Iterator[socket.socket]:
        ringing, bell = socket.socketpair()
        with ringing, bell:
            with self._lock:
                self._bells.add(ringing)
            try:
                yield bell
            finally:
                with self._lock:
                    self._bells.discard(ringing)

    def _next(self) -> _Request | None:
        with self._lock:
            while self._requests:
                request = self._requests.popleft()
                if not request.is_over:
                    return request
        return None


class Node:
    """One node of the server, counted from 1. `trusts` tells whether a record has a thumbprint."""

    def __init__(self, number: int, certificate: Certificate, trusts: Callable[[str], bool]) -> None:
        self.number = number
        self.name = "lab" if number == 1 else f"lab{number}"
        self.id = f"OctopusServerNodes-{self.name}"
        self._certificate = certificate
        self._trusts = trusts
        self._places: dict[str, int] = {}
        self._ports: list[SecurePort] = []
        self._is_started = False
        self._suffers = False
        self._waiting: defaultdict[str, _Waiting] = defaultdict(_Waiting)
        self._connections: dict[int, Connection] = {}
        self._numbers = itertools.count()

    def listen(self, address: str) -> None:
        """Take a port at an address, besides those that the node has."""
        port = self._bind(address, 0, self._certificate)
        self._places[address] = port.port
        if self._is_started:
            port.start()

    def url(self, address: str) -> str:
        """Return the address that Tentacles poll, for those that reach the node at `address`. Raises KeyError for another."""
        return f"https://{address}:{self._places[address]}"

    def start(self) -> None:
        """Answer who connects."""
        self._is_started = True
        for port in self._ports:
            port.start()

    @property
    def is_open(self) -> bool:
        return bool(self._ports)

    @property
    def connections(self) -> list[Connection]:
        return list(self._connections.values())

    def close(self) -> None:
        """Close the node's ports, and all connections."""
        while self._ports:
            self._ports.pop().close()

    def look_again(self) -> None:
        """Let each connection look at once whether it is still trusted."""
        for connection in self.connections:
            self._waiting[_key(connection.subscription)].ring()

    def suffer(self, certificate: Certificate | None) -> None:
        """Present another certificate from now on, or none at all: the ports are closed. Connections end."""
        self._suffers = True
        self.close()
        if certificate is not None:
            self._open(certificate)

    def mend(self) -> None:
        """Open the ports as they should be, unless they are."""
        if self._suffers:
            self._suffers = False
            self.close()
            self._open(self._certificate)

    def _open(self, certificate: Certificate) -> None:
        for address, port in self._places.items():
            self._bind(address, port, certificate)
        if self._is_started:
            self.start()

    def ask(self, uri: str, message: Message, seconds: float) -> Message | None:
        """Let a Tentacle collect a request, and return its answer; `uri` names its subscription. Raises HandshakeError when it does not."""
        request = _Request(message, time.monotonic() + seconds)
        self._waiting[_key(uri)].put(request)
        if not request.answered.wait(seconds):
            text = texts.NOT_ANSWERED if request.collected else texts.NOT_COLLECTED
            raise HandshakeError(text.format(time=_time_span(seconds)))
        return request.answer

    def _bind(self, address: str, port: int, certificate: Certificate) -> SecurePort:
        key = load_pem_private_key(certificate.private_key_pem, None)
        assert isinstance(key, rsa.RSAPrivateKey)
        context = server_context(x509.load_pem_x509_certificate(certificate.certificate_pem), key)
        opened = SecurePort(address, port, context, self._serve)
        self._ports.append(opened)
        return opened

    def _serve(self, caller: Caller) -> None:
        """Talk with who has connected; a stranger is hung up on without a word."""
        thumbprint = caller.thumbprint
        if not caller.speaks_halibut:
            if caller.request:
                caller.show(PAGE)
        elif thumbprint is not None and self._trusts(thumbprint):
            wire = caller.wire
            subscription = _subscription_said(wire)
            wire.say("MX-SERVER 1.0", "")
            with self._connected(Connection(self.number, subscription, thumbprint)):
                self._hand_out(caller.tls, wire, subscription, thumbprint)

    @contextmanager
    def _connected(self, connection: Connection) -> Iterator[None]:
        number = next(self._numbers)
        self._connections[number] = connection
        try:
            yield
        finally:
            del self._connections[number]

    def _hand_out(self, tls: SSL.Connection, wire: Wire, subscription: str, thumbprint: str) -> None:
        """Hand out what waits, for as long as the Tentacle is trusted. What a connection breaks over waits for the next one."""
        waiting = self._waiting[_key(subscription)]
        while True:
            request = waiting.take(tls)
            settled = False
            try:
                if not self._trusts(thumbprint):
                    return
                wire.send_message(request.message if request else None)
                if request is not None:
                    request.collected = True
                    request.take(wire.message())
                settled = True
            finally:
                if request is not None and not settled:
                    waiting.put(request)
            wire.expect("NEXT")
            wire.say("PROCEED")


class Polling:
    """The nodes of a server."""

    def __init__(self, certificate: Certificate, trusts: Callable[[str], bool]) -> None:
        self._certificate = certificate
        self._trusts = trusts
        self.nodes: list[Node] = []

    def add_nodes(self, count: int) -> None:
        """Add nodes, without a port as yet."""
        self.nodes += [Node(len(self.nodes) + number, self._certificate, self._trusts) for number in range(1, count + 1)]

    def ask(self, uri: str, message: Message, seconds: float) -> Message | None:
        """Ask a Tentacle through each node that is up, and return its last answer. Raises HandshakeError when one does not get any.

        A real server asks from the node that runs the task, which may be any: a Tentacle that does not poll them all is not well.
        """
        answer = None
        for node in [node for node in self.nodes if node.is_open] or self.nodes:
            answer = node.ask(uri, message, seconds)
        return answer

    def suffer(self, name: str, node: int = 1) -> None:
        """Carry out a fault of a node: `polling_down` closes its ports, `polling_certificate` lets them present that of another server.

        Raises ValueError for no node.
        """
        found = next((known for known in self.nodes if known.number == node), None)
        if found is None:
            raise ValueError(f"There is no node {node!r}; there are {len(self.nodes)}.")
        found.suffer(octopus_certificate() if name == "polling_certificate" else None)

    def look_again(self) -> None:
        """Hang up on Tentacles that no record has any more."""
        for node in self.nodes:
            node.look_again()

    def mend(self) -> None:
        """Open all ports as they should be."""
        for node in self.nodes:
            node.mend()


def _subscription_said(wire: Wire) -> str:
    """Hear which subscription a Tentacle is, and return it as it said. Raises EndOfStream and ProtocolError."""
    said = wire.line() or ""
    wire.expect("")
    greeting, _, subscription = said.rpartition(" ")
    if greeting != "MX-SUBSCRIBER 1.0" or not subscription:
        raise ProtocolError(f"Expected a subscriber, got {said!r}.")
    return subscription


def _key(uri: str) -> str:
    """Return what is the same for all ways to write a subscription: case and a slash at the end do not matter."""
    return uri.lower().rstrip("/")


def _time_span(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds))).zfill(8)
