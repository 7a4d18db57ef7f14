"""What the module `prune` reads before it removes anything: the whole inventory, its stores, its servers."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._ansible import wiring
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import OctopusError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._store.identities import IdentityStore
from ansible_collections.octoboot.octopus.plugins.plugin_utils._store.pfx import write_pfx

from tests.unit.work.fakes import machine
from tests.unit.work.test_prune import MAY

from .stage import Octopus, Stage, build

HOSTS: dict[str, dict[str, Any]] = {"web01": {}, "web02": {"tentacle_identity_name": "second", "octopus_target_name": "shop"}}


def fleet(directory: Path, monkeypatch: pytest.MonkeyPatch, octopus: Octopus, hosts: Mapping[str, Any] = HOSTS, **variables: Any) -> Stage:
    """Return a stage on which two machines are gone, and both hosts have records."""
    octopus.snapshot = replace(octopus.snapshot, granted=MAY)
    stage = build(directory, monkeypatch, octopus, hosts, **variables)
    for number, (name, record) in enumerate({"web01": "web01", "second": "old-name", "web08": "web08", "web09": "web09"}.items(), 1):
        away(octopus, number, record, identity(stage, name))
    return stage


@pytest.fixture
def pruned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, octopus: Octopus) -> Stage:
    return fleet(tmp_path, monkeypatch, octopus)


def identity(stage: Stage, name: str) -> str:
    """Make an identity; return its thumbprint."""
    return IdentityStore(stage.directory / "identities", wiring.PlainCipher()).obtain(name)[0].thumbprint


def away(octopus: Octopus, number: int, name: str, thumbprint: str) -> None:
    """Let a server have the record of a machine that does not answer."""
    octopus.records[f"Machines-{number}"] = machine(number, name, thumbprint, HealthStatus="Unavailable")


def left(octopus: Octopus) -> list[str]:
    return [record["Name"] for record in octopus.records.values()]


def test_what_is_of_no_host_goes_whatever_the_limit_and_no_store_is_changed(pruned: Stage, octopus: Octopus) -> None:
    pruned.limit("web01")
    before = sorted(path.name for path in (pruned.directory / "identities").iterdir())
    foreseen = pruned.task("prune", "web01", check=True, diff=True)
    assert (foreseen["changed"], [each["name"] for each in foreseen["vanished"]]) == (True, ["web08", "web09"])
    assert list(foreseen["diff"]["before"].values()) == ["web08", "web09"]
    assert [line for line in pruned.told if line.endswith("would be removed (this is check mode)")]
    assert len(octopus.records) == 4
    done = pruned.task("prune", "web01")
    assert (done["vanished"], done["changed"]) == (foreseen["vanished"], True)
    assert left(octopus) == ["web01", "old-name"]
    assert sorted(path.name for path in (pruned.directory / "identities").iterdir()) == before
    pruned.next_run()
    again = pruned.task("prune", "web01")
    assert (again["changed"], again["vanished"], again["kept"], again.get("failed")) == (False, [], [], None)
    assert [server["space"] for server in again["servers"]] == ["Default"]


def test_a_server_of_two_urls_is_one_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, octopus: Octopus) -> None:
    hosts = {**HOSTS, "web01": {"octopus_url": "https://alias.example.com"}}
    pruned = fleet(tmp_path, monkeypatch, octopus, hosts)
    alias = Octopus()
    alias.records, alias.snapshot = octopus.records, replace(octopus.snapshot, url="https://alias.example.com")
    pruned.elsewhere["https://alias.example.com", None] = alias
    done = pruned.task("prune", "web01", check=True)
    assert ([each["name"] for each in done["vanished"]], len(done["servers"])) == (["web08", "web09"], 1)


def test_names_certificates_and_instances_of_hosts_keep_their_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, octopus: Octopus
) -> None:
    other = IdentityStore(tmp_path / "other", wiring.PlainCipher())
    mine = other.obtain("mine")[0]
    pfx = base64.b64encode(write_pfx(mine.certificate_pem, other.private_key("mine"), "pw", encryption="modern")).decode()
    supplied = {"tentacle_certificate": pfx, "tentacle_certificate_password": "pw"}
    stage = fleet(tmp_path, monkeypatch, octopus, {**HOSTS, "web03": supplied})
    away(octopus, 5, "web04", mine.thumbprint)
    for path in (tmp_path / "other").glob("mine.*"):
        (tmp_path / "identities" / f"was{path.suffix}").write_bytes(path.read_bytes())
    away(octopus, 6, "SHOP", identity(stage, "web10"))
    away(octopus, 7, "batch", identity(stage, "web01-batch"))
    told = stage.task("prune", "web01", most=2)
    assert left(octopus) == ["web01", "old-name", "web04", "SHOP", "batch"], told
    assert sorted(each["name"] for each in told["kept"]) == ["SHOP", "batch"]


@pytest.mark.parametrize(
    ("hosts", "variables", "words"),
    [
        ({"web02": {"tentacle_port": 0}}, {}, "Nothing is removed, as what is of web02 cannot be told: 'tentacle_port' must be"),
        (
            {"web02": {"tentacle_identity_name": "{{ nobody }}"}},
            {},
            "as what is of web02 cannot be told: 'tentacle_identity_name' can",
        ),
        ({"web02": {"tentacle_identity_nam": "x"}}, {}, "as what is of web02 cannot be told"),
        ({}, {"octopus_hosts": "tentacels"}, "'octopus_hosts' is 'tentacels', and the inventory has no such host."),
        ({}, {"tentacle_identity_store": None}, "no host of the fleet says 'tentacle_identity_store'"),
        ({}, {"tentacle_identity_store": "/none/such"}, "The identity store /none/such cannot be read"),
        ({}, {"octopus_prune_most": -1}, "'octopus_prune_most' must be 0 or more"),
        ({}, {"octopus_prune_most": 1}, "'octopus_prune_most' is 1, and 2 of the fleet's 4 records would go"),
    ],
)
def test_nothing_is_removed_where_not_all_is_known(
    hosts: dict[str, Any],
    variables: dict[str, Any],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    octopus: Octopus,
) -> None:
    stage = fleet(tmp_path, monkeypatch, octopus, {**HOSTS, **hosts}, **variables)
    told = stage.task("prune", "web01")
    assert told["failed"]
    assert words in told["msg"]
    assert len(octopus.records) == 4


def test_a_host_outside_of_the_fleet_is_there_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, octopus: Octopus) -> None:
    stage = fleet(tmp_path, monkeypatch, octopus)
    told = stage.task("prune", "web01", hosts=["web01"], most=9)
    assert not told.get("failed"), told
    assert left(octopus) == ["web01", "old-name"]


def test_a_server_that_fails_is_told_and_the_others_are_pruned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, octopus: Octopus) -> None:
    entries = [{}, {"space": "Second"}, {"space": "Third"}]
    stage = fleet(tmp_path, monkeypatch, octopus, {"web01": {"octopus_registrations": entries}, "web02": HOSTS["web02"]})
    stage.add_server(space="Second").refuses = OctopusError("The server is away.")
    third = stage.add_server(space="Third", number=3)
    third.snapshot = replace(third.snapshot, granted=MAY)
    away(third, 8, "web08", identity(stage, "web08"))
    told = stage.task("prune", "web01", most=9)
    assert (told["failed"], told["msg"], told["changed"]) == (True, "The server is away.", True)
    assert (left(octopus), left(third)) == (["web01", "old-name"], [])
    assert [(each["name"], each["space"]) for each in told["vanished"]] == [("web08", "Default"), ("web09", "Default"), ("web08", "Third")]
