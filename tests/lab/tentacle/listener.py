"""A Tentacle's listening port: who calls is trusted by thumbprint, and may then call its services (tentacle.md 8.1, 8.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..halibut.port import Caller, SecurePort
from ..halibut.tls import server_context
from ..halibut.wire import EndOfStream, ProtocolError, Wire
from .certificates import Identity
from .console import Level
from .page import FRIENDLY_PAGE
from .rpc import Services


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

    def __post_init__(self) -> None:
        context = server_context(self.identity.certificate, self.identity.key)
        self._port = SecurePort(self.address, self.port, context, self._talk, accepted=self._accepted, failed=self._failed)
        self.port = self._port.port
        self.log(Level.Info, "Listener started")
        self._port.start()

    def close(self) -> None:
        """Close the port and every connection."""
        self._port.close()

    def _accepted(self, peer: str) -> None:
        self.log(Level.Info, f"Accepted TCP client: {peer}")

    def _failed(self, peer: str, error: Exception) -> None:
        self.log(Level.Error, f"Unhandled error when handling request from client: {peer}\n{_in_net(error)}")

    def _talk(self, caller: Caller) -> None:
        if not caller.request:
            self.log(Level.Info, "Ignoring empty request")
        elif not caller.speaks_halibut:
            caller.show(FRIENDLY_PAGE)
        elif self._is_trusted(caller):
            _exchange(caller.wire, self.services)

    def _is_trusted(self, caller: Caller) -> bool:
        thumbprint = caller.thumbprint
        attempt = f"A client at {caller.peer} connected, and attempted a message exchange, but"
        if thumbprint is None:
            self.log(Level.Debug, f"{attempt} did not present a client certificate")
            return False
        if thumbprint not in self.trusted:
            self.log(
                Level.Debug,
                f"{attempt} it presented a client certificate with the thumbprint '{thumbprint}' which is not in the list of thumbprints "
                "that we trust",
            )
            return False
        self.log(Level.Info, f"Client at {caller.peer} authenticated as {thumbprint}")
        return True


def _in_net(error: Exception) -> str:
    """Return an error as .NET has it."""
    match error:
        case EndOfStream():
            return f"System.IO.EndOfStreamException: {error}"
        case ProtocolError():
            return f"Halibut.Transport.Protocol.ProtocolException: {error}"
    return "System.IO.IOException: Received an unexpected EOF or 0 bytes from the transport stream."


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
