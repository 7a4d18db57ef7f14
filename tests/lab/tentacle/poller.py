"""One connection of a Tentacle to a server that it polls, kept up for as long as the agent runs (tentacle.md 8.4)."""

from __future__ import annotations

import errno
import os
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from OpenSSL import SSL

from ..halibut import tunnel
from ..halibut.tls import client_context, hang_up, limit_patience, thumbprint_of, unexpected_certificate, wire_over
from ..halibut.tunnel import NoProxy, Proxy, TunnelRefused
from ..halibut.wire import EndOfStream, ProtocolError, Wire
from ..machine import Patience
from .back_off import BackOff
from .certificates import Identity
from .console import Level
from .rpc import Services
from .trust import TrustedServer

_PREAMBLE = b"MX\n\n"
_CONNECT_SECONDS = 60
_EARLY, _LATE = "before the request could begin", "after the request began"
_STACK_ENDS = "--- End of stack trace from previous location ---"


@dataclass(frozen=True)
class PolledServer:
    """Whom to poll: the exact thumbprint of its certificate, and under which name its requests for this Tentacle wait."""

    host: str
    port: int
    thumbprint: str
    subscription_id: str

    @classmethod
    def of(cls, server: TrustedServer) -> PolledServer:
        parts = urlsplit(server.address or "")
        return cls(parts.hostname or "", parts.port or 443, server.thumbprint, server.subscription_id or "")

    @property
    def uri(self) -> str:
        """The address as Halibut shows it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"https://{host}/" if self.port == 443 else f"https://{host}:{self.port}/"


class PollFailure(Exception):
    """A connection that did not come about, or has ended: `begun` says when, `str()` why, in Halibut's words.

    `first` is what the transport says by itself, and `trace` what .NET shows of the exception below its own.
    """

    def __init__(self, why: str, begun: str, *, first: str = "", trace: str = "") -> None:
        super().__init__(why)
        self.begun = begun
        self.first = first
        self.trace = trace


class Poller:
    """Polls until it is closed. `log` logs as the transport to the server does."""

    def __init__(
        self,
        server: PolledServer,
        identity: Identity,
        services: Services,
        log: Callable[[Level, str], None],
        patience: Patience,
        *,
        proxy: Proxy | None = None,
    ) -> None:
        self.server = server
        self._context = client_context(identity.certificate, identity.key)
        self._services = services
        self._log = log
        self._proxy = proxy
        self._back_off = BackOff(patience)
        self._closed = threading.Event()
        self._connection: socket.socket | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        threading.Thread(target=self._run, name="tentacle-poller", daemon=True).start()

    def close(self) -> None:
        """Hang up, and poll no more."""
        self._closed.set()
        with self._lock:
            if self._connection is not None:
                hang_up(self._connection)

    def _run(self) -> None:
        while not self._closed.is_set():
            self._back_off.tries()
            try:
                self._poll()
            except PollFailure as failure:
                seconds = self._back_off.seconds()
                if not self._closed.is_set():
                    self._tell(failure, seconds)
                self._closed.wait(seconds)

    def _poll(self) -> None:
        """Connect, and serve the server's requests until the connection ends. Raises PollFailure."""
        connection = self._connect()
        try:
            with self._lock:
                self._connection = connection
            if not self._closed.is_set():
                self._serve(connection)
        finally:
            with self._lock:
                self._connection = None
            connection.close()

    def _connect(self) -> socket.socket:
        """Connect to the server, or to the proxy that leads there. Raises PollFailure."""
        try:
            connection = tunnel.connect(self.server.host, self.server.port, timeout=_CONNECT_SECONDS, through=self._proxy)
        except (NoProxy, TunnelRefused) as error:
            raise PollFailure(str(error), _EARLY) from error
        except (OSError, UnicodeError) as error:
            raise _not_connected(error, self.server.uri) from error
        limit_patience(connection)
        return connection

    def _serve(self, connection: socket.socket) -> None:
        begun = _EARLY
        try:
            wire = self._introduce(connection)
            begun = _LATE
            self._answer_requests(wire)
        except (EndOfStream, ProtocolError) as error:
            raise PollFailure(str(error), begun) from error
        except (SSL.Error, OSError) as error:
            raise PollFailure(str(EndOfStream()), begun) from error

    def _introduce(self, connection: socket.socket) -> Wire:
        """Agree on TLS, look who it is, and say who polls. Raises PollFailure, EndOfStream, ProtocolError, SSL.Error and OSError."""
        tls = SSL.Connection(self._context, connection)
        tls.set_connect_state()
        tls.do_handshake()
        certificate = tls.get_peer_certificate(as_cryptography=True)
        if certificate is not None and thumbprint_of(certificate) != self.server.thumbprint:
            why = unexpected_certificate(self.server.uri, self.server.thumbprint, certificate)
            raise PollFailure(why, _EARLY, first=why)
        self._back_off.reached()
        tls.sendall(_PREAMBLE)
        wire = wire_over(tls)
        wire.say(f"MX-SUBSCRIBER 1.0 {self.server.subscription_id}", "")
        wire.expect("MX-SERVER 1.0", "")
        return wire

    def _answer_requests(self, wire: Wire) -> None:
        """Answer what the server asks, if it asks anything: a null message only says that it is still there."""
        while True:
            request = wire.message()
            if request is not None:
                wire.send_message(self._services.answer(request))
            wire.say("NEXT")
            wire.expect("PROCEED")

    def _tell(self, failure: PollFailure, seconds: float) -> None:
        if failure.first:
            self._log(Level.Error, failure.first)
        text = f"An error occurred when sending a request to '{self.server.uri}', {failure.begun}: {failure}"
        retrying = f"Halibut client exception: {text.rstrip('.')}. Retrying in {seconds:.1f} seconds"
        self._log(Level.Error, f"{retrying}\nHalibut.HalibutClientException: {text}{failure.trace}")


def _not_connected(error: OSError | UnicodeError, uri: str) -> PollFailure:
    """Say why no connection came about (recorded: a closed port, and a name that no resolver knows)."""
    if isinstance(error, TimeoutError):
        first = f"The client was unable to establish the initial connection to {uri} within the timeout."
        return PollFailure("Connection timed out", _LATE, first=first)
    number, text = getattr(error, "errno", None) or 0, getattr(error, "strerror", None) or str(error)
    if isinstance(error, socket.gaierror) and number == socket.EAI_AGAIN:
        number, text = errno.EAGAIN, os.strerror(errno.EAGAIN)
    exception = f"System.Net.Sockets.SocketException ({number}): {text}"
    first = f"Socket communication error while connecting to {uri}\n{exception}\n{_STACK_ENDS}"
    if isinstance(error, ConnectionRefusedError):
        first = f"The remote host at {uri} refused the connection. This may mean that the expected listening service is not running."
    return PollFailure(text, _LATE, first=first, trace=f"\n ---> {exception}\n{_STACK_ENDS}\n   --- End of inner exception stack trace ---")
