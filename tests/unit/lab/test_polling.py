"""Tentacles that poll the Octopus Server emulator, and how it checks their health (tentacle.md 8.4)."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.lab import __main__ as command_line
from tests.lab.fleet import Lab
from tests.lab.fleet import running as lab_running
from tests.lab.machine import Patience, User
from tests.lab.octopus import OctopusServer
from tests.lab.octopus.control import ServerControl
from tests.lab.octopus.polling import PAGE
from tests.lab.proxy import ForwardingProxy
from tests.lab.tentacle import Agent
from tests.lab.tentacle.back_off import BackOff
from tests.lab.tentacle.certificates import Identity, generate
from tests.unit.lab.fake_machine import CONFIG, FakeMachine, free_port
from tests.unit.lab.octopus_client import Client
from tests.unit.lab.test_octopus_health import check, steps

RUN = ["run", "--instance=web1", "--noninteractive"]
LOG = r"C:\Octopus\web1\Logs\OctopusTentacle.txt"


@pytest.fixture(scope="module")
def own() -> Identity:
    return generate()


@pytest.fixture(scope="module")
def running() -> Iterator[OctopusServer]:
    with OctopusServer(nodes=2) as server:
        server.state.settings.queue_delay = 0.0
        yield server


@pytest.fixture
def server(running: OctopusServer) -> Iterator[OctopusServer]:
    """Offer the server without what the last test left on it."""
    yield running
    running.state.clear_faults()
    running.state.settings.queue_delay = 0.0
    with running.state.lock:
        for machine in running.state.store.all("machines"):
            if not machine["Name"].startswith("legacy-"):
                running.state.store.remove("machines", machine["Id"])


def polling_machine(own: Identity, *servers: tuple[str, str], listening: bool = False) -> FakeMachine:
    """Make a machine that polls addresses, each of a server with that thumbprint."""
    machine = FakeMachine().created()
    machine.ok("import-certificate", "--from-base64", own.to_base64())
    machine.ok("configure", f"--port={free_port()}", f"--noListen={not listening}")
    for address, thumbprint in servers:
        machine.ok("configure", f"--trust={thumbprint}")
        where = urlsplit(address)
        comms = [f"--host={where.hostname}", f"--port={where.port}", f"--thumbprint={thumbprint}"]
        machine.ok("server-comms", "--style=TentacleActive", *comms)
    return machine


def of(server: OctopusServer) -> list[tuple[str, str]]:
    return [(address, server.thumbprint) for address in server.polling_addresses()]


def subscription(machine: FakeMachine) -> str:
    (found,) = set(re.findall(r"poll://[a-z0-9]{20}/", machine.files.text(CONFIG)))
    return str(found)


@contextlib.contextmanager
def agent_of(machine: FakeMachine) -> Iterator[Agent]:
    agent = Agent.start(machine, RUN)
    try:
        yield agent
    finally:
        agent.stop()


def eventually(happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not happens():
        assert time.monotonic() < deadline, "in vain"
        time.sleep(0.02)


def health(client: Client, machine: dict[str, Any]) -> tuple[str, str]:
    """Check a machine, and return how it is, and what the check said."""
    task = check(client, machine["Id"])
    said = steps(client, task)[machine["Name"]]["LogElements"][0]["MessageText"]
    return client.get(machine["Links"]["Self"])["HealthStatus"], said


def test_a_tentacle_that_polls_is_checked_once_it_is_registered(
    client: Client, control: ServerControl, server: OctopusServer, own: Identity
) -> None:
    machine = polling_machine(own, *of(server))
    with agent_of(machine) as agent:
        assert not agent.listening
        eventually(lambda: "before the request could begin: Attempted to read past" in machine.files.text(LOG))
        assert control.polling() == [], "nobody trusts it yet"
        target = control.add_machine("web", own.thumbprint, subscription(machine).rstrip("/"))
        assert target["Endpoint"]["CommunicationStyle"] == "TentacleActive"
        assert health(client, target)[0] == "HasWarnings"
        found = [{"node": node, "subscription": subscription(machine), "thumbprint": own.thumbprint} for node in (1, 2)]
        assert sorted(control.polling(), key=lambda connection: int(connection["node"])) == found
    eventually(lambda: not control.polling())
    control.switch(collect_timeout=0.2)
    status, said = health(client, target)
    assert status == "Unavailable"
    assert "the polling endpoint did not collect the request within the allowed time (00:00:00)" in said


def test_an_agent_may_listen_and_poll_over_several_connections(control: ServerControl, server: OctopusServer, own: Identity) -> None:
    machine = polling_machine(own, of(server)[0], listening=True)
    machine.ok("set-polling-connection-count", "--pollingConnectionCount=3")
    control.add_machine("web", own.thumbprint, subscription(machine))
    with agent_of(machine) as agent:
        assert agent.listening
        eventually(lambda: len(control.polling()) == 3)
    assert "Starting 3 polling connections" in machine.files.text(LOG)


def test_a_restarted_agent_loses_no_check(client: Client, control: ServerControl, server: OctopusServer, own: Identity) -> None:
    machine = polling_machine(own, *of(server))
    target = control.add_machine("web", own.thumbprint, subscription(machine))
    for _ in range(3):
        with agent_of(machine):
            assert health(client, target)[0] == "HasWarnings"


def test_each_node_must_be_polled_that_is_up(client: Client, control: ServerControl, server: OctopusServer, own: Identity) -> None:
    machine = polling_machine(own, of(server)[0])
    target = control.add_machine("web", own.thumbprint, subscription(machine))
    with agent_of(machine):
        eventually(lambda: len(control.polling()) == 1)
        control.switch(collect_timeout=0.3)
        assert health(client, target)[0] == "Unavailable"
        control.close_polling(2)
        assert health(client, target)[0] == "HasWarnings"
        assert [node["Name"] for node in client.get("/api/octopusservernodes")["Items"]] == ["lab", "lab2"]


def test_a_port_that_comes_back_is_found_again(client: Client, control: ServerControl, server: OctopusServer, own: Identity) -> None:
    address = server.polling_addresses()[0]
    machine = polling_machine(own, *of(server))
    target = control.add_machine("web", own.thumbprint, subscription(machine))
    with agent_of(machine):
        eventually(lambda: len(control.polling()) == 2)
        control.close_polling()
        eventually(lambda: f"The remote host at {address}/ refused the connection." in machine.files.text(LOG))
        control.clear_faults()
        assert health(client, target)[0] == "HasWarnings"
        assert {connection["node"] for connection in control.polling()} == {1, 2}


def test_the_certificate_of_another_server_is_refused(control: ServerControl, server: OctopusServer, own: Identity) -> None:
    address, thumbprint = of(server)[0]
    machine = polling_machine(own, (address, thumbprint))
    control.add_machine("web", own.thumbprint, subscription(machine))
    control.change_polling_certificate()
    told = (
        f"The server at {address}/ presented an unexpected security certificate. We expected the server to present a certificate with the "
        f"thumbprint '{thumbprint}'. Instead, it presented a certificate with a thumbprint of '"
    )
    with agent_of(machine):
        eventually(lambda: told in machine.files.text(LOG))
        assert control.polling() == []
        control.clear_faults()
        eventually(lambda: len(control.polling()) == 1)


def test_thumbprints_are_compared_letter_by_letter(control: ServerControl, server: OctopusServer, own: Identity) -> None:
    address, thumbprint = of(server)[0]
    machine = polling_machine(own, (address, thumbprint.lower()))
    control.add_machine("web", own.thumbprint, subscription(machine))
    with agent_of(machine):
        eventually(lambda: f"with the thumbprint '{thumbprint.lower()}'. Instead" in machine.files.text(LOG))
        assert control.polling() == []


def test_who_is_no_longer_registered_is_hung_up_on(client: Client, control: ServerControl, server: OctopusServer, own: Identity) -> None:
    machine = polling_machine(own, of(server)[0])
    target = control.add_machine("web", own.thumbprint, subscription(machine))
    with agent_of(machine):
        eventually(lambda: len(control.polling()) == 1)
        client.call("DELETE", target["Links"]["Self"])
        eventually(lambda: not control.polling())


def test_workers_and_disabled_machines_are_trusted(client: Client, control: ServerControl, server: OctopusServer, own: Identity) -> None:
    machine = polling_machine(own, *of(server))
    pool = client.call("POST", "/api/workerpools", {"Name": f"Pool {time.time()}"}).json()
    endpoint = {"CommunicationStyle": "TentacleActive", "Uri": subscription(machine), "Thumbprint": own.thumbprint}
    body = {"Name": "worker", "Endpoint": endpoint, "WorkerPoolIds": [pool["Id"]], "IsDisabled": False, "SkipInitialHealthCheck": True}
    worker = client.call("POST", "/api/workers", body).json()
    with agent_of(machine):
        assert health(client, worker)[0] == "HasWarnings"
        client.call("PUT", worker["Links"]["Self"], {**worker, "IsDisabled": True})
    with agent_of(machine):
        eventually(lambda: len(control.polling()) == 2)
    client.call("DELETE", worker["Links"]["Self"])


def test_an_idle_process_polls_nobody(control: ServerControl, server: OctopusServer, own: Identity) -> None:
    machine = polling_machine(own, of(server)[0])
    machine.faults["agent_closed_port"] = True
    with agent_of(machine) as agent:
        assert agent.pollers == []


def test_two_servers_know_nothing_of_each_other(control: ServerControl, server: OctopusServer, own: Identity) -> None:
    with OctopusServer() as other:
        machine = polling_machine(own, of(server)[0], *of(other))
        entries = json.loads(machine.tentacle("show-configuration").stdout)["Tentacle"]["Communication"]["TrustedOctopusServers"]
        here, there = (entry["SubscriptionId"] for entry in entries if entry["CommunicationStyle"] == 2)
        assert here != there
        control.add_machine("web", own.thumbprint, here)
        with agent_of(machine):
            eventually(lambda: len(control.polling()) == 1)
            assert ServerControl(other.control_url).polling() == []
            ServerControl(other.control_url).add_machine("web", own.thumbprint, there)
            eventually(lambda: [one["subscription"] for one in ServerControl(other.control_url).polling()] == [there])


def over_tls(address: str, data: bytes) -> bytes:
    """Send bytes without a client's certificate, and return what comes back."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    where = urlsplit(address)
    with socket.create_connection((where.hostname or "", where.port or 0), timeout=5) as raw, context.wrap_socket(raw) as tls:
        tls.sendall(data)
        received = b""
        with contextlib.suppress(ssl.SSLError, ConnectionError):
            while chunk := tls.recv(4096):
                received += chunk
    return received


def test_the_port_answers_the_look_whether_it_is_open(server: OctopusServer) -> None:
    address = server.polling_addresses()[0]
    assert over_tls(address, b"POST /handshake HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n") == PAGE
    assert PAGE.startswith(b"HTTP/1.0 200 OK\r\n")
    assert over_tls(address, b"MX\n\n") == b"", "no certificate, no exchange"


def test_the_longer_a_server_is_away_the_more_rarely_it_is_looked_for() -> None:
    clock = iter([0.0, 1.0, 20.0, 500.0])
    back_off = BackOff(Patience(), lambda: next(clock))
    assert back_off.seconds() == 5
    for least, most in ((5, 5), (20, 40), (120, 120)):
        back_off.tries()
        assert least <= back_off.seconds() <= most
    back_off.reached()
    assert back_off.seconds() == 5


def test_a_proxy_leads_to_the_server_if_it_knows_who_asks(control: ServerControl, server: OctopusServer, own: Identity) -> None:
    machine = polling_machine(own, of(server)[0])
    control.add_machine("web", own.thumbprint, subscription(machine))
    proxy = ForwardingProxy("us", "secret")
    custom = ["polling-proxy", "--proxyEnable=True", "--proxyHost=127.0.0.1", f"--proxyPort={proxy.address.port}", "--proxyUsername=us"]
    machine.ok(*custom, "--proxyPassword=wrong")
    with contextlib.closing(proxy):
        with agent_of(machine):
            eventually(lambda: "responded with a 407 code - Proxy Authentication Required. Retrying in" in machine.files.text(LOG))
            assert control.polling() == []
        machine.ok(*custom, "--proxyPassword=secret")
        with agent_of(machine):
            eventually(lambda: len(control.polling()) == 1)
    place = urlsplit(server.polling_addresses()[0]).netloc
    assert set(proxy.asked) == set(proxy.forwarded) == {place}
    machine.ok(*custom, "--proxyPort=1")
    with agent_of(machine):
        eventually(lambda: "Connection to proxy host 127.0.0.1 on port 1 failed: Connection refused" in machine.files.text(LOG))


def test_a_fleet_of_thirty_polls(client: Client, control: ServerControl, server: OctopusServer, own: Identity) -> None:
    with contextlib.ExitStack() as stack:
        targets = []
        for number in range(30):
            machine = polling_machine(own, *of(server))
            targets.append(control.add_machine(f"web{number}", own.thumbprint, subscription(machine)))
            stack.enter_context(agent_of(machine))
        task = check(client, *(target["Id"] for target in targets))
        assert task["State"] == "Success"
        assert len(control.polling()) == 60


TENTACLE = r"C:\Program Files\Octopus Deploy\Tentacle\Tentacle.exe"


def test_the_hosts_of_a_lab_poll_its_nodes_and_faults_come_from_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with lab_running(Lab(["win01"], nodes=2)) as lab:
        host, control = lab.windows.hosts["win01"], ServerControl(lab.server.control_url)
        addresses = lab.polling_addresses("win01")
        assert len(addresses) == 2
        assert lab.describe()["polling_addresses"] == addresses
        group = json.loads(lab.inventory.read_text())["tentacles"]["children"]["lab_windows"]
        assert group["vars"]["lab_polling_addresses"] == addresses

        host.files.make_dirs(TENTACLE.rpartition("\\")[0])
        host.files.write(TENTACLE, b"")
        host.executables[TENTACLE.lower()] = "9.2.4285"
        nodes = [f"server-comms --style=TentacleActive --host=127.0.0.1 --port={urlsplit(address).port}" for address in addresses]
        for arguments in (
            r"create-instance --instance=Tentacle --config=C:\Octopus\Tentacle.config",
            "new-certificate",
            f"configure --noListen=True --trust={lab.server.thumbprint}",
            *nodes,
            "service --install --start",
        ):
            result = host.execute(TENTACLE, arguments, {}, User("NT AUTHORITY\\SYSTEM"))
            assert result.rc == 0, result
        (agent,) = host.running.values()
        control.add_machine("win01", agent.thumbprint, agent.pollers[0].server.subscription_id)
        eventually(lambda: len(control.polling()) == 2)

        build = tmp_path / "build"
        build.mkdir()
        (build / "lab.json").write_text(json.dumps(lab.describe()))
        commanded(monkeypatch, "fault", "octopus", "polling_down", '{"node": 2}')
        eventually(lambda: [connection["node"] for connection in control.polling()] == [1])
        commanded(monkeypatch, "fault", "octopus")
        eventually(lambda: len(control.polling()) == 2)
        for wrong, words in (('{"node": 3}', "There is no node 3; there are 2."), ("[]", "must be an object of options")):
            with pytest.raises(SystemExit, match=words):
                commanded(monkeypatch, "fault", "octopus", "polling_certificate", wrong)


def commanded(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["lab", *arguments])
    assert command_line.main() == 0
