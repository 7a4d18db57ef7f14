"""The recorded conversation of a Tentacle that polls (tests/real/halibut-polling.jsonl), replayed with the lab on either side."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.lab.halibut.port import Caller, SecurePort
from tests.lab.halibut.tls import server_context
from tests.lab.halibut.wire import Message, Wire
from tests.lab.machine import Result
from tests.lab.octopus import OctopusServer
from tests.lab.octopus.seed import add_machine
from tests.lab.tentacle import Agent
from tests.lab.tentacle.certificates import Identity, generate
from tests.unit.lab.fake_linux import FakeLinux
from tests.unit.lab.fake_machine import free_port
from tests.unit.real.conversations import MADE_FOR_THE_CALL, bytes_of, connected, masked, messages, spoken, typed
from tests.unit.real.recordings import recorded

CONFIG = "/etc/octopus/mp/tentacle.config"
SAID_BY_THE_SCRIPT = "hello-from-script\nroot\n/etc/octopus/mp/Work/8b1d8513cdb542d88817fbfd9d6c4088\n"
SUBSCRIPTION = "poll://k64wwchdjzkjcwjumz8z/"


class RecordedServer:
    """The recorded server: a polling port that says to one Tentacle what it said, and keeps what it hears; then it hangs up."""

    def __init__(self, identity: Identity) -> None:
        self.heard: list[str | Message | None] = []
        self.thumbprint = ""
        self.ended = threading.Event()
        context = server_context(identity.certificate, identity.key)
        self._port = SecurePort("127.0.0.1", 0, context, self._converse)
        self.port = self._port.port
        self._port.start()

    def close(self) -> None:
        self._port.close()

    def _converse(self, caller: Caller) -> None:
        if self.ended.is_set():
            return
        self.thumbprint = caller.thumbprint or ""
        wire = caller.wire
        for step in spoken("polling", 1)[2:]:  # the preamble has been heard
            if step["from"] == "server":
                caller.tls.sendall(bytes_of(step))
            else:
                self.heard.append(wire.message() if "message" in step else wire.line())
        self.ended.set()


def test_the_lab_s_tentacle_polls_as_the_real_one_did(tmp_path: Path) -> None:
    server = generate()
    machine = FakeLinux(tmp_path, answers=lambda _: Result(0, SAID_BY_THE_SCRIPT, ""))
    recorded_server = RecordedServer(server)
    machine.ok("create-instance", "--instance", "mp", "--config", CONFIG)
    machine.ok("new-certificate", "--instance", "mp")
    machine.ok("configure", "--instance", "mp", "--noListen=True", f"--trust={server.thumbprint}")
    machine.ok("server-comms", "--instance", "mp", "--style=TentacleActive", "--host=127.0.0.1", f"--port={recorded_server.port}")
    machine.files.write(CONFIG, re.sub(r"poll://[a-z0-9]{20}/", SUBSCRIPTION, machine.files.text(CONFIG)).encode("utf-8-sig"))
    agent = Agent.start(machine, ["agent", "--instance=mp", "--noninteractive"])
    try:
        assert recorded_server.ended.wait(10)
    finally:
        agent.stop()
        recorded_server.close()
    assert recorded_server.thumbprint == agent.thumbprint
    real = [step for step in spoken("polling", 1)[2:] if step["from"] == "tentacle"]
    assert len(recorded_server.heard) == len(real)
    for heard, step in zip(recorded_server.heard, real, strict=True):
        if "message" in step:
            assert isinstance(heard, dict)
            assert masked(heard).replace("running as 'SYSTEM'", "running as 'root'") == masked(typed(step["message"]["Message"]))
        else:
            assert heard == step["line"]


@pytest.fixture(scope="module")
def octopus() -> Iterator[OctopusServer]:
    with OctopusServer() as octopus:
        yield octopus


def test_the_lab_s_server_is_polled_as_the_real_one_was(octopus: OctopusServer) -> None:
    """Let the recorded Tentacle poll; what the server asks it, the test tells the server to ask, in the order of the recording."""
    tentacle = generate()
    add_machine(octopus.state, "Spaces-1", "mp", tentacle.thumbprint, SUBSCRIPTION, ["Environments-1"], ["web"])
    (node,) = octopus.state.polling.nodes
    asked = [typed(step["message"]["Message"]) for step in messages("polling", "server")]
    port = urlsplit(octopus.polling_addresses()[0]).port or 0
    with connected(port, tentacle) as tls, ThreadPoolExecutor(1) as pool:
        wire = Wire(tls.recv, tls.sendall)
        answers = pool.submit(lambda: [node.ask(SUBSCRIPTION, message, 10) for message in asked])
        for step in spoken("polling", 1):
            if step["from"] == "tentacle":
                tls.sendall(bytes_of(step))
            elif "message" in step:
                assert wire.message() == typed(step["message"]["Message"])
            else:
                assert wire.line() == step["line"]
        assert answers.result() == [typed(step["message"]["Message"]) for step in messages("polling", "tentacle")]


def test_the_lab_s_server_asks_a_polling_tentacle_as_the_real_one_did(octopus: OctopusServer) -> None:
    tentacle = generate()
    machine = add_machine(octopus.state, "Spaces-1", "checked", tentacle.thumbprint, SUBSCRIPTION, ["Environments-1"], ["web"])
    recorded_request = typed(messages("polling", "server")[0]["message"]["Message"])
    task = octopus.state.queue_task("Health", "Check", {"MachineIds": [machine["Id"]]}, "Spaces-1")
    with connected(urlsplit(octopus.polling_addresses()[0]).port or 0, tentacle) as tls:
        wire = Wire(tls.recv, tls.sendall)
        for step in [step for step in spoken("polling", 1) if step["from"] == "tentacle"][:4]:
            tls.sendall(bytes_of(step))
        wire.expect("MX-SERVER 1.0", "")
        asked = wire.message() or {}
        wire.send_message(typed(messages("polling", "tentacle")[0]["message"]["Message"]) | {"id": asked["id"]})
        wire.say("NEXT")
        wire.expect("PROCEED")
    assert list(asked) == list(recorded_request)
    assert all(asked[member] == recorded_request[member] for member in asked.keys() - MADE_FOR_THE_CALL)
    assert asked["endpoint"].keys() == recorded_request["endpoint"].keys()
    assert (asked["endpoint"]["BaseUri"], asked["endpoint"]["RemoteThumbprint"]) == (SUBSCRIPTION, tentacle.thumbprint)
    until = time.monotonic() + 60
    while not task.is_completed and time.monotonic() < until:
        time.sleep(0.02)
    assert task.state == "Success"


def test_a_closed_port_is_told_of_as_the_real_one_did(tmp_path: Path) -> None:
    """Compare with what line 158 has of its first server, letter by letter but for the port and how soon the lab's tries again."""
    machine = FakeLinux(tmp_path)
    machine.ok("create-instance", "--instance", "mp", "--config", CONFIG)
    machine.ok("configure", "--instance", "mp", "--noListen=True", f"--trust={'A' * 40}")
    machine.ok("server-comms", "--instance", "mp", "--style=TentacleActive", "--host=127.0.0.1", f"--port={free_port()}")
    agent = Agent.start(machine, ["agent", "--instance=mp", "--noninteractive"])
    try:
        told = wait_for_errors(machine, count=6)
    finally:
        agent.stop()
    (real,) = [line.answer.stderr for line in recorded("tentacle-linux") if line.number == 158]
    first_server = re.sub(r"(?m)^https://(octo2|https).*\n(?:(?!https://).*\n)*", "", real).splitlines()
    assert masked_transport(told) == masked_transport(first_server[first_server.index("System.NotSupportedException") + 1 :])


def wait_for_errors(machine: FakeLinux, *, count: int) -> list[str]:
    """Return so many lines of what the agent's log has of errors, without times. The agent's other threads log between them."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        text = machine.files.text("/etc/octopus/mp/Logs/OctopusTentacle.txt")
        entries = re.split(r"(?m)^(?=\d{4}-\d\d-\d\d )", text)
        errors = [line for entry in entries if " ERROR  " in entry for line in entry.partition("ERROR  ")[2].splitlines()]
        if len(errors) >= count:
            return errors[:count]
        time.sleep(0.02)
    raise AssertionError("there are too few errors")


def masked_transport(lines: list[str]) -> list[str]:
    masks = {r":\d+/": ":PORT/", r"/ +\d+  ": "/ N  ", r"in \d\.\d seconds": "in N seconds"}
    text = "\n".join(lines)
    for pattern, mask in masks.items():
        text = re.sub(pattern, mask, text)
    return text.splitlines()
