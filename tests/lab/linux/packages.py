"""The server that the lab's Linux machines get Tentacle from: apt repositories, and the vendor's downloads (tentacle.md 7.2, 7.3)."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import shutil
import threading
from collections.abc import Callable
from functools import cache, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from .image import debian_packages
from .package_build import VERSIONS, archive_name, deb_name, packages
from .repository import GOOD, KEY_NAME, UNSIGNED, VANISHED, WRONGLY_SIGNED, repositories

__all__ = ["LOGIN", "VERSIONS", "PackageServer"]

_DOWNLOADS = "linux-tentacle"
_IDLE_SECONDS = 30
_PRIVATE = "/private"
LOGIN = ("packager", "p@ss+word")
"""Below /private, the same is for those who say this."""


def _authorization() -> str:
    return "Basic " + base64.b64encode(":".join(LOGIN).encode()).decode()


class PackageServer:
    """An HTTP server on `address` with the packages of all `VERSIONS`."""

    def __init__(self, address: str) -> None:
        self._address = address

    def start(self) -> None:
        """Build what the cache does not have, and serve it."""
        debian = debian_packages()  # first: it sees that this machine has the programs that all of this needs
        self._packages = packages()
        self._repositories = repositories(debian)
        self._server = _Server((self._address, 0), partial(_Handler, self._find))
        threading.Thread(target=self._server.serve_forever, name="packages", daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://{self._address}:{self._server.server_address[1]}"

    @property
    def repository_url(self) -> str:
        """The repository as it should be."""
        return f"{self.url}/{GOOD}/"

    @property
    def unsigned_url(self) -> str:
        """The repository without any signature."""
        return f"{self.url}/{UNSIGNED}/"

    @property
    def wrongly_signed_url(self) -> str:
        """The repository signed by another key than the one at `key_url`."""
        return f"{self.url}/{WRONGLY_SIGNED}/"

    @property
    def vanished_url(self) -> str:
        """The repository whose index names Tentacle packages that are not there."""
        return f"{self.url}/{VANISHED}/"

    @property
    def private_url(self) -> str:
        """The repository for those who log in, with the login in it."""
        login = ":".join(quote(word, safe="") for word in LOGIN)
        return f"{self.url.replace('://', f'://{login}@')}{_PRIVATE}/{GOOD}/"

    @property
    def key_url(self) -> str:
        return f"{self.url}/{KEY_NAME}"

    def deb_url(self, version: str) -> str:
        return f"{self.url}/{_DOWNLOADS}/{deb_name(version)}"

    def archive_url(self, version: str) -> str:
        return f"{self.url}/{_DOWNLOADS}/{archive_name(version)}"

    def sha256(self, url: str) -> str:
        """Return the SHA-256 of what is served at a URL of this server."""
        found = self._find(urlsplit(url).path)
        if not isinstance(found, Path):
            raise ValueError(f"{url} is no file of this server")
        return _sha256(found)

    def _find(self, path: str) -> Path | str | None:
        """Return the file of a path on this server, another path to go to, or None when there is neither."""
        if path in _latest():
            return _latest()[path]
        parts = PurePosixPath(unquote(path)).parts[1:]
        if ".." in parts:
            return None
        root = self._packages if parts[:1] == (_DOWNLOADS,) else self._repositories
        file = root.joinpath(*(parts[1:] if root == self._packages else parts))
        return file if file.is_file() else None


def _latest() -> dict[str, str]:
    """Return where the vendor's addresses for "the latest" lead."""
    newest = VERSIONS[-1]
    archive = archive_name(newest)
    runtime = archive.rpartition("linux_")[2].removesuffix(".tar.gz")
    names = {f"Linux_{runtime}TarGz": archive, "Linux_x64Apt": deb_name(newest)}
    return {f"/downloads/latest/{name}/OctopusTentacle": f"/{_DOWNLOADS}/{file}" for name, file in names.items()}


@cache
def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # apt opens several connections for each host, and twenty hosts come at once.
    request_queue_size = 128


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS

    def __init__(self, find: Callable[[str], Path | str | None], *arguments: Any) -> None:
        self._find = find
        super().__init__(*arguments)

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def _answer(self, *, body: bool) -> None:
        path = urlsplit(self.path).path
        if path.startswith(_PRIVATE) and self.headers["Authorization"] != _authorization():
            self._refuse()
            return
        found = self._find(path.removeprefix(_PRIVATE))
        if not isinstance(found, Path):
            self._answer_without_file(found)
            return
        modified = self.date_time_string(found.stat().st_mtime)
        if self.headers["If-Modified-Since"] == modified:
            self.send_response(304)
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(found.stat().st_size))
        self.send_header("Last-Modified", modified)
        self.send_header("x-amz-meta-sha256", _sha256(found))
        self.end_headers()
        if body:
            # A client that has gone is no error of the server's.
            with found.open("rb") as file, contextlib.suppress(ConnectionError):
                shutil.copyfileobj(file, self.wfile)

    def _refuse(self) -> None:
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="packages"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _answer_without_file(self, elsewhere: str | None) -> None:
        self.send_response(404 if elsewhere is None else 302)
        if elsewhere is not None:
            self.send_header("Location", elsewhere)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""
