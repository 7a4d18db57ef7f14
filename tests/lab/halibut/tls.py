"""TLS as both sides of Halibut have it: each shows a certificate of its own making, and is known by its thumbprint (tentacle.md 8.1, 8.4).

Sockets block; who waits for one in vain for a minute gives up, and whoever shuts it down wakes who waits.
"""

from __future__ import annotations

import contextlib
import socket
import struct

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from OpenSSL import SSL

from .wire import Wire

PATIENCE_SECONDS = 60


def server_context(certificate: x509.Certificate, key: rsa.RSAPrivateKey) -> SSL.Context:
    """Return how a port presents a certificate, and takes any or none of who connects."""
    context = _context(SSL.TLS_SERVER_METHOD, certificate, key)
    # A resumed session would come without the client's certificate.
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_options(SSL.OP_NO_TICKET)
    return context


def client_context(certificate: x509.Certificate, key: rsa.RSAPrivateKey) -> SSL.Context:
    """Return how a client presents a certificate, and takes any of the port: the thumbprint is looked at afterwards."""
    return _context(SSL.TLS_CLIENT_METHOD, certificate, key)


def _context(method: int, certificate: x509.Certificate, key: rsa.RSAPrivateKey) -> SSL.Context:
    context = SSL.Context(method)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.use_certificate(certificate)
    context.use_privatekey(key)
    context.set_verify(SSL.VERIFY_PEER, lambda *_: True)
    return context


def thumbprint_of_peer(tls: SSL.Connection) -> str | None:
    """Return the thumbprint of the other side's certificate, None when it showed none."""
    certificate = tls.get_peer_certificate(as_cryptography=True)
    return None if certificate is None else thumbprint_of(certificate)


def thumbprint_of(certificate: x509.Certificate) -> str:
    """Return the SHA-1 in 40 upper-case hexadecimal digits."""
    return certificate.fingerprint(hashes.SHA1()).hex().upper()


def unexpected_certificate(where: str, expected: str, found: x509.Certificate) -> str:
    """Say that a port presented another certificate than the one with the thumbprint expected, in Halibut's words."""
    return (
        f"The server at {where} presented an unexpected security certificate. We expected the server to present a certificate with the "
        f"thumbprint '{expected}'. Instead, it presented a certificate with a thumbprint of '{thumbprint_of(found)}' and "
        f"subject '{found.subject.rfc4514_string()}'."
    )


def wire_over(tls: SSL.Connection) -> Wire:
    """Return the stream of lines and messages over a connection."""
    return Wire(lambda size: _read(tls, size), tls.sendall)


def _read(tls: SSL.Connection, size: int) -> bytes:
    try:
        return tls.recv(size)
    except (SSL.ZeroReturnError, SSL.SysCallError):
        return b""


def limit_patience(connection: socket.socket) -> None:
    """Let reads and writes of a blocking socket give up, so that a silent or vanished peer does not hold its thread for ever."""
    connection.setblocking(True)
    limit = struct.pack("ll", PATIENCE_SECONDS, 0)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)


def hang_up(connection: socket.socket) -> None:
    """End a connection that another thread may be waiting for."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
