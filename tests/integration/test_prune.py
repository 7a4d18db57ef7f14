"""Machines that are gone from the inventory: their records go, and nobody else's."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .playing import Field

PRUNE = "playbooks/prune.yml"
IN_TWO_SPACES = {"octopus_registrations": [{}, {"space": "Second", "environments": ["Production"], "register_as": ["target"]}]}
MORE: Mapping[str, Mapping[str, Any]] = {
    "win01": IN_TWO_SPACES,
    "win03": {**IN_TWO_SPACES, "octopus_register_as": ["target", "worker"], "octopus_worker_pools": ["Default Worker Pool"]},
}
"""What hosts are besides targets of one space."""
KINDS = (("Spaces-1", "machines", "DeploymentTargets"), ("Spaces-1", "workers", "Workers"), ("Spaces-2", "machines", "DeploymentTargets"))


def inventory_of(lab: Field, *, gone: tuple[str, ...] = ()) -> Path:
    """Return the lab's inventory without some hosts, and with what the others are besides."""
    inventory = json.loads(lab.lab.inventory.read_text())
    for group in inventory["tentacles"]["children"].values():
        group["hosts"] = {name: {**host, **MORE.get(name, {})} for name, host in group["hosts"].items() if name not in gone}
    path = lab.directory / f"inventory-{len(gone)}.json"
    path.write_text(json.dumps(inventory))
    return path


def records(lab: Field) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Return all records of this lab's machines, by space, kind and name."""
    return {
        (space, kind, record["Name"]): record
        for space, kind, _restriction in KINDS
        for record in lab.call("GET", f"/api/{space}/{kind}/all")
        if not record["Name"].startswith("other-")
    }


def look_for(lab: Field, *names: str) -> None:
    """Let the server look for machines, as it does by itself every hour."""
    found = records(lab)
    for space, kind, restriction in KINDS:
        ids = [record["Id"] for (where, what, name), record in found.items() if (where, what) == (space, kind) and name in names]
        arguments = {"MachineIds": ids, "RestrictedTo": restriction, "Timeout": "00:01:00", "MachineTimeout": "00:00:30"}
        task = lab.call("POST", "/api/tasks", {"Name": "Health", "Description": "A look", "SpaceId": space, "Arguments": arguments})
        end = time.monotonic() + 60
        while not lab.call("GET", f"/api/tasks/{task['Id']}")["IsCompleted"]:
            assert time.monotonic() < end
            time.sleep(0.2)


def test_records_of_machines_that_are_gone_are_foreseen_and_removed_and_all_others_stay(lab: Field) -> None:
    assert lab.play(inventory=inventory_of(lab)).rc == 0
    lab.server.add_machine("foreign", "AB" * 20, "https://foreign.example.com:10933/")
    lab.hosts.wipe("win03")
    look_for(lab, "win03", "foreign")
    before = records(lab)
    of_it = {place: record for place, record in before.items() if place[2] == "win03"}
    assert [record["HealthStatus"] for record in (*of_it.values(), before["Spaces-1", "machines", "foreign"])] == ["Unavailable"] * 4
    identities = sorted(path.name for path in (lab.lab.directory / "identities").iterdir())
    fewer = inventory_of(lab, gone=("win02", "win03"))
    gone = {
        f"{'worker' if kind == 'workers' else 'deployment target'} 'win03' ({record['Id']}) "
        f"in space '{'Default' if space == 'Spaces-1' else 'Second'}' of {lab.lab.server.url}"
        for (space, kind, _name), record in of_it.items()
    }

    foreseen = lab.play("--check", playbook=PRUNE, inventory=fewer)
    assert (foreseen.rc, foreseen.result("localhost")) == (0, "updated"), foreseen.output
    assert [each for each in gone if f"{each[:1].upper()}{each[1:]}: would be removed (this is check mode)" not in foreseen.output] == []
    assert records(lab).keys() == before.keys()

    refused = lab.play(playbook=PRUNE, inventory=fewer, variables={"octopus_prune_include_healthy": True})
    assert refused.rc != 0
    assert "'octopus_prune_most' is 3 (half of them), and 4 of the fleet's 6 records would go" in refused.reason("localhost")
    assert records(lab).keys() == before.keys()

    done = lab.play("--diff", playbook=PRUNE, inventory=fewer)
    assert (done.rc, done.result("localhost")) == (0, "updated"), done.output
    assert {change["path"] for change in done.hosts["localhost"]["changes"]} == gone
    assert done.output.count(": is removed") == len(gone)
    assert "stays. Octopus finds it HasWarnings: the machine runs." in done.output
    assert records(lab).keys() == before.keys() - of_it.keys()
    assert sorted(path.name for path in (lab.lab.directory / "identities").iterdir()) == identities

    again = lab.play(playbook=PRUNE, inventory=fewer)
    assert (again.rc, again.result("localhost")) == (0, "unchanged"), again.output
    limited = lab.play("-l", "win01", playbook=PRUNE, inventory=fewer)
    assert limited.rc == 1, limited.output
    assert records(lab).keys() == before.keys() - of_it.keys()
    secret = lab.lab.server.api_key
    assert secret not in "".join(run.output for run in (foreseen, refused, done, again, limited))
