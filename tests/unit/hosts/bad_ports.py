"""Ports that present no certificate: each in its own way."""

from __future__ import annotations

import contextlib
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.lab.tentacle.certificates import generate

_PATIENCE_SECONDS = 15


def _mute(connection: socket.socket) -> None:
    connection.settimeout(_PATIENCE_SECONDS)
    while connection.recv(4096):
        continue


def _drips(connection: socket.socket) -> None:
    """Begin a TLS record of 16 KB, and send a byte of it now and then."""
    connection.sendall(b"\x16\x03\x03\x40\x00")
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        connection.sendall(b"\x00")
        time.sleep(0.2)


def _speaks_plainly(connection: socket.socket) -> None:
    connection.sendall(b"220 mail.example.com ESMTP\r\n")
    _mute(connection)


def _hangs_up(connection: socket.socket) -> None:
    connection.recv(4096)


def _knows_tls13_only(connection: socket.socket) -> None:
    with tempfile.TemporaryDirectory() as folder:
        identity, file = generate(), Path(folder, "identity.pem")
        key = identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(identity.certificate.public_bytes(Encoding.PEM) + key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    with context.wrap_socket(connection, server_side=True) as tls:
        tls.recv(4096)


KINDS: dict[str, Callable[[socket.socket], None]] = {
    "mute": _mute,
    "drips": _drips,
    "plain": _speaks_plainly,
    "hangs up": _hangs_up,
    "tls 1.3 only": _knows_tls13_only,
}


@contextlib.contextmanager
def bad_ports() -> Iterator[dict[str, int]]:
    """Open a port of each kind."""
    with contextlib.ExitStack() as opened:
        ports = {}
        for name, talk in KINDS.items():
            listening = opened.enter_context(socket.create_server(("127.0.0.1", 0)))
            threading.Thread(target=_serve, args=(listening, talk), daemon=True).start()
            ports[name] = listening.getsockname()[1]
        yield ports


def _serve(listening: socket.socket, talk: Callable[[socket.socket], None]) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = listening.accept()
            threading.Thread(target=_talk, args=(connection, talk), daemon=True).start()


def _talk(connection: socket.socket, talk: Callable[[socket.socket], None]) -> None:
    with contextlib.suppress(OSError), connection:
        talk(connection)
