"""Machines that poll: brought up, moved from node to node, turned to the other side and back, built again, killed on the way."""

from __future__ import annotations

import base64
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .playing import Field, Run, field

STEPS = 8
"""Writing steps of a change of sides, and a host more than these: a test below says when they are too few."""
WINDOWS = [f"win{number:02}" for number in range(1, STEPS + 2)]
BOTH = {"octopus_register_as": ["target", "worker"], "octopus_worker_pools": ["Default Worker Pool"]}
KINDS = ("machines", "workers")
POLLING = {**BOTH, "tentacle_communication_style": "polling", "tentacle_server_addresses": "{{ lab_polling_addresses }}"}
FIRST_NODE = {**POLLING, "tentacle_server_addresses": "{{ lab_polling_addresses[:1] }}", "octopus_health_check": False}
"""Without a health check: a node that is not polled reaches nobody."""
LISTENING = {**BOTH, "tentacle_communication_style": "listening"}
LINUX = ["lin01"] if os.geteuid() == 0 else []
FEW = [*WINDOWS[:1], *LINUX]
CONFIGURATION = "C:\\Octopus\\Tentacle.config"
HERE = ("-l", ",".join(FEW))


@pytest.fixture(scope="module")
def big_field(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    """A server of two nodes; a host for each step that can be the last one, and a Linux host where there is root."""
    with field(WINDOWS, tmp_path_factory.mktemp("field"), linux=LINUX, nodes=2) as found:
        yield found


@pytest.fixture
def fleet(big_field: Field, tmp_path: Path) -> Field:
    """The module's lab, as new."""
    big_field.directory = tmp_path
    big_field.reset()
    return big_field


def results(run: Run, names: list[str] = FEW) -> set[str]:
    """Return what became of hosts."""
    return {run.result(name) for name in names}


def changes(run: Run, name: str) -> dict[str, Any]:
    """Return what changed on a host, by path."""
    return {change["path"]: change["after"] for change in run.hosts[name]["changes"]}


def assert_polls(lab: Field, name: str, *nodes: int) -> str:
    """See that the server knows a host by its subscription, and that it polls these nodes and listens nowhere; return the id."""
    (record, worker), state = (records(lab, kind)[name] for kind in KINDS), lab.hosts.host(name)
    for each in (record, worker):
        assert each["Endpoint"]["CommunicationStyle"] == "TentacleActive", name
        assert each["HealthStatus"] in ("Healthy", "HasWarnings"), name
        assert (each["Thumbprint"], each["Endpoint"]["Uri"]) == (record["Thumbprint"], record["Endpoint"]["Uri"]), name
    connected = [each for each in lab.server.polling() if each["thumbprint"] == record["Thumbprint"]]
    assert {each["node"] for each in connected} == set(nodes), name
    assert {each["subscription"] for each in connected} == {record["Endpoint"]["Uri"]}, name
    assert remembered(lab, name) == [f"# polls: {lab.lab.server.thumbprint} {record['Endpoint']['Uri']}"], name
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((state["address"], 10933), timeout=5).close()
    return str(record["Endpoint"]["Uri"])


def remembered(lab: Field, name: str) -> list[str]:
    """Return what a host's identity in the store says of whom it polls."""
    lines = (lab.lab.directory / "identities" / f"{name}.pem").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.startswith("# polls: ")]


def records(lab: Field, kind: str) -> dict[str, dict[str, Any]]:
    """Return the server's records of one kind of this lab's machines, by name."""
    return {record["Name"]: record for record in lab.call("GET", f"/api/Spaces-1/{kind}/all") if not record["Name"].startswith("other-")}


def ids(lab: Field) -> dict[str, tuple[str, str]]:
    """Return names and thumbprints of the records, targets and workers, by id."""
    return {record["Id"]: (name, record["Thumbprint"]) for kind in KINDS for name, record in records(lab, kind).items()}


def test_machines_poll_change_nodes_and_sides_and_stay_the_machines_that_they_are(fleet: Field) -> None:
    foreseen = fleet.play("--check", *HERE, variables=POLLING)
    assert results(foreseen) == {"created"}, foreseen.output
    assert all("poll://(a new subscription)/" in changes(foreseen, name)["subscription_ids"] for name in FEW)
    assert ids(fleet) == {}

    made = fleet.play(*HERE, variables=POLLING)
    assert results(made) == {"created"}, made.output
    known = ids(fleet)
    subscriptions = {name: assert_polls(fleet, name, 1, 2) for name in FEW}
    assert "firewall" not in changes(made, FEW[0])
    assert fleet.hosts.host(FEW[0])["firewall"] == {}
    visits = {name: fleet.hosts.host(name)["visits"] for name in FEW}
    again = fleet.play(*HERE, variables=POLLING)
    assert results(again) == {"unchanged"}, again.output
    assert {name: fleet.hosts.host(name)["visits"] - visits[name] for name in FEW} == dict.fromkeys(FEW, 1)
    for said in (POLLING, {}):  # what nobody says stays so
        assert results(fleet.play("--check", "--diff", *HERE, variables=said)) == {"unchanged"}

    less = fleet.play(*HERE, variables=FIRST_NODE)
    assert results(less) == {"updated"}, less.output
    fewer = {name: assert_polls(fleet, name, 1) for name in FEW}
    assert not {*fewer.values()} & {*subscriptions.values()}
    more = fleet.play(*HERE, variables=POLLING)
    assert results(more) == {"updated"}, more.output
    assert {name: assert_polls(fleet, name, 1, 2) for name in FEW} == fewer

    for name in FEW:
        fleet.hosts.wipe(name)
    fleet.server.close_polling(1)
    fleet.server.change_polling_certificate(2)  # to a Tentacle, that is no server of its own
    built = fleet.play(*HERE, variables={**POLLING, "octopus_health_check": False})
    assert (results(built), ids(fleet)) == ({"updated"}, known), built.output
    fleet.server.clear_faults()
    # The longer it has failed, the longer a Tentacle waits before it tries again.
    until = time.monotonic() + 60
    while len(fleet.server.polling()) < 2 * len(FEW) and time.monotonic() < until:
        time.sleep(0.2)
    met = fleet.play(*HERE, variables=POLLING)
    assert met.rc == 0, met.output
    assert not {assert_polls(fleet, name, 1, 2) for name in FEW} & {*fewer.values()}

    back = fleet.play(*HERE, variables=LISTENING)
    assert results(back) == {"updated"}, back.output
    assert results(fleet.play(*HERE, variables=LISTENING)) == {"unchanged"}
    assert {each["Endpoint"]["CommunicationStyle"] for kind in KINDS for each in records(fleet, kind).values()} == {"TentaclePassive"}
    assert not [each for each in fleet.server.polling() if each["thumbprint"] in {thumbprint for _name, thumbprint in known.values()}]
    assert ids(fleet) == known
    assert [remembered(fleet, name) for name in FEW] == [[]] * len(FEW)


def test_killed_after_any_command_of_a_change_of_sides_the_next_run_completes_it(fleet: Field) -> None:
    limit = ("-l", ",".join(WINDOWS))
    ready = fleet.play(*limit, variables=LISTENING)
    assert ready.rc == 0, ready.output
    known = ids(fleet)
    for after in (POLLING, LISTENING):
        taken = {name: fleet.hosts.host(name)["steps"] for name in WINDOWS}
        for number, name in enumerate(WINDOWS[:-1], start=1):
            fleet.hosts.set_fault(name, "die_after_step", number)
        killed = fleet.play(*limit, variables={**after, "octopus_health_check": False})
        whole = fleet.hosts.host(WINDOWS[-1])["steps"] - taken[WINDOWS[-1]]
        assert 1 < whole <= STEPS, "add hosts: some commands were not the last one of any"
        assert {name for name in WINDOWS if killed.result(name) in ("unreachable", "failed")} == set(WINDOWS[:whole]), killed.output
        for name in WINDOWS:
            fleet.hosts.clear_faults(name)
            configuration = base64.b64decode(fleet.hosts.files(name)[CONFIGURATION]["content"]).decode("utf-8-sig")
            assert fleet.lab.server.thumbprint in configuration, f"{name} trusts nobody"
        mended = fleet.play(*limit, variables=after)
        assert mended.rc == 0, mended.output
        assert ids(fleet) == known
        for name in WINDOWS if after is POLLING else ():
            assert_polls(fleet, name, 1, 2)
    assert {fleet.play(*limit, variables=LISTENING).result(name) for name in WINDOWS} == {"unchanged"}
