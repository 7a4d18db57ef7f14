"""The server's side of a conversation, as far as discovery and a health check go (tentacle.md 8.2 and 8.3).

Blocking, and safe to call from many threads.
"""

from __future__ import annotations

import contextlib
import hashlib
import ssl
import tempfile
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from cryptography import x509

from . import tunnel
from .messages import CAPABILITIES_SERVICE, GET_CAPABILITIES, capabilities_in, request
from .tls import unexpected_certificate
from .tunnel import Proxy
from .wire import EndOfStream, ProtocolError, Wire

_HELLO = b"HELLO\n\n"
_PREAMBLE = b"MX\n\n"


class HandshakeError(Exception):
    """Why a Tentacle is not healthy, in Halibut's words."""


def exchange(
    host: str,
    port: int,
    *,
    certificate_pem: bytes,
    private_key_pem: bytes,
    expected_thumbprint: str,
    timeout: float = 10.0,
    through: Proxy | None = None,
) -> tuple[str, ...]:
    """Ask a Tentacle that is the one expected, and that trusts the certificate given, what it can do; `timeout` in seconds for it all.

    `through`: the proxy that leads there. Raises HandshakeError with the reason why it cannot be asked.
    """
    own_thumbprint = _thumbprint(ssl.PEM_cert_to_DER_cert(certificate_pem.decode()))
    reset = (
        f"The remote host at https://{host}:{port}/ reset the connection. This may mean that the expected listening service does not "
        f"trust the thumbprint {own_thumbprint} or was shut down."
    )
    deadline = time.monotonic() + timeout
    uri = f"https://{host}:{port}/"
    with _connect(host, port, _client_context(certificate_pem, private_key_pem), deadline, reset, through) as tls:
        _check_peer(host, port, tls, expected_thumbprint)
        wire = _wire(tls, deadline)
        _introduce(tls, wire, reset)
        try:
            return _ask_for_capabilities(wire, uri, expected_thumbprint)
        except (EndOfStream, ProtocolError, ConnectionError) as error:
            raise HandshakeError(f"An error occurred when sending a request to '{uri}', after the request began: {error}") from error


def _introduce(tls: ssl.SSLSocket, wire: Wire, reset: str) -> None:
    tls.sendall(_PREAMBLE)
    wire.say("MX-CLIENT 1.0", "")
    try:
        wire.expect("MX-SERVER 1.0", "")
    except (EndOfStream, ProtocolError) as error:
        raise HandshakeError(reset) from error


def _ask_for_capabilities(wire: Wire, uri: str, thumbprint: str) -> tuple[str, ...]:
    """Make the one call of a health check, and take leave: who just hangs up leaves an error in the Tentacle's log."""
    asked = request(uri, thumbprint, CAPABILITIES_SERVICE, GET_CAPABILITIES)
    wire.send_message(asked)
    answer = wire.message()
    wire.say("END")
    return capabilities_in(answer, asked)


def thumbprint_at(host: str, port: int, timeout: float = 10.0) -> str:
    """Return the thumbprint of the certificate that a port presents. Raises HandshakeError."""
    reset = f"The remote host at https://{host}:{port}/ reset the connection."
    deadline = time.monotonic() + timeout
    with _connect(host, port, _anonymous_context(), deadline, reset) as tls:
        thumbprint = _peer_thumbprint(tls)
        with contextlib.suppress(OSError):
            tls.sendall(_HELLO)
            while _receive(tls, deadline, 4096):
                """Read to the end: a Tentacle that cannot send its page out logs an error."""
        return thumbprint


@contextlib.contextmanager
def _connect(
    host: str, port: int, context: ssl.SSLContext, deadline: float, reset: str, through: Proxy | None = None
) -> Iterator[ssl.SSLSocket]:
    """Connect and negotiate TLS, and say failures there and in the body in Halibut's words. `reset` is what a hang-up means."""
    where = f"https://{host}:{port}/"
    try:
        with tunnel.connect(host, port, timeout=_left(deadline), through=through) as raw:
            raw.settimeout(_left(deadline))
            with context.wrap_socket(raw) as tls:
                yield tls
    except (tunnel.NoProxy, tunnel.TunnelRefused) as error:
        raise HandshakeError(f"An error occurred when sending a request to '{where}', before the request could begin: {error}") from error
    except ConnectionRefusedError as error:
        raise HandshakeError(
            f"The remote host at {where} refused the connection. This may mean that the expected listening service is not running."
        ) from error
    except TimeoutError as error:
        raise HandshakeError(f"The client was unable to establish the initial connection to {where} within the timeout.") from error
    except (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
        raise HandshakeError(reset) from error
    except OSError as error:
        raise HandshakeError(f"An error occurred when sending a request to '{where}': {error}") from error


def _check_peer(host: str, port: int, tls: ssl.SSLSocket, expected: str) -> None:
    found = _peer_thumbprint(tls)
    if found == expected.upper():
        return
    certificate = x509.load_der_x509_certificate(tls.getpeercert(binary_form=True) or b"")
    raise HandshakeError(unexpected_certificate(f"https://{host}:{port}/", expected, certificate))


def _wire(tls: ssl.SSLSocket, deadline: float) -> Wire:
    return Wire(lambda size: _receive(tls, deadline, size), tls.sendall)


def _receive(tls: ssl.SSLSocket, deadline: float, size: int) -> bytes:
    """Return some bytes, none at the end, with or without a word of leave. Raises TimeoutError."""
    tls.settimeout(_left(deadline))
    try:
        return tls.recv(size)
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
        return b""


def _left(deadline: float) -> float:
    """Return the seconds left; never 0, which would mean not to block at all."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _peer_thumbprint(tls: ssl.SSLSocket) -> str:
    return _thumbprint(tls.getpeercert(binary_form=True) or b"")


def _thumbprint(der: bytes) -> str:
    return hashlib.sha1(der, usedforsecurity=False).hexdigest().upper()


@lru_cache(maxsize=1)
def _anonymous_context() -> ssl.SSLContext:
    """Make a context that takes any certificate: a Tentacle is known by its thumbprint, not by an authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@lru_cache(maxsize=32)
def _client_context(certificate_pem: bytes, private_key_pem: bytes) -> ssl.SSLContext:
    """Make a context that presents a certificate; Python reads one from a file only, which is gone when this returns."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with tempfile.TemporaryDirectory() as directory:
        chain = Path(directory, "client.pem")
        chain.write_bytes(private_key_pem + b"\n" + certificate_pem)
        context.load_cert_chain(chain)
    return context
