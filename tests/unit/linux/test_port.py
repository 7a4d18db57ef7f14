"""The probe of a port: what it says, and whose port it takes for the unit's."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.module_utils._linux import port, services, sockets
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.lab.tentacle.certificates import Identity, generate
from tests.lab.tentacle.listener import Listener
from tests.tools.checkout import ROOT

UNIT = "Tentacle.service"
RECORDED = ROOT / "tests/real/halibut-listening.jsonl"
ALIVE = {"ActiveState": "active", "SubState": "running", "NRestarts": "0", "ExecMainStatus": "0"}


@pytest.fixture(scope="module")
def identity() -> Identity:
    return generate()


@contextlib.contextmanager
def serving(identity: Identity, folder: Path, serve: Callable[[ssl.SSLSocket], None]) -> Iterator[int]:
    """Serve one client in TLS, and insist that it went well."""
    pem = folder / "pem"
    key = identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(key + identity.certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    troubles: list[Exception] = []

    def accept() -> None:
        try:
            plain, _ = server.accept()
            with context.wrap_socket(plain, server_side=True) as encrypted:
                serve(encrypted)
        except OSError as error:
            troubles.append(error)

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        thread = threading.Thread(target=accept)
        thread.start()
        yield server.getsockname()[1]
        thread.join(20)
    assert troubles == []


def discovery() -> bytes:
    """Return what a real server said when it discovered a thumbprint."""
    lines = (json.loads(line) for line in RECORDED.read_text().splitlines())
    return "".join(line["raw"] for line in lines if line["connection"] == 1 and "raw" in line).encode()


def probe(number: int, **more: Any) -> str:
    return port.certificate({"address": "127.0.0.1", "port": number, "wait": 0, **more})


def test_the_probe_says_what_the_servers_discovery_says_and_stays_to_the_end(identity: Identity, tmp_path: Path) -> None:
    said = []

    def serve(encrypted: ssl.SSLSocket) -> None:
        said.append(encrypted.recv(100))
        encrypted.sendall(b"x" * 16_000_000)  # who leaves before its end resets the connection

    with serving(identity, tmp_path, serve) as number:
        assert probe(number) == identity.thumbprint
    assert said == [discovery()]


def test_a_port_that_never_ends_is_left(identity: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(port, "_FAREWELL_SECONDS", 0.4)

    def serve(encrypted: ssl.SSLSocket) -> None:
        with contextlib.suppress(OSError):
            while True:
                encrypted.sendall(b"x")
                time.sleep(0.05)

    with serving(identity, tmp_path, serve) as number:
        started = time.monotonic()
        assert probe(number) == identity.thumbprint
        assert time.monotonic() - started < 2


def test_tentacle_logs_no_more_of_a_probe_than_that_somebody_came(identity: Identity) -> None:
    logged: list[str] = []
    with contextlib.closing(Listener("127.0.0.1", 0, identity, frozenset(), lambda level, message: logged.append(message))) as listener:
        logged.clear()
        assert probe(listener.port) == identity.thumbprint
    assert [line.partition(":")[0] for line in logged] == ["Accepted TCP client"]


def test_the_port_of_another_agent_with_the_same_certificate_is_not_the_units(identity: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    state = dict(ALIVE)
    monkeypatch.setattr(services, "show", lambda names: [state])
    with contextlib.closing(Listener("127.0.0.1", 0, identity, frozenset(), lambda level, message: None)) as listener:
        wanted = {"expect": identity.thumbprint, "unit": UNIT}
        with pytest.raises(OSError, match=rf"^it is held by the process \d+ \([^)]+\), not by the unit {UNIT}$"):
            probe(listener.port, **wanted)
        state.update(ActiveState="activating", SubState="auto-restart", NRestarts="2", ExecMainStatus="100")
        with pytest.raises(OSError, match=r"exit code 100, and the port is held by the process \d+ \([^)]+\)$"):
            probe(listener.port, **wanted)
        monkeypatch.setattr(sockets, "_is_of", lambda process, unit: True)
        assert probe(listener.port, **wanted) == identity.thumbprint


def test_whose_a_port_is_is_told_by_the_unit_of_who_has_it_open() -> None:
    script = "import socket, sys; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        number = int(process.stdout.readline())
        told = sockets.stranger(number, "no.service") or ""
        assert told.startswith(f"the process {process.pid} (")
        own = Path(f"/proc/{process.pid}/cgroup").read_text().strip().rpartition("/")[2]
        assert not own or sockets.stranger(number, own) is None
        process.communicate()
    assert sockets.stranger(number, "no.service") is None
