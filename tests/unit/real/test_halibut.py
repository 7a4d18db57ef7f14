"""Whole conversations of a real server's side with the real Tentacle (tests/real/halibut-*.jsonl), replayed with the lab on either side.

How a Tentacle polls is replayed in test_halibut_polling.
"""

from __future__ import annotations

import re
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from OpenSSL import SSL

from tests.lab.halibut import bson, exchange, thumbprint_at
from tests.lab.halibut.wire import Message, Wire
from tests.lab.machine import Result
from tests.lab.tentacle import Agent
from tests.lab.tentacle.certificates import Identity, generate
from tests.lab.tentacle.page import FRIENDLY_PAGE
from tests.unit.lab.fake_linux import FakeLinux
from tests.unit.lab.fake_machine import free_port
from tests.unit.real.conversations import MADE_FOR_THE_CALL, bytes_of, connected, masked, messages, pem, spoken, typed

CONFIG = "/etc/octopus/ml/tentacle.config"
SAID_BY_THE_SCRIPT = "hello-from-script\nroot\n/etc/octopus/ml/Work/5c5db8c4ef1943d78272908ff40af3aa\n"


def over(data: bytes) -> Wire:
    """Make a wire that everything has been sent on already, all at once."""
    chunks = [data]
    return Wire(lambda _: chunks.pop() if chunks else b"", lambda _: None)


@pytest.mark.parametrize("name", ["listening", "polling"])
def test_each_message_is_read_and_written_as_it_was(name: str) -> None:
    assert len(messages(name)) == 6
    for step in messages(name):
        document = zlib.decompress(bytes_of(step), wbits=-15)
        assert bson.decode(document) == typed(step["message"])
        assert bson.encode(bson.decode(document)) == document


@pytest.mark.parametrize(("name", "connection"), [("listening", 2), ("polling", 1)])
@pytest.mark.parametrize("side", ["server", "tentacle"])
def test_lines_and_messages_are_told_apart_in_one_stream(name: str, connection: int, side: str) -> None:
    said = [step for step in spoken(name, connection) if step["from"] == side and step.get("raw") not in ("MX\n", "\n")]
    wire = over(b"".join(map(bytes_of, said)))
    for step in said:
        if "message" in step:
            assert wire.message() == typed(step["message"]["Message"])
        else:
            assert wire.line() == step["line"]
    assert wire.line() is None


@contextmanager
def real_tentacle_in_the_lab(tmp_path: Path, server: Identity) -> Iterator[tuple[FakeLinux, Agent]]:
    """Run an agent where the recorded one ran, whose bash says what the real one said."""
    machine = FakeLinux(tmp_path, answers=lambda _: Result(0, SAID_BY_THE_SCRIPT, ""))
    machine.ok("create-instance", "--instance", "ml", "--config", CONFIG)
    machine.ok("new-certificate", "--instance", "ml")
    machine.ok("configure", "--instance", "ml", f"--port={free_port()}", f"--trust={server.thumbprint}")
    agent = Agent.start(machine, ["agent", "--instance=ml", "--noninteractive"])
    try:
        yield machine, agent
    finally:
        agent.stop()


@pytest.fixture(scope="module")
def server() -> Identity:
    return generate()


def test_the_lab_s_tentacle_answers_what_the_real_one_answered(tmp_path: Path, server: Identity) -> None:
    with real_tentacle_in_the_lab(tmp_path, server) as (machine, agent), connected(agent.port, server) as tls:
        wire = Wire(tls.recv, tls.sendall)
        for step in spoken("listening", 2):
            if step["from"] == "server":
                tls.sendall(bytes_of(step))
            elif "message" in step:
                expected = typed(step["message"]["Message"])
                said = masked(wire.message()).replace("running as 'SYSTEM'", "running as 'root'")
                assert said == masked(expected)
            else:
                assert wire.line() == step["line"]
        assert tls.recv(1) == b"", "the server has taken its leave"
    assert not [line for line in log_of(machine) if "ERROR" in line]


def log_of(machine: FakeLinux) -> list[str]:
    return machine.files.text("/etc/octopus/ml/Logs/OctopusTentacle.txt").splitlines()


def wait_for_error(machine: FakeLinux) -> None:
    """Return when the agent's log says that a client went wrong: it may say so after the client has left."""
    for _ in range(100):
        if any("Unhandled error when handling request from client" in line for line in log_of(machine)):
            return
        time.sleep(0.02)
    pytest.fail("the log says nothing of an error")


def test_a_server_that_discovers_gets_the_page(tmp_path: Path, server: Identity) -> None:
    with real_tentacle_in_the_lab(tmp_path, server) as (machine, agent):
        with connected(agent.port, None) as tls:
            for step in spoken("listening", 1):
                tls.sendall(bytes_of(step))
            page = b""
            while more := tls.recv(4096):
                page += more
        assert page == FRIENDLY_PAGE
        assert thumbprint_at("127.0.0.1", agent.port) == agent.thumbprint
    assert not [line for line in log_of(machine) if "ERROR" in line]


def test_a_health_check_leaves_no_error_in_the_log(tmp_path: Path, server: Identity) -> None:
    with real_tentacle_in_the_lab(tmp_path, server) as (machine, agent):
        certificate, key = pem(server)
        able = exchange(
            "127.0.0.1", agent.port, certificate_pem=certificate, private_key_pem=key, expected_thumbprint=agent.thumbprint, timeout=10
        )
    (capabilities,) = {
        tuple(step["message"]["Message"]["result"]["SupportedCapabilities"]) for step in messages("listening", "tentacle")[:1]
    }
    assert able == capabilities
    assert not [line for line in log_of(machine) if "ERROR" in line]


def test_a_client_that_hangs_up_before_it_asks_leaves_an_error(tmp_path: Path, server: Identity) -> None:
    with real_tentacle_in_the_lab(tmp_path, server) as (machine, agent):
        with connected(agent.port, server) as tls:
            tls.sendall(b"MX\n\nMX-CLIENT 1.0\r\n\r\n")
            assert tls.recv(100) == b"MX-SERVER 1.0\r\n\r\n"
        wait_for_error(machine)
    assert "System.IO.EndOfStreamException: Attempted to read past the end of the stream." in log_of(machine)


def test_what_goes_wrong_in_a_call_is_its_answer(tmp_path: Path, server: Identity) -> None:
    request = typed(messages("listening", "server")[0]["message"]["Message"])
    with real_tentacle_in_the_lab(tmp_path, server) as (_, agent), connected(agent.port, server) as tls:
        wire = Wire(tls.recv, tls.sendall)
        tls.sendall(b"MX\n\n")
        wire.say("MX-CLIENT 1.0", "")
        wire.expect("MX-SERVER 1.0", "")
        for change in ({"method": "MakeTea"}, {"service": "IScriptServiceV2", "method": "StartScript", "params": [{}]}):
            wire.send_message(request | change)
            answer = wire.message()
            assert answer is not None
            assert answer["id"] == request["id"]
            assert answer["result"] is None
            assert answer["error"]["message"]
            wire.say("NEXT")
            wire.expect("PROCEED")


class RecordedTentacle:
    """The recorded Tentacle: a port that answers one connection as it did, and keeps what it hears."""

    def __init__(self, *, is_called: bool) -> None:
        self.identity = generate()
        self.heard: list[str | Message | None] = []
        self._is_called = is_called
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> list[str | Message | None]:
        """Return what was heard: the preamble, then lines and messages."""
        self._thread.join(10)
        self._listening.close()
        return self.heard

    def _serve(self) -> None:
        raw, _ = self._listening.accept()
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.use_certificate(self.identity.certificate)
        context.use_privatekey(self.identity.key)
        context.set_verify(SSL.VERIFY_PEER, lambda *_: True)
        tls = SSL.Connection(context, raw)
        tls.set_accept_state()
        tls.do_handshake()
        preamble = b""
        while not preamble.endswith(b"\n\n"):
            preamble += tls.recv(1)
        self.heard.append(preamble.decode())
        if self._is_called:
            self._converse(Wire(tls.recv, tls.sendall))
        raw.close()

    def _converse(self, wire: Wire) -> None:
        """Answer the first call as recorded, under the number that it has now, then hear what comes after it."""
        self.heard += [wire.line(), wire.line()]
        wire.say("MX-SERVER 1.0", "")
        asked = wire.message() or {}
        answer = typed(messages("listening", "tentacle")[0]["message"]["Message"])
        wire.send_message(answer | {"id": asked["id"]})
        self.heard += [asked, wire.line()]


def test_the_lab_s_server_asks_as_the_real_one_did(server: Identity) -> None:
    tentacle = RecordedTentacle(is_called=True)
    certificate, key = pem(server)
    thumbprint = tentacle.identity.thumbprint
    exchange("127.0.0.1", tentacle.port, certificate_pem=certificate, private_key_pem=key, expected_thumbprint=thumbprint, timeout=10)
    preamble, *said, asked, leave = tentacle.close()
    real = spoken("listening", 2)
    assert preamble == "".join(step["raw"] for step in real[:2])
    assert said == [step["line"] for step in real[2:4]]
    assert leave == real[-1]["line"] == "END"
    assert isinstance(asked, dict)
    recorded_request = typed(messages("listening", "server")[0]["message"]["Message"])
    assert list(asked) == list(recorded_request)
    assert all(asked[member] == recorded_request[member] for member in asked.keys() - MADE_FOR_THE_CALL)
    assert re.fullmatch(r"ICapabilitiesServiceV2::GetCapabilitiesAsync\[1\] / [0-9a-f-]{36}", asked["id"])
    assert str(asked["activityId"]) == asked["id"][-36:], "as in the recording"
    assert str(recorded_request["activityId"]) == recorded_request["id"][-36:]
    assert asked["endpoint"].keys() == recorded_request["endpoint"].keys()
    assert asked["endpoint"]["BaseUri"] == f"https://127.0.0.1:{tentacle.port}/"
    assert asked["endpoint"]["RemoteThumbprint"] == thumbprint


def test_the_lab_s_server_discovers_as_the_real_one_did() -> None:
    tentacle = RecordedTentacle(is_called=False)
    assert thumbprint_at("127.0.0.1", tentacle.port, timeout=2) == tentacle.identity.thumbprint
    assert tentacle.close()[0] == "".join(step["raw"] for step in spoken("listening", 1))


@pytest.mark.parametrize("encrypted", [True, False])
def test_a_probe_that_says_nothing_leaves_an_error(tmp_path: Path, server: Identity, encrypted: bool) -> None:
    with real_tentacle_in_the_lab(tmp_path, server) as (machine, agent):
        with connected(agent.port, None) if encrypted else socket.create_connection(("127.0.0.1", agent.port)):
            """Nothing is said."""
        wait_for_error(machine)
