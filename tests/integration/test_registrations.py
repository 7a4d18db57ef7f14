"""One machine as a target and a worker, in several spaces and on two servers, and the bad luck that some of them have."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.lab.octopus import OctopusServer
from tests.lab.octopus.control import ServerControl
from tests.lab.octopus.prerequisites import WORKER_TYPES

from .host_variables import assert_refused, play_with
from .playing import Field, field
from .troubles import on_host

LINUX = ["lin01"] if os.geteuid() == 0 else []
REMOVE = """
- hosts: tentacles
  gather_facts: false
  tasks:
    - octoboot.octopus.registrations:
        state: absent
"""


@pytest.fixture(scope="module")
def two_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    """Four hosts, a Linux host where there is root, and a second server."""
    windows = ["win01", "win02", "win03", "win04"]
    with field(windows, tmp_path_factory.mktemp("field"), linux=LINUX, second=True) as found:
        yield found


@pytest.fixture
def lab(two_servers: Field, tmp_path: Path) -> Field:
    """The lab, as new."""
    two_servers.directory = tmp_path
    two_servers.reset()
    return two_servers


def second_of(lab: Field) -> OctopusServer:
    """Return the second server."""
    assert lab.lab.second is not None
    return lab.lab.second


def ask(server: OctopusServer, method: str, path: str, body: Any = None) -> Any:
    """Ask a server as its administrator."""
    reply = requests.request(method, f"{server.url}/api/{path}", json=body, headers={"X-Octopus-ApiKey": server.api_key}, timeout=30)
    reply.raise_for_status()
    return reply.json()


def named(records: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """Return the record of this name."""
    return next(record for record in records if record["Name"] == name)


def trusted(lab: Field, name: str) -> set[str]:
    """Return the thumbprints of the servers that a host's Tentacle trusts."""
    if name not in LINUX:
        return set(lab.hosts.host(name)["agents"][0]["trust"])
    shown = json.loads(on_host(lab, name, "Tentacle show-configuration --instance Tentacle"))
    return {each["Thumbprint"] for each in shown["Tentacle"]["Communication"]["TrustedOctopusServers"]}


def writes(server: OctopusServer) -> list[str]:
    """Return the requests that were to change something."""
    return [request["path"] for request in ServerControl(server.control_url).requests() if request["method"] != "GET"]


def forget(lab: Field) -> None:
    """Forget the requests until now."""
    for server in (lab.lab.server, second_of(lab)):
        ServerControl(server.control_url).clear_requests()


@pytest.mark.smoke
def test_targets_workers_spaces_and_servers_in_one_fleet(lab: Field) -> None:
    second = second_of(lab)
    other = {"url": second.url, "api_key": second.api_key}
    hosts: dict[str, dict[str, Any]] = {
        "win01": {"octopus_register_as": ["target", "worker"], "octopus_worker_pools__build": ["default-worker-pool"]},
        "win02": {
            "octopus_registrations": [
                {},
                {"space": "second", "environments": ["Production"], "name": "win02-second", "disabled": True},
                {**other, "register_as": ["worker"], "worker_pools": ["Default Worker Pool"]},
            ]
        },
        "win03": {"octopus_registrations": [{**other, "environments": ["Development"]}]},
        "win04": {
            "tentacle_communication_style": "polling",
            "octopus_registrations": [
                {"server_addresses": lab.lab.server.polling_addresses()},
                {**other, "environments": ["Development"], "server_addresses": second.polling_addresses()},
            ],
        },
        **{name: {"octopus_registrations": [{}, {**other, "environments": ["Development"]}]} for name in LINUX},
    }
    forget(lab)
    foreseen = play_with(lab, hosts, "--check", "--diff")
    assert foreseen.rc == 0, foreseen.output
    assert {foreseen.result(name) for name in hosts} == {"created"}
    assert (lab.records().keys() & hosts.keys(), writes(lab.lab.server), writes(second)) == (set(), [], [])
    assert "Deployment target win02-second" in foreseen.output
    run = play_with(lab, hosts)
    assert run.rc == 0, run.output
    assert second.api_key not in foreseen.output + run.output + "".join(
        path.read_text() for path in run.logs.rglob("*.*") if path.is_file()
    )
    targets, workers = lab.call("GET", "/api/Spaces-1/machines/all"), lab.call("GET", "/api/Spaces-1/workers/all")
    there, elsewhere = ask(second, "GET", "workers/all"), lab.call("GET", "/api/Spaces-2/machines/all")
    both = {lab.lab.server.thumbprint, second.thumbprint}
    alone = {"win01": {lab.lab.server.thumbprint}, "win03": {second.thumbprint}}
    assert {name: trusted(lab, name) for name in hosts} == {**dict.fromkeys(hosts, both), **alone}
    targets_there = ask(second, "GET", "machines/all")
    checked = [named(targets, "win01"), named(workers, "win01"), named(targets, "win02"), named(there, "win02")]
    checked += [named(records, name) for name in LINUX for records in (targets, targets_there)]
    # The health check of each server comes through with its own certificate, so the Tentacle trusts both.
    assert {record["HealthStatus"] for record in [*checked, named(targets_there, "win03")]} == {"HasWarnings"}
    # Each server has heard from a machine that polls both, at its own nodes and by a subscription of its own.
    polling = [named(targets, "win04"), named(targets_there, "win04")]
    assert {record["HealthStatus"] for record in polling} <= {"Healthy", "HasWarnings"}
    assert len({record["Endpoint"]["Uri"].removeprefix("poll://") for record in polling}) == 2
    assert named(workers, "win01")["WorkerPoolIds"] == ["WorkerPools-1"]
    assert (named(elsewhere, "win02-second")["IsDisabled"], named(elsewhere, "win02-second")["Roles"]) == (True, ["web-server"])
    ids = run.hosts["win02"]["machine_ids"]
    assert ids == [named(targets, "win02")["Id"], named(elsewhere, "win02-second")["Id"], named(there, "win02")["Id"]]
    assert ", ".join(ids) in run.output
    assert f"worker 'win02' ({ids[2]}) in space 'Default' of {second.url}: created" in run.logs_of("win02")
    forget(lab)
    for how in ((), ("--check", "--diff")):
        again = play_with(lab, hosts, *how)
        assert again.rc == 0, again.output
        assert {again.result(name) for name in hosts} == {"unchanged"}
        assert (again.hosts["win02"]["machine_ids"], writes(lab.lab.server), writes(second)) == (ids, [], [])
    removal = lab.directory / "remove.yml"
    removal.write_text(REMOVE)
    variables = lab.directory / "variables-remove.json"
    variables.write_text(json.dumps({"all": {"hosts": hosts}}))
    removed = lab.play("-i", str(variables), playbook=str(removal))
    assert (removed.rc, {removed.result(name) for name in hosts}) == (0, {"deleted"}), removed.output
    assert [record["Name"] for record in (*lab.call("GET", "/api/Spaces-1/workers/all"), *ask(second, "GET", "workers/all"))] == []


def test_bad_luck_on_one_server_is_told_and_the_others_are_registered(lab: Field) -> None:
    second = second_of(lab)
    pool = ask(
        lab.lab.server, "POST", "workerpools", {"Name": "Cloud", "WorkerPoolType": "DynamicWorkerPool", "WorkerType": WORKER_TYPES[0]}
    )
    wrong_key = {"url": second.url, "api_key": "API-" + "Z" * 26}
    hosts: dict[str, dict[str, Any]] = {
        "win01": {"octopus_register_as": ["target", "worker"], "octopus_worker_pools": ["Default Worker Pool"]},
        "win02": {"octopus_registrations": [{**wrong_key, "environments": ["Development"]}, {}]},
        "win03": {"octopus_register_as": ["worker"], "octopus_worker_pools": ["Cloud"]},
    }
    machines = len(lab.call("GET", "/api/Spaces-1/machines/all"))
    lab.server.switch(machine_limit=machines + 2)
    run = play_with(lab, hosts, "--forks", "1", "-l", ",".join(hosts))
    assert_refused(lab, run, "win03", "'octopus_worker_pools' names 'Cloud', a dynamic worker pool")
    assert run.rc != 0
    assert (run.result("win01"), run.result("win02")) == ("created", "failed"), run.output
    assert f"Deployment target on {second.url}: Octopus Server at {second.url} does not accept the API key" in run.reason("win02")
    assert "Your license allows" in run.reason("win02")
    assert "win02" not in lab.records()
    assert wrong_key["api_key"] not in run.output
    lab.server.switch(machine_limit=0)
    lab.server.edit_machine("win01", {"Roles": ["by-hand"]}, on_method="GET", on_path=f"/machines/{lab.records()['win01']['Id']}")
    hosts["win01"] |= {"octopus_disabled": True, "octopus_target_tags": None}
    hosts["win02"] = {"octopus_registrations": [{**wrong_key, "api_key": second.api_key, "environments": ["Development"]}, {}]}
    hosts["win03"] = {"octopus_register_as": ["worker"], "octopus_worker_pools": ["Default Worker Pool"]}
    mended = play_with(lab, hosts, "-l", ",".join(hosts))
    assert mended.rc == 0, mended.output
    assert [mended.result(name) for name in hosts] == ["updated", "created", "created"]
    edited = lab.records()["win01"]
    assert (edited["Roles"], edited["IsDisabled"]) == (["by-hand"], True)
    lab.call("DELETE", f"/api/Spaces-1/workerpools/{pool['Id']}")
