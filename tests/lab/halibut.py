"""The server's side of Halibut, as far as a health check goes (tentacle.md 8.2 and 8.3).

Blocking, and safe to call from many threads.
"""

from __future__ import annotations

import contextlib
import hashlib
import socket
import ssl
import tempfile
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from cryptography import x509

_PREAMBLE = b"MX\r\n\r\nMX-CLIENT 1.0\r\n\r\n"
_GREETING = b"MX-SERVER 1.0\r\n\r\n"


class HandshakeError(Exception):
    """Why a Tentacle is not healthy, in Halibut's words."""


def exchange(
    host: str, port: int, *, certificate_pem: bytes, private_key_pem: bytes, expected_thumbprint: str, timeout: float = 10.0
) -> None:
    """Prove that a Tentacle listens, is the one expected, and trusts the certificate given; `timeout` in seconds for it all.

    Raises HandshakeError with the reason.
    """
    own_thumbprint = _thumbprint(ssl.PEM_cert_to_DER_cert(certificate_pem.decode()))
    reset = (
        f"The remote host at https://{host}:{port}/ reset the connection. This may mean that the expected listening service does not "
        f"trust the thumbprint {own_thumbprint} or was shut down."
    )
    deadline = time.monotonic() + timeout
    with _connect(host, port, _client_context(certificate_pem, private_key_pem), deadline, reset) as tls:
        _check_peer(host, port, tls, expected_thumbprint)
        if _greet(tls, deadline) != _GREETING:
            raise HandshakeError(reset)


def thumbprint_at(host: str, port: int, timeout: float = 10.0) -> str:
    """Return the thumbprint of the certificate that a port presents. Raises HandshakeError."""
    reset = f"The remote host at https://{host}:{port}/ reset the connection."
    with _connect(host, port, _anonymous_context(), time.monotonic() + timeout, reset) as tls:
        with contextlib.suppress(OSError):
            tls.sendall(b"HELLO\n\n")
        return _peer_thumbprint(tls)


@contextlib.contextmanager
def _connect(host: str, port: int, context: ssl.SSLContext, deadline: float, reset: str) -> Iterator[ssl.SSLSocket]:
    """Connect and negotiate TLS, and say failures there and in the body in Halibut's words. `reset` is what a hang-up means."""
    where = f"https://{host}:{port}/"
    try:
        with socket.create_connection((host, port), timeout=_left(deadline)) as raw:
            raw.settimeout(_left(deadline))
            with context.wrap_socket(raw) as tls:
                yield tls
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
    certificate = tls.getpeercert(binary_form=True) or b""
    subject = x509.load_der_x509_certificate(certificate).subject.rfc4514_string()
    raise HandshakeError(
        f"The server at https://{host}:{port}/ presented an unexpected security certificate. We expected the server to present a "
        f"certificate with the thumbprint '{expected}'. Instead, it presented a certificate with a thumbprint of '{found}' and "
        f"subject '{subject}'."
    )


def _greet(tls: ssl.SSLSocket, deadline: float) -> bytes:
    """Introduce us, and return what the Tentacle answers: nothing when it hangs up."""
    answer = b""
    tls.sendall(_PREAMBLE)
    while len(answer) < len(_GREETING):
        tls.settimeout(_left(deadline))
        received = tls.recv(len(_GREETING) - len(answer))
        if not received:
            break
        answer += received
    return answer


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
