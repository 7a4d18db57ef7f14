"""The HTTPS listener of one host: authentication by Basic or NTLM, then WS-Man."""

from __future__ import annotations

import atexit
import base64
import binascii
import contextlib
import os
import secrets
import socket
import ssl
import tempfile
import threading
from collections.abc import Iterable
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import spnego

from .host import ConnectionBroken, WindowsHost
from .wsman import Endpoint

PORT = 5986


class Listener:
    """Serves one host until it is stopped."""

    def __init__(self, host: WindowsHost, endpoint: Endpoint, context: ssl.SSLContext, *, ntlm: bool) -> None:
        self._server = _Server(host, endpoint, context, ntlm=ntlm)

    def start(self) -> None:
        threading.Thread(target=self._server.serve_until_closed, name=f"winrm-{self._server.host.name}", daemon=True).start()

    def stop(self) -> None:
        self._server.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, host: WindowsHost, endpoint: Endpoint, context: ssl.SSLContext, *, ntlm: bool) -> None:
        self.host = host
        self.endpoint = endpoint
        self.context = context
        self.ntlm = ntlm
        self.closed = threading.Event()
        self.open = threading.Event()
        super().__init__((host.address, PORT), _Handler)
        self.open.set()
        host.when_reachable = self.reach

    def serve_until_closed(self) -> None:
        """Wait for clients in `accept` itself: the base class's loop wakes up again and again, and there are many hosts."""
        while self.open.wait() and not self.closed.is_set():
            with contextlib.suppress(OSError):
                self.process_request(*self.get_request())

    def reach(self, reachable: bool) -> None:
        """Close the port, or open it again."""
        if reachable:
            self.socket = socket.create_server((self.host.address, PORT), backlog=self.request_queue_size)
            self.open.set()
        else:
            self.open.clear()
            self._close_port()

    def close(self) -> None:
        self.closed.set()
        self._close_port()
        self.open.set()

    def _close_port(self) -> None:
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in `accept`
        self.socket.close()

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.host.broken:
            connection.close()
            raise OSError("the network to the host is broken")
        return self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that went away."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        self.acceptor: Any = None
        self.authenticated = False
        self.request.settimeout(120)
        self.request.do_handshake()
        super().setup()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.rstrip("/") != "/wsman":
            self._reply(404, b"")
        elif self._authenticate():
            self._serve(body)

    def _serve(self, body: bytes) -> None:
        try:
            if self.server.host.broken:
                raise ConnectionBroken
            if self.server.host.faults.pop("drop_connection", None):
                raise ConnectionBroken
            status, answer = self.server.endpoint.answer(body)
        except ConnectionBroken:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._reply(status, answer)

    def _authenticate(self) -> bool:
        if self.authenticated:
            return True
        scheme, _, given = (self.headers.get("Authorization") or "").partition(" ")
        try:
            token = base64.b64decode(given, validate=True)
        except binascii.Error:
            token = b""
        if scheme == "Basic" and not self.server.ntlm:
            user, _, password = token.decode("utf-8", "replace").partition(":")
            # Basic belongs to the request, not to the connection.
            if user == self.server.host.username and secrets.compare_digest(password, self.server.host.password):
                return True
        elif scheme in ("NTLM", "Negotiate") and self.server.ntlm and token:
            return self._negotiate(scheme, token)
        self._reply(401, b"", challenge="NTLM" if self.server.ntlm else 'Basic realm="WSMAN"')
        return False

    def _negotiate(self, scheme: str, token: bytes) -> bool:
        if self.acceptor is None:
            self.acceptor = spnego.server(protocol="ntlm" if scheme == "NTLM" else "negotiate")
        try:
            answer = self.acceptor.step(token)
        except spnego.exceptions.SpnegoError:
            self.acceptor = None
            self._reply(401, b"", challenge=scheme)
            return False
        if self.acceptor.complete:
            self.authenticated = True
            return True
        self._reply(401, b"", challenge=f"{scheme} {base64.b64encode(answer or b'').decode()}")
        return False

    def _reply(self, status: int, body: bytes, *, challenge: str | None = None) -> None:
        self.send_response_only(status)
        self.send_header("Server", "Microsoft-HTTPAPI/2.0")
        if challenge:
            self.send_header("WWW-Authenticate", challenge)
        self.send_header("Content-Type", "application/soap+xml;charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


def know_ntlm_users(hosts: Iterable[WindowsHost]) -> None:
    """Tell the NTLM acceptor users and passwords, in the file that it reads them from: one for this process, for all its labs."""
    with _ntlm_users().open("a") as file:
        file.writelines(sorted({f":{host.username}:{host.password}\n" for host in hosts}))


@cache
def _ntlm_users() -> Path:
    handle, name = tempfile.mkstemp(prefix="ntlm-users-")
    os.close(handle)
    os.environ["NTLM_USER_FILE"] = name
    atexit.register(Path(name).unlink, missing_ok=True)
    return Path(name)
