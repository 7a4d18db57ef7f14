"""Two instances on each host in one play, as docs/instances.md says; and a host that Octopus reaches at another address than its own."""

from __future__ import annotations

import base64
import os
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.lab.fleet import DEFAULT_PACKAGE
from tests.lab.halibut import thumbprint_at

from .playing import ROOT, Field, field
from .test_hosts import OLD, pinned
from .troubles import host_variables, on_host

BOOTSTRAP, LOOP, LISTED, REMOVAL = re.findall(r"^```yaml\n(.*?)^```$", (ROOT / "docs/instances.md").read_text(), re.MULTILINE | re.DOTALL)
UNCHECKED = {"octopus_health_check": False}
ALONE: tuple[tuple[dict[str, Any], str], ...] = (
    ({}, "The instance 'Tentacle' of this machine has the same certificate"),
    ({"tentacle_identity_name": "third", "tentacle_port": 10943}, "the instance 'Batch' of this machine listens"),
)
"""What a third instance has of another one, and what is said of it."""

LOUDER = """mkdir /etc/systemd/system/Batch.service.d
printf '[Service]\\nEnvironment=OCTOPUS__TENTACLE__LOGLEVEL=Debug\\n' > /etc/systemd/system/Batch.service.d/override.conf
systemctl daemon-reload"""


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    """A Windows host, and a Linux host where there is root."""
    linux = ["lin01"] if os.geteuid() == 0 else []
    with field(["win01"], tmp_path_factory.mktemp("field"), linux=linux) as found:
        yield found


@pytest.fixture
def play(both: Field, tmp_path: Path) -> str:
    """The page's play, in a file."""
    both.reset()
    path = tmp_path / "instances.yml"
    path.write_text(BOOTSTRAP)
    return str(path)


def third(host: str) -> dict[str, Any]:
    """Return the variables of a host's third instance."""
    return {"octopus_target_name": f"{host}-third", "tentacle_port": 10953}


def results(lab: Field, run_hosts: dict[str, dict[str, object]]) -> dict[str, object]:
    """Return what became of each row of the report."""
    assert set(run_hosts) == {f"{name}{more}" for name in lab.names for more in ("", " (Batch)")}
    return {name: row["result"] for name, row in run_hosts.items()}


def test_two_instances_are_brought_in_one_play_and_neither_touches_the_other(both: Field, play: str, tmp_path: Path) -> None:
    refused = both.play("--check", playbook=play, variables={"tentacle_port": 10933})
    for name in both.names:
        assert refused.result(name) == "created"
        assert refused.reason(f"{name} (Batch)").startswith("'tentacle_port' is 10933, on which the instance 'Tentacle' of this machine")
    assert both.records() == {}

    made = both.play(*host_variables(both, {"win01": pinned(both, OLD)}), playbook=play)
    assert made.rc == 0, made.output
    assert set(results(both, made.hosts).values()) == {"created"}
    records = both.records()
    assert {record["HealthStatus"] for record in records.values()} == {"HasWarnings"}
    assert len({record["Thumbprint"] for record in records.values()}) == len(records) == 2 * len(both.names)
    for name in both.names:
        address = both.hosts.host(name)["address"]
        for record, port, tags in ((records[name], 10933, ["web-server"]), (records[f"{name}-batch"], 10943, ["batch"])):
            assert (record["Uri"], record["Roles"]) == (f"https://{address}:{port}/", tags)
            assert thumbprint_at(address, port) == record["Thumbprint"]

    upgrade = both.play("-l", "win01", playbook=play)
    assert (upgrade.result("win01"), upgrade.result("win01 (Batch)")) == ("updated", "unchanged"), upgrade.output
    for home in ("C:\\Octopus", "C:\\Octopus\\Batch"):
        log = base64.b64decode(both.hosts.files("win01")[f"{home}\\Logs\\OctopusTentacle.txt"]["content"]).decode()
        assert re.findall(r"Tentacle version (\S+)", log)[-1] == DEFAULT_PACKAGE.version
    assert {name: record["Id"] for name, record in both.records().items()} == {name: record["Id"] for name, record in records.items()}

    # What somebody has added to the unit is his (docs/settings.md); and the page's other way says the same.
    if "lin01" in both.names:
        on_host(both, "lin01", LOUDER)
    looping = tmp_path / "loop.yml"
    looping.write_text(LOOP)
    again = both.play("--diff", playbook=str(looping), variables=yaml.safe_load(LISTED))
    assert set(results(both, again.hosts).values()) == {"unchanged"}
    assert "changed=0" in again.output
    assert "changed=1" not in again.output

    # One that is brought alone knows of the others by what is on the machine.
    own = host_variables(both, {name: {**third(name), **more} for name, (more, _) in zip(both.names, ALONE, strict=False)})
    alone = both.play("--check", *own, variables={"tentacle_instance": "Third", **UNCHECKED})
    for name, (_, words) in zip(both.names, ALONE, strict=False):
        assert words in alone.reason(name), alone.output

    removal = tmp_path / "removal.yml"
    tasks = "".join(f"    {line}\n" if line else "\n" for line in REMOVAL.splitlines())
    removal.write_text(f"- name: Take one off\n  hosts: tentacles\n  gather_facts: false\n  tasks:\n{tasks}")
    gone = both.play(playbook=str(removal))
    assert gone.rc == 0, gone.output
    assert set(both.records()) == set(both.names)
    left = both.play()
    assert {left.result(name) for name in both.names} == {"unchanged"}, left.output


@contextmanager
def gate(address: str, port: int) -> Iterator[int]:
    """Forward connections from a port of this machine, as a router with NAT does; yield the port."""

    def pass_on(source: socket.socket, sink: socket.socket) -> None:
        with closing(sink):
            while data := source.recv(65536):
                sink.sendall(data)

    def serve() -> None:
        while True:
            try:
                inner, _peer = listener.accept()
            except OSError:
                return
            outer = socket.create_connection((address, port))
            for pair in ((inner, outer), (outer, inner)):
                threading.Thread(target=pass_on, args=pair, daemon=True).start()

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield int(listener.getsockname()[1])


def test_a_host_behind_nat_listens_on_one_address_and_is_reached_at_another(both: Field, play: str) -> None:
    """What is no longer said stays, on the host and on the server, while the listening address is changed again."""
    addresses = {name: both.hosts.host(name)["address"] for name in both.names}
    with gate(addresses["win01"], 10944) as port:
        own: dict[str, dict[str, Any]] = {
            name: {"tentacle_listen_ip_address": address, "tentacle_port": 10944} for name, address in addresses.items()
        }
        own["win01"] |= {"octopus_public_hostname": "127.0.0.1", "octopus_public_port": port}
        run = both.play(*host_variables(both, own))
        assert run.rc == 0, run.output
        records = both.records()
        assert records["win01"]["Uri"] == f"https://127.0.0.1:{port}/"
        assert {record["HealthStatus"] for record in records.values()} == {"HasWarnings"}
        assert both.hosts.host("win01")["firewall"] == {"Octopus Deploy Tentacle": "10944"}
        moved = both.play(variables={"tentacle_listen_ip_address": "any", **UNCHECKED})
        for name, address in addresses.items():
            change = {"path": "listen_ip_address", "before": address, "after": None}
            assert (moved.result(name), moved.hosts[name]["changes"]) == ("updated", [change]), moved.output
            assert thumbprint_at(address, 10944) == records[name]["Thumbprint"]
        again = both.play("--check", variables=UNCHECKED)
        assert {again.result(name) for name in both.names} == {"unchanged"}
        assert {name: record["Uri"] for name, record in both.records().items()} == {name: record["Uri"] for name, record in records.items()}
