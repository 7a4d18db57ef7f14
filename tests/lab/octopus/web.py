"""A web application served from a thread."""

from __future__ import annotations

import socket
import tempfile
import threading
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from tests.lab.octopus.certificates import Certificate

ADDRESS = "127.0.0.1"
_GRACE = 1


class WebServer:
    """Serves on a port of this machine; it is bound at once, so that the port is known before the start."""

    def __init__(self, name: str, application: Starlette, *, port: int = 0, certificate: Certificate | None = None) -> None:
        self._socket = socket.create_server((ADDRESS, port), backlog=512)
        # Inherited by connections; asyncio does not know this socket for TCP, and without it every small reply takes 40 ms.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._application = application
        self._certificate = certificate
        self._server: uvicorn.Server | None = None
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._ready = threading.Event()
        self.url = f"{'https' if certificate else 'http'}://{ADDRESS}:{self._socket.getsockname()[1]}"

    def start(self) -> None:
        """Serve; return once requests are answered. Raises RuntimeError when that does not come about."""
        with tempfile.TemporaryDirectory() as directory:
            self._server = _Server(self._configuration(Path(directory)), self._ready)
            self._thread.start()
            if not self._ready.wait(10):
                raise RuntimeError(f"{self.url} did not start")

    def ask_to_stop(self) -> None:
        """Begin to stop, so that several servers stop at the same time."""
        if self._server is not None:
            self._server.should_exit = True

    def stop(self) -> None:
        """Stop serving, and wait for it."""
        self.ask_to_stop()
        if self._server is not None:
            self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        assert self._server is not None
        self._server.run(sockets=[self._socket])

    def _configuration(self, directory: Path) -> uvicorn.Config:
        """Return how to serve; the certificate's files may go as soon as uvicorn has started."""
        configuration = uvicorn.Config(
            self._application, log_level="error", access_log=False, lifespan="off", timeout_keep_alive=60, timeout_graceful_shutdown=_GRACE
        )
        if self._certificate is not None:
            chain = directory / "web.pem"
            chain.write_bytes(self._certificate.private_key_pem + self._certificate.certificate_pem)
            configuration.ssl_certfile = configuration.ssl_keyfile = str(chain)
        return configuration


class _Server(uvicorn.Server):
    """Says when it has started."""

    def __init__(self, config: uvicorn.Config, ready: threading.Event) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready.set()
