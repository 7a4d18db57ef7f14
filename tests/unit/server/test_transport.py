"""HTTP for real, on 127.0.0.1."""

from __future__ import annotations

import gzip
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core import errors
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.connection import Connection
from ansible_collections.octoboot.octopus.plugins.plugin_utils._server.transport import RequestsTransport

from tests.unit.server.fake_port import KEY

Behaviour = Callable[["Handler"], None]


class Server(ThreadingHTTPServer):
    """Behaves request by request as it is told, and remembers what came."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.plan: list[Behaviour] = []
        self.seen: list[tuple[str, dict[str, str]]] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that went away."""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        assert isinstance(self.server, Server)
        self.server.seen.append((f"{self.command} {self.path}", dict(self.headers)))
        self.server.plan.pop(0)(self)

    do_GET = do_POST = do_PUT = do_DELETE = _serve

    def reply(self, status: int, body: bytes = b"{}", **headers: str) -> None:
        """Send a whole reply."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def reset(self) -> None:
        """Break the connection."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


def replies(status: int, body: bytes = b"{}", **headers: str) -> Behaviour:
    """Reply so."""
    return lambda handler: handler.reply(status, body, **headers)


def resets(handler: Handler) -> None:
    """Break the connection after the request was read."""
    handler.reset()


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that is ready."""
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def pauses() -> list[float]:
    """What the transport would have slept."""
    return []


def transport(url: str, pauses: list[float], **settings: Any) -> RequestsTransport:
    """Return a transport that does not sleep."""
    return RequestsTransport(Connection.normalise(url, KEY, **settings), sleep=pauses.append)


def test_what_a_request_carries(server: Server, pauses: list[float], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    server.plan = [replies(200, gzip.compress(b'{"a": 1}'), Content_Encoding="gzip"), replies(200)]
    response = transport(server.url, pauses).request("GET", "/api/x", params={"ids": "a,b"})
    assert (response.status, response.body) == (200, b'{"a": 1}')
    RequestsTransport(Connection.normalise(server.url, None, "token")).request("POST", "/api/x", json={"b": 2})
    (asked, by_key), (_posted, by_token) = server.seen
    assert asked == "GET /api/x?ids=a%2Cb"
    assert by_key["X-Octopus-ApiKey"] == KEY
    assert by_key["User-Agent"].startswith("octoboot.octopus/")
    assert by_key["Accept-Encoding"] == "gzip"
    assert "Authorization" not in by_key
    assert by_token["Authorization"] == "Bearer token"
    assert by_token["Content-Type"] == "application/json"


def test_a_rate_limit_is_waited_out(server: Server, pauses: list[float]) -> None:
    server.plan = [replies(429, Retry_After="7"), replies(429, Retry_After="9000"), replies(201)]
    assert transport(server.url, pauses).request("POST", "/api/x", json={}).status == 201
    assert pauses == [7.0, 60.0]


def test_a_lost_reply_to_a_get_is_asked_for_again(server: Server, pauses: list[float]) -> None:
    server.plan = [resets, replies(503), replies(200)]
    assert transport(server.url, pauses).request("GET", "/api/x").status == 200
    assert len(pauses) == 2


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_lost_reply_to_a_write_is_told_and_never_repeated(server: Server, pauses: list[float], method: Any) -> None:
    server.plan = [resets]
    with pytest.raises(errors.ReplyLost, match=f"{method} /api/x.*may have been carried out"):
        transport(server.url, pauses).request(method, "/api/x", json={})
    assert len(server.seen) == 1
    assert pauses == []


def test_a_reply_cut_in_half_is_a_lost_reply(server: Server, pauses: list[float]) -> None:
    def half(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{")
        handler.wfile.flush()
        handler.close_connection = True

    server.plan = [half]
    with pytest.raises(errors.ReplyLost):
        transport(server.url, pauses).request("POST", "/api/x", json={})


def test_a_slow_reply_to_a_write_is_a_lost_reply(server: Server, pauses: list[float]) -> None:
    release = threading.Event()

    def waits(handler: Handler) -> None:
        release.wait(10)
        handler.reset()

    server.plan = [waits]
    try:
        with pytest.raises(errors.ReplyLost, match=r"within 0\.2 s"):
            transport(server.url, pauses, timeout=0.2).request("POST", "/api/x", json={})
    finally:
        release.set()


def test_redirects_stay_at_home(server: Server, pauses: list[float]) -> None:
    server.plan = [replies(302, Location="/api/"), replies(200, b'{"home": 1}')]
    assert transport(server.url, pauses).request("GET", "/api").body == b'{"home": 1}'
    server.plan = [replies(302, Location="/api/x")] * 3
    with pytest.raises(errors.RedirectRefused, match="again and again"):
        transport(server.url, pauses).request("GET", "/api/x")
    server.plan = [replies(307, Location="/api/y")]
    with pytest.raises(errors.RedirectRefused):
        transport(server.url, pauses).request("POST", "/api/x", json={})
    assert len(server.seen) == 6


def test_the_key_never_goes_to_another_origin(server: Server, pauses: list[float]) -> None:
    with Server() as other:
        server.plan = [replies(302, Location=f"{other.url}/api?token=hidden")]
        with pytest.raises(errors.RedirectRefused, match="octopus_url") as caught:
            transport(server.url, pauses).request("GET", "/api")
        assert other.url in str(caught.value)
        assert "hidden" not in str(caught.value)
        assert other.seen == []


def closed_port() -> int:
    """Return a port where nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_dead_server_is_tried_three_times(pauses: list[float], method: Any) -> None:
    with pytest.raises(errors.Unreachable, match="refused") as caught:
        transport(f"http://127.0.0.1:{closed_port()}", pauses).request(method, "/api")
    assert type(caught.value) is errors.Unreachable
    assert caught.value.cause == "refused"
    assert pauses == [0.5, 1.0]


def test_a_name_that_does_not_resolve(pauses: list[float]) -> None:
    with pytest.raises(errors.Unreachable, match=r"'nowhere\.invalid'") as caught:
        transport("https://nowhere.invalid", pauses).request("GET", "/api")
    assert caught.value.cause == "dns"


def test_plain_http_where_tls_was_expected(server: Server, pauses: list[float]) -> None:
    with pytest.raises(errors.TlsFailed, match="right port"):
        transport(server.url.replace("http:", "https:"), pauses).request("POST", "/api", json={})


def test_something_that_is_not_http(pauses: list[float]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def speak() -> None:
            connection = listener.accept()[0]
            connection.recv(4096)
            connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n")
            connection.close()

        thread = threading.Thread(target=speak)
        thread.start()
        with pytest.raises(errors.NotOctopus, match="does not speak HTTP"):
            transport(f"http://127.0.0.1:{listener.getsockname()[1]}", pauses).request("GET", "/api")
        thread.join()


def test_a_missing_ca_file_is_told_before_anything_is_sent(pauses: list[float]) -> None:
    with pytest.raises(errors.InvalidConnection, match=r"^names /nowhere/ca\.pem") as caught:
        transport("https://octopus.example.com", pauses, ca_path="/nowhere/ca.pem")
    assert caught.value.option == "ca_path"


def drips(byte: bytes, head: bytes) -> Behaviour:
    """Send the head of a reply, and then a byte now and then, each in time."""

    def drip(handler: Handler) -> None:
        handler.close_connection = True
        try:
            handler.wfile.write(head)
            for _count in range(40):
                handler.wfile.write(byte)
                handler.wfile.flush()
                time.sleep(0.1)
        except OSError:
            pass

    return drip


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n",
        b"HTTP/1.1 200 OK\r\nX-Header: ",
        b"HTTP/1.1 200 O",
    ],
)
@pytest.mark.parametrize(("method", "error"), [("GET", errors.Unreachable), ("POST", errors.ReplyLost)])
def test_a_reply_that_drips_is_ended_in_time(server: Server, pauses: list[float], method: Any, error: type[Exception], head: bytes) -> None:
    server.plan = [drips(b" ", head), replies(200, b'{"a": 1}')]
    port = transport(server.url, pauses, timeout=0.5)
    began = time.monotonic()
    with pytest.raises(error, match=rf"no reply to {method} /api/x: none came within 0\.5 s"):
        port.request(method, "/api/x", json={})
    assert time.monotonic() - began < 2
    assert pauses == []
    assert port.request("GET", "/api/y").body == b'{"a": 1}'


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_body_without_end_is_not_read(server: Server, pauses: list[float], monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    monkeypatch.setattr("ansible_collections.octoboot.octopus.plugins.plugin_utils._server.transport._LARGEST_BODY", 1 << 20)
    body = b" " * (2 << 20)
    server.plan = [replies(200, gzip.compress(body) if encoding == "gzip" else body, Content_Encoding=encoding)]
    with pytest.raises(errors.NotOctopus, match="GET /api/x with more than 1 MiB"):
        transport(server.url, pauses).request("GET", "/api/x")


def test_a_body_that_is_no_gzip_is_a_lost_reply(server: Server, pauses: list[float]) -> None:
    server.plan = [replies(200, b"{}", Content_Encoding="gzip")]
    with pytest.raises(errors.ReplyLost):
        transport(server.url, pauses).request("POST", "/api/x", json={})


def test_a_missing_bundle_of_the_environment_is_named(pauses: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/bundle.pem")
    with pytest.raises(errors.InvalidConnection, match=r"^REQUESTS_CA_BUNDLE names a file .* does not exist"):
        transport(f"https://127.0.0.1:{closed_port()}", pauses).request("GET", "/api")
    assert pauses == []


def test_missing_support_for_socks_is_named(pauses: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "socks", None)
    monkeypatch.setenv("HTTPS_PROXY", "socks5://127.0.0.1:1")
    with pytest.raises(errors.InvalidConnection, match=r"pip install requests\[socks\]"):
        transport("https://octopus.example.com", pauses).request("POST", "/api", json={})


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_what_goes_to_this_machine_goes_past_all_proxies(
    server: Server, pauses: list[float], monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    with Server() as proxy:
        threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        monkeypatch.setenv(variable, proxy.url)
        server.plan, proxy.plan = [replies(200), replies(200)], [replies(200)]
        for host in ("127.0.0.1", "localhost"):
            assert transport(f"http://{host}:{server.server_address[1]}", pauses).request("GET", "/api/x").status == 200
        assert ([asked for asked, _ in server.seen], proxy.seen) == (["GET /api/x", "GET /api/x"], [])
        # Consent was given for another machine's: there the environment decides.
        assert transport("http://octopus.example.com", pauses, allow_http=True).request("GET", "/api/x").status == 200
        assert [asked for asked, _ in proxy.seen] == ["GET http://octopus.example.com/api/x"]
        proxy.shutdown()


@pytest.mark.parametrize(
    ("host", "local"), [("127.9.9.9", True), ("[::1]", True), ("LOCALHOST", True), ("localhost.example.com", False), ("10.0.0.1", False)]
)
def test_this_machine_is_known_by_its_address(host: str, local: bool) -> None:
    assert Connection.normalise(f"https://{host}:8443", KEY).is_local is local
    if not local:
        with pytest.raises(errors.InvalidConnection, match="octopus_allow_http"):
            Connection.normalise(f"http://{host}", KEY)


@pytest.mark.parametrize("proxy", ["http://", "http://a:b:c", "ftp://x:1", "::::", "http://[::1", "http://pro xy:1", "http://x:99999"])
def test_a_proxy_that_is_none_is_named(pauses: list[float], monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(errors.InvalidConnection, match=r"HTTPS_PROXY.* is not the URL of a proxy"):
        transport("https://octopus.example.com", pauses).request("POST", "/api", json={})


def test_a_proxy_that_does_not_answer_is_named(pauses: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{closed_port()}")
    with pytest.raises(errors.Unreachable, match="HTTPS_PROXY"):
        transport("https://octopus.example.com", pauses).request("GET", "/api")


@pytest.mark.parametrize("location", ["https://[::1", "https://a:99999/", "//", "x://y/", "\x1b[31mhttps://evil", "https://h\x9b31m/"])
def test_a_redirect_to_nowhere(server: Server, pauses: list[float], location: str) -> None:
    server.plan = [replies(302, Location=location)] * 3
    with pytest.raises(errors.OctopusError) as caught:
        transport(server.url, pauses).request("GET", "/api/x")
    assert str(caught.value).isprintable()


def test_the_client_does_without_requests() -> None:
    package = "ansible_collections.octoboot.octopus.plugins.plugin_utils._server"
    program = (
        f"import sys, {package}.client, {package}.reader, {package}.tasks\n"
        "print(sorted({'requests', 'ansible'} & set(sys.modules)))"
    )  # fmt: skip
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"PYTHONPATH": ":".join(sys.path)}
    )
    assert run.stdout.strip() == "[]"
