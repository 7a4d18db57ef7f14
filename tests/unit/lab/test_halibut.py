"""The server's side of Halibut against ports that are no Tentacle; its talk with one is tested in test_tentacle_agent."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.lab.halibut import HandshakeError, exchange, thumbprint_at
from tests.lab.tentacle.certificates import Identity, generate


@pytest.fixture(scope="module")
def server() -> Identity:
    return generate()


@contextlib.contextmanager
def answering(data: bytes) -> Iterator[int]:
    """Listen on a port that reads a little, answers with `data` and hangs up."""

    def answer(listening: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection, _ = listening.accept()
            with connection:
                connection.recv(1)
                connection.sendall(data)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=answer, args=(listening,), daemon=True).start()
        yield listening.getsockname()[1]


def check(port: int, server: Identity, timeout: float = 5) -> None:
    key = server.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem = server.certificate.public_bytes(Encoding.PEM)
    exchange("127.0.0.1", port, certificate_pem=pem, private_key_pem=key, expected_thumbprint="A" * 40, timeout=timeout)


def test_a_port_that_hangs_up_may_not_trust_us(server: Identity) -> None:
    with answering(b"") as port, pytest.raises(HandshakeError, match=f"does not trust the thumbprint {server.thumbprint} or was shut down"):
        check(port, server)


def test_a_port_without_tls_is_an_error(server: Identity) -> None:
    with answering(b"HTTP/1.0 400 Bad Request\r\n\r\n") as port, pytest.raises(HandshakeError, match="An error occurred when sending"):
        check(port, server)


def test_a_silent_port_is_given_up_on(server: Identity) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(HandshakeError, match="within the timeout"):
        check(silent.getsockname()[1], server, timeout=0.2)


def test_a_closed_port_has_no_thumbprint() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(HandshakeError, match="refused the connection"):
        thumbprint_at("127.0.0.1", port)
