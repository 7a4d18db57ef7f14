"""The emulated agent's port, as a server's health check meets it (tentacle.md 1.15, 8.1 to 8.3; lab-lies.md 1.14)."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.lab.halibut import HandshakeError, exchange, thumbprint_at
from tests.lab.tentacle import Agent, AgentFailed
from tests.lab.tentacle.certificates import Identity, generate
from tests.unit.lab.fake_machine import FakeMachine, free_port

RUN = ["run", "--instance=web1", "--noninteractive"]
LOG = r"C:\Octopus\web1\Logs\OctopusTentacle.txt"


@pytest.fixture(scope="module")
def server() -> Identity:
    return generate()


@pytest.fixture(scope="module")
def own() -> Identity:
    return generate()


@pytest.fixture
def machine(server: Identity, own: Identity) -> FakeMachine:
    machine = FakeMachine().created()
    machine.ok("import-certificate", "--from-base64", own.to_base64())
    machine.ok("configure", f"--port={free_port()}", f"--trust={server.thumbprint.lower()}")
    return machine


@contextlib.contextmanager
def running(machine: FakeMachine) -> Iterator[Agent]:
    agent = Agent.start(machine, RUN)
    try:
        yield agent
    finally:
        agent.stop()


def check(agent: Agent, client: Identity, expected: str, host: str = "127.0.0.1") -> None:
    key = client.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem = client.certificate.public_bytes(Encoding.PEM)
    exchange(host, agent.port, certificate_pem=pem, private_key_pem=key, expected_thumbprint=expected, timeout=5)


def talk(port: int, data: bytes) -> bytes:
    """Send bytes over TLS without a client certificate, and return what comes back."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as raw, context.wrap_socket(raw) as tls:
        tls.sendall(data)
        with contextlib.suppress(ssl.SSLError, ConnectionError):
            while chunk := tls.recv(4096):
                received += chunk
    return received


def test_a_trusted_server_is_greeted(machine: FakeMachine, server: Identity, own: Identity) -> None:
    with running(machine) as agent:
        check(agent, server, own.thumbprint)
        assert thumbprint_at("127.0.0.1", agent.port) == agent.thumbprint == own.thumbprint
        assert agent.trust == (server.thumbprint,)
    log = machine.files.text(LOG)
    assert f"Agent will trust Octopus Servers with the thumbprint: {server.thumbprint.lower()}" in log
    assert f"authenticated as {server.thumbprint}" in log


def test_an_untrusted_server_is_hung_up_on(machine: FakeMachine, own: Identity) -> None:
    stranger = generate()
    with running(machine) as agent, pytest.raises(HandshakeError, match=f"does not trust the thumbprint {stranger.thumbprint}"):
        check(agent, stranger, own.thumbprint)
    assert stranger.thumbprint not in machine.files.text(LOG), "denied clients are logged at Debug only"


def test_another_certificate_is_named(machine: FakeMachine, server: Identity, own: Identity) -> None:
    with running(machine) as agent, pytest.raises(HandshakeError) as failure:
        check(agent, server, "F" * 40)
    assert f"thumbprint '{'F' * 40}'" in str(failure.value)
    assert f"thumbprint of '{own.thumbprint}' and subject 'CN=Octopus Tentacle'" in str(failure.value)


def test_a_closed_port_is_refused(machine: FakeMachine, server: Identity, own: Identity) -> None:
    with running(machine) as agent:
        pass
    with pytest.raises(HandshakeError, match="refused the connection"):
        check(agent, server, own.thumbprint)


def test_a_silent_port_is_given_up_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(HandshakeError, match="within the timeout"):
        thumbprint_at("127.0.0.1", silent.getsockname()[1], timeout=0.2)


def test_the_agent_keeps_what_it_started_with(machine: FakeMachine, server: Identity, own: Identity) -> None:
    with running(machine) as agent:
        machine.ok("configure", "--reset-trust", "--trust", "E" * 40, "--port=1")
        machine.ok("new-certificate")
        check(agent, server, own.thumbprint)


def test_a_browser_gets_the_friendly_page(machine: FakeMachine) -> None:
    with running(machine) as agent:
        page = talk(agent.port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert page.startswith(b"HTTP/1.0 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 842\r\n")
        assert b"<h1>Octopus Tentacle configured successfully</h1>" in page
        assert talk(agent.port, b"MX\r\n\r\n") == b"", "no certificate, no exchange"


def test_a_listener_needs_no_newer_tls_than_1_2(machine: FakeMachine) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with running(machine) as agent, socket.create_connection(("127.0.0.1", agent.port)) as raw, context.wrap_socket(raw) as tls:
        assert tls.version() == "TLSv1.2"


def test_a_port_in_use_ends_the_process(machine: FakeMachine) -> None:
    with running(machine), pytest.raises(AgentFailed) as failure:
        Agent.start(machine, RUN)
    assert failure.value.exit_code == 100
    assert "A required communications port is already in use." in machine.files.text(LOG)


def test_the_port_is_free_again_after_a_stop(machine: FakeMachine, server: Identity, own: Identity) -> None:
    for _ in range(3):
        with running(machine) as agent:
            check(agent, server, own.thumbprint)


def test_a_certificate_is_made_when_there_is_none() -> None:
    machine = FakeMachine().created()
    machine.ok("configure", f"--port={free_port()}")
    with running(machine) as agent:
        assert machine.ok("show-thumbprint") == [agent.thumbprint]


def test_no_listener(machine: FakeMachine) -> None:
    machine.ok("configure", "--noListen=True")
    with running(machine) as agent:
        assert not agent.listening


def test_injected_faults(machine: FakeMachine) -> None:
    machine.faults["agent_closed_port"] = True
    with running(machine) as agent:
        assert not agent.listening
    machine.faults["agent_dies"] = True
    with pytest.raises(AgentFailed):
        Agent.start(machine, RUN)


@pytest.mark.parametrize("arguments", [["run", "--instance=nope"], ["run", "--instance=web1", "--what"]])
def test_a_wrong_command_line_ends_the_process(machine: FakeMachine, arguments: list[str]) -> None:
    with pytest.raises(AgentFailed) as failure:
        Agent.start(machine, arguments)
    assert failure.value.exit_code == 1


def test_thirty_agents_are_checked_at_once(server: Identity, own: Identity) -> None:
    with contextlib.ExitStack() as stack:
        agents = []
        for number in range(30):
            machine = FakeMachine().created()
            machine.ok("import-certificate", "--from-base64", own.to_base64())
            machine.ok("configure", f"--trust={server.thumbprint}", f"--listenIpAddress=127.0.7.{number + 1}", f"--port={free_port()}")
            agents.append((f"127.0.7.{number + 1}", stack.enter_context(running(machine))))
        with ThreadPoolExecutor(10) as pool:
            list(pool.map(lambda entry: check(entry[1], server, own.thumbprint, entry[0]), agents))
