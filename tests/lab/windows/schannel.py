"""How a Windows host sees a port: TLS 1.2, asked as batch.ps1 of the collection asks, told in the words of .NET Framework."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import ssl
import time
from functools import cache

_ANSWER_SECONDS = 5
_FAREWELL_SECONDS = 2
_CLOSED = "Authentication failed because the remote party has closed the transport stream."
_NO_TLS = "The handshake failed due to an unexpected packet format."
_ALGORITHMS = "The client and server cannot communicate, because they do not possess a common algorithm"


class NoCertificate(Exception):
    """Why a port presents none."""


def thumbprint_by_schannel(address: str, port: int) -> str:
    """Return the thumbprint that a port presents. Raises NoCertificate, after five seconds at the latest."""
    until = time.monotonic() + _ANSWER_SECONDS
    where = f"{address}:{port}"
    try:
        raw = socket.create_connection((address, port), timeout=_ANSWER_SECONDS)
    except TimeoutError as error:
        raise NoCertificate(f"nothing answers on {where}") from error
    except OSError as error:
        raise NoCertificate(f"No connection could be made because the target machine actively refused it {where}") from error
    with raw:
        certificate = _presented(raw, where, until)
    return hashlib.sha1(certificate, usedforsecurity=False).hexdigest().upper()


def _presented(raw: socket.socket, where: str, until: float) -> bytes:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = _context().wrap_bio(incoming, outgoing)
    try:
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                _exchange(raw, incoming, outgoing, until)
    except TimeoutError as error:
        raise NoCertificate(f"{where} ended no TLS handshake within {_ANSWER_SECONDS} seconds") from error
    except ssl.SSLError as error:
        agreed = _CLOSED if isinstance(error, ssl.SSLEOFError) else _ALGORITHMS if "ALERT" in str(error.reason) else _NO_TLS
        raise NoCertificate(f"{where} and this machine agreed on no TLS: {agreed}") from error
    except OSError as error:
        raise NoCertificate(f"{where} and this machine agreed on no TLS: {_CLOSED}") from error
    tls.write(b"HELLO\n\n")
    with contextlib.suppress(OSError):
        _read_to_the_end(raw, tls, incoming, outgoing)
    return tls.getpeercert(binary_form=True) or b""


def _read_to_the_end(raw: socket.socket, tls: ssl.SSLObject, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO) -> None:
    until = time.monotonic() + _FAREWELL_SECONDS
    while True:
        try:
            if not tls.read(4096):
                return
        except ssl.SSLWantReadError:
            _exchange(raw, incoming, outgoing, until)


def _exchange(raw: socket.socket, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, until: float) -> None:
    """Send what is to be sent, and wait for something to come. Raises TimeoutError."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    raw.settimeout(left)
    raw.sendall(outgoing.read())
    received = raw.recv(16384)
    if received:
        incoming.write(received)
    else:
        incoming.write_eof()


@cache
def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context
