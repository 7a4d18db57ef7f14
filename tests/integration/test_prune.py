"""Machines that are gone from the inventory: their records go, and nobody else's."""

from __future__ import annotations

import json
import time
from pathlib import Path

from .playing import Field

PRUNE = "playbooks/prune.yml"


def without(lab: Field, *gone: str) -> Path:
    """Return the lab's inventory without some hosts."""
    inventory = json.loads(lab.lab.inventory.read_text())
    for group in inventory["tentacles"]["children"].values():
        group["hosts"] = {name: host for name, host in group["hosts"].items() if name not in gone}
    path = lab.directory / "fewer.json"
    path.write_text(json.dumps(inventory))
    return path


def look_for(lab: Field, *ids: str) -> None:
    """Let the server look for machines, as it does by itself every hour."""
    arguments = {"MachineIds": list(ids), "Timeout": "00:01:00", "MachineTimeout": "00:00:30"}
    task = lab.call("POST", "/api/tasks", {"Name": "Health", "Description": "A look", "SpaceId": "Spaces-1", "Arguments": arguments})
    end = time.monotonic() + 60
    while not lab.call("GET", f"/api/tasks/{task['Id']}")["IsCompleted"]:
        assert time.monotonic() < end
        time.sleep(0.2)


def test_records_of_machines_that_are_gone_are_foreseen_and_removed_and_all_others_stay(lab: Field) -> None:
    assert lab.play().rc == 0
    lab.server.add_machine("foreign", "AB" * 20, "https://foreign.example.com:10933/")
    lab.hosts.wipe("win03")
    records = lab.records()
    look_for(lab, *(records[name]["Id"] for name in ("win03", "foreign")))
    assert [lab.records()[name]["HealthStatus"] for name in ("win03", "foreign")] == ["Unavailable"] * 2
    identities = sorted(path.name for path in (lab.lab.directory / "identities").iterdir())
    fewer = without(lab, "win02", "win03")
    gone = f"deployment target 'win03' ({records['win03']['Id']}) in space 'Default' of {lab.lab.server.url}"

    foreseen = lab.play("--check", playbook=PRUNE, inventory=fewer)
    assert (foreseen.rc, foreseen.result("localhost")) == (0, "updated"), foreseen.output
    assert f"D{gone[1:]}: would be removed (this is check mode)" in foreseen.output
    assert lab.records().keys() == records.keys()

    refused = lab.play(playbook=PRUNE, inventory=fewer, variables={"octopus_prune_include_healthy": True})
    assert refused.rc != 0
    assert "'octopus_prune_most' is 1 (half of them), and 2 of the fleet's 3 records would go" in refused.reason("localhost")
    assert lab.records().keys() == records.keys()

    done = lab.play("--diff", playbook=PRUNE, inventory=fewer)
    assert (done.rc, done.result("localhost")) == (0, "updated"), done.output
    assert [change["path"] for change in done.hosts["localhost"]["changes"]] == [gone]
    assert f"D{gone[1:]}: is removed" in done.output
    assert "stays. Octopus finds it HasWarnings: the machine runs." in done.output
    assert lab.records().keys() == records.keys() - {"win03"}
    assert sorted(path.name for path in (lab.lab.directory / "identities").iterdir()) == identities

    again = lab.play(playbook=PRUNE, inventory=fewer)
    assert (again.rc, again.result("localhost")) == (0, "unchanged"), again.output
    limited = lab.play("-l", "win01", playbook=PRUNE, inventory=fewer)
    assert limited.rc == 1, limited.output
    assert lab.records().keys() == records.keys() - {"win03"}
    secret = lab.lab.server.api_key
    assert secret not in "".join(run.output for run in (foreseen, refused, done, again, limited))
