"""An HTTP proxy on a free port of the loopback that gives a way through by CONNECT, and really forwards; or refuses."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType

from tests.lab.halibut.tunnel import Proxy, connect_request

_CHUNK = 64 * 1024
_LONGEST_HEAD = 64 * 1024
_PATIENCE_SECONDS = 10.0
_OPEN = "200 Connection established"
_LOGIN = "407 Proxy Authentication Required"
_CLOSED = "403 Forbidden"
_NOBODY = "502 Bad Gateway"


class ForwardingProxy:
    """A proxy. With `username` it asks for a login; `refuses`: it gives nobody a way through. Both may change while it runs.

    `asked` grows by every place that somebody asked for, `host:port`, and `forwarded` by those who got there.
    """

    def __init__(self, username: str | None = None, password: str | None = None, *, refuses: bool = False) -> None:
        self.username = username
        self.password = password
        self.refuses = refuses
        self.asked: list[str] = []
        self.forwarded: list[str] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, name="lab-proxy", daemon=True).start()

    def __enter__(self) -> ForwardingProxy:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def address(self) -> Proxy:
        """Where it is, with its login."""
        return Proxy("127.0.0.1", self._listening.getsockname()[1], self.username, self.password)

    def close(self) -> None:
        """Accept nobody more."""
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(client,), name="lab-proxy-connection", daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError, ValueError):
            client.settimeout(_PATIENCE_SECONDS)
            head = _head(client)
            place = head.split()[1].decode()
            self.asked.append(place)
            host, _, port = place.rpartition(":")
            refusal = self._refusal(head, host.strip("[]"), int(port))
            if refusal:
                client.sendall(f"HTTP/1.1 {refusal}\r\nContent-Length: 0\r\n\r\n".encode())
                return
            try:
                target = socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE_SECONDS)
            except OSError:
                client.sendall(f"HTTP/1.1 {_NOBODY}\r\nContent-Length: 0\r\n\r\n".encode())
                return
            with target:
                client.sendall(f"HTTP/1.1 {_OPEN}\r\n\r\n".encode())
                self.forwarded.append(place)
                _join(client, target)

    def _refusal(self, head: bytes, host: str, port: int) -> str | None:
        """Return with what status a request is refused, None where it is not."""
        if self.refuses:
            return _CLOSED
        login = connect_request(host, port, self.address).splitlines()[-2]
        return None if self.username is None or login in head.splitlines() else _LOGIN


def _head(client: socket.socket) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = client.recv(1)
        if not byte or len(head) > _LONGEST_HEAD:
            raise ValueError("no request")
        head += byte
    if not head.startswith(b"CONNECT "):
        raise ValueError("another request")
    return head


def _join(one: socket.socket, other: socket.socket) -> None:
    """Carry bytes both ways until both sides have said all."""
    for end in (one, other):
        end.settimeout(None)
    back = threading.Thread(target=_carry, args=(other, one), name="lab-proxy-back", daemon=True)
    back.start()
    _carry(one, other)
    back.join()


def _carry(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while chunk := source.recv(_CHUNK):
            sink.sendall(chunk)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
