"""The server that the lab's machines download packages from."""

from __future__ import annotations

import base64
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .msi import PACKAGES, Package

_LATEST = "/downloads/latest/WindowsX64/OctopusTentacle"
_PRIVATE = "/private"
"""Below it the same packages stand once more, for those who log in."""
LOGIN = ("deploy", "S3cr3tWord")
_LOGIN = base64.b64encode(":".join(LOGIN).encode()).decode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def _answer(self, *, body: bool) -> None:
        path = self.path.partition("?")[0]
        if path == _LATEST:
            newest = max((package for package in PACKAGES if package.needs_dotnet), key=lambda package: package.version)
            self.send_response(302)
            self.send_header("Location", f"/octopus/{newest.file_name}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if path.startswith(f"{_PRIVATE}/") and self.headers.get("Authorization") != f"Basic {_LOGIN}":
            self.send_response(401)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        package = next((package for package in PACKAGES if path.removeprefix(_PRIVATE) == f"/octopus/{package.file_name}"), None)
        data = package.to_bytes() if package else b""
        self.send_response(200 if package else 404)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("x-amz-meta-sha256", hashlib.sha256(data).hexdigest())
        self.end_headers()
        if body:
            self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


class Downloads:
    """An HTTP server on the loopback with every package under `/octopus/`."""

    def start(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self._server.serve_forever, name="downloads", daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def url_of(self, package: Package) -> str:
        return f"{self.url}/octopus/{package.file_name}"
