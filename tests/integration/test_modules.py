"""The modules by themselves, for those who compose plays of their own: with their arguments alone, and no preflight before them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.lab.fleet import DEFAULT_PACKAGE

from .playing import Field, Run

OURS = ("octopus_", "tentacle_")
OTHER = "AB" * 20


@pytest.fixture
def given(lab: Field) -> dict[str, Any]:
    """What a user writes down as arguments."""
    return {
        "url": lab.lab.server.url,
        "api_key": lab.lab.server.api_key,
        "thumbprint": lab.lab.server.thumbprint,
        "store": str(lab.lab.directory / "identities"),
        "version": DEFAULT_PACKAGE.version,
        "package_url": lab.lab.downloads.url_of(DEFAULT_PACKAGE),
        "package_checksum": DEFAULT_PACKAGE.sha256,
    }


def without_ours(value: Any) -> Any:
    """Return an inventory without the variables of this collection: what is left leads to the hosts."""
    if not isinstance(value, Mapping):
        return value
    return {name: without_ours(item) for name, item in value.items() if not name.startswith(OURS)}


def play(lab: Field, playbook: str | Path, *arguments: str, **given: Any) -> Run:
    """Play over the lab's hosts, of which the inventory says no more than how to reach them."""
    bare = lab.directory / "bare.json"
    bare.write_text(json.dumps(without_ours(json.loads(lab.lab.inventory.read_text()))))
    assert "octopus_" not in bare.read_text()
    run = lab.play(*arguments, inventory=bare, playbook=str(playbook), variables={"subject": "win01", "given": given}, start_timeout=None)
    assert "Traceback" not in run.output
    return run


def alone(lab: Field, tag: str, **given: Any) -> Run:
    """Play one of the plays of modules.yml, and see that it went well."""
    run = play(lab, "tests/integration/modules.yml", "--tags", tag, **given)
    assert run.rc == 0, run.output
    return run


def own(lab: Field, *tasks: Mapping[str, Any]) -> Path:
    """Write a play of these tasks for all hosts."""
    path = lab.directory / "own.yml"
    path.write_text(yaml.safe_dump([{"hosts": "tentacles", "gather_facts": False, "tasks": list(tasks)}]))
    return path


def test_a_server_is_read_and_an_identity_is_made_without_a_host(lab: Field, given: dict[str, Any]) -> None:
    alone(lab, "look", **given)
    assert sorted(path.name for path in (lab.lab.directory / "identities").glob("mine.*")) == ["mine.key", "mine.pem"]
    assert lab.hosts.host("win01")["visits"] == 0
    assert lab.records() == {}


def test_tentacle_needs_a_store_and_a_trust_and_no_server(lab: Field, given: dict[str, Any]) -> None:
    lab.server.clear_requests()
    alone(lab, "host", **{**given, "url": None, "api_key": None})
    assert lab.server.requests() == []
    host = lab.hosts.host("win01")
    (agent,) = host["agents"]
    assert agent["trust"] == [lab.lab.server.thumbprint]
    assert host["firewall"] == {"Octopus Deploy Tentacle": "10944"}
    assert lab.records() == {}


def test_a_target_needs_a_thumbprint_and_a_bare_health_check_follows_it(lab: Field, given: dict[str, Any]) -> None:
    alone(lab, "host", **given)
    visits = lab.hosts.host("win01")["visits"]
    (agent,) = lab.hosts.host("win01")["agents"]
    alone(lab, "record", **given, thumbprint_of_host=agent["thumbprint"])
    record = lab.records()["win01"]
    assert (record["Thumbprint"], record["Roles"], record["HealthStatus"]) == (agent["thumbprint"], ["web-server"], "HasWarnings")
    assert lab.hosts.host("win01")["visits"] == visits
    foreign = lab.server.add_machine("elsewhere", OTHER, "https://192.0.2.1:10933", environments=["Staging"])
    lab.server.set_health("elsewhere", "Unavailable", "Nobody is there")
    alone(lab, "health", **given, machines={"win01": record["Id"], "elsewhere": foreign["Id"]})


def test_a_bare_health_check_of_nothing_says_what_to_do(lab: Field, given: dict[str, Any]) -> None:
    lab.server.clear_requests()
    run = play(lab, "tests/integration/modules.yml", "--tags", "nothing", **given)
    assert run.rc != 0
    assert "register it first, or give 'machines'" in run.reason("win01")
    assert not [request for request in lab.server.requests() if request["method"] == "POST"]


@pytest.mark.parametrize("strict", [False, True])
def test_preflight_alone_looks_and_changes_nothing(lab: Field, given: dict[str, Any], strict: bool) -> None:
    connection = {"url": "{{ given.url }}", "api_key": "{{ given.api_key }}"}
    look = {"octoboot.octopus.preflight": {**connection, "strict": strict}, "run_once": True, "register": "looked"}
    seen = [
        "looked is not changed",
        "looked.identities_missing == ansible_play_hosts",
        "looked.hosts.win02.failure is none and looked.hosts.win02.record == 'created'",
        "looked.servers | map(attribute='thumbprint') == [given.thumbprint]",
    ]
    variables = {"octopus_environments": ["Staging"], "octopus_target_tags": ["web"], "tentacle_identity_store": given["store"]}
    wished = {"tentacle_identity_encryption": "none", **variables}
    good = own(lab, look, {"ansible.builtin.assert": {"that": seen}})
    lab.server.clear_requests()
    well = play(lab, good, "-e", json.dumps(wished), **given)
    assert well.rc == 0, well.output
    # One host is wrong: strictly, that is all of them.
    wrong = lab.directory / "wrong.json"
    wrong.write_text(json.dumps({"tentacles": {"hosts": {"win01": {"tentacle_port": 0}}}}))
    bad = own(lab, look, {"ansible.builtin.assert": {"that": ["'tentacle_port' in looked.hosts.win01.failure", *seen[2:]]}})
    run = play(lab, bad, "-i", str(wrong), "-e", json.dumps(wished), **given)
    assert (run.rc == 0) is not strict, run.output
    if strict:
        assert "'tentacle_port' must be between 1 and 65535, and is 0. No machine was touched." in run.output
    assert {request["method"] for request in lab.server.requests()} == {"GET"}
    assert not (lab.lab.directory / "identities").exists()
    assert lab.records() == {}
    assert [lab.hosts.host(name)["visits"] for name in lab.names] == [0, 0, 0]


def test_what_a_module_lacks_is_said_as_its_option(lab: Field, given: dict[str, Any]) -> None:
    for task, words in (
        ({"octoboot.octopus.server_info": {}}, "'octopus_url' is not set: give it as"),
        ({"octoboot.octopus.server_info": {"url": "{{ given.url }}"}}, "'octopus_api_key' is not set"),
        ({"octoboot.octopus.server_info": {"url": "{{ given.url }}", "api_key": "x"}}, "'api_key' is not an API key"),
        ({"octoboot.octopus.deployment_target": {"url": "{{ given.url }}", "api_key": "{{ given.api_key }}"}}, "'thumbprint' is missing"),
        ({"octoboot.octopus.tentacle": {"identity_store": "{{ given.store }}"}}, "'octopus_url' is not set"),
        ({"octoboot.octopus.tentacle": {"trust": ["{{ given.thumbprint }}"]}}, "no identity store to make one in"),
        ({"octoboot.octopus.tentacle_certificate": {"name": "x"}}, "'store' is missing."),
    ):
        run = play(lab, own(lab, task), "-l", "win01", **given)
        assert run.rc != 0
        assert words in run.reason("win01"), run.reason("win01")
    assert lab.hosts.host("win01")["steps"] == 0


def test_tentacle_is_taken_off_a_windows_host_and_nothing_else(lab: Field) -> None:
    second = {
        "tentacle_instance": "Two",
        "tentacle_port": 10943,
        "tentacle_identity_name": "win01-two",
        "octopus_target_name": "win01-two",
    }
    assert lab.play("-l", "win01").rc == 0
    beside = lab.play("-l", "win01", variables=second)
    assert beside.rc == 0, beside.output
    removal = lab.directory / "absent.yml"
    removal.write_text(
        "- hosts: win01\n  gather_facts: false\n  tasks:\n    - octoboot.octopus.tentacle:\n        state: absent\n"
        '        instance: "{{ gone | default(\'Tentacle\') }}"\n      check_mode: "{{ foresee | default(false) }}"\n'
    )

    def absent(changed: int, **variables: Any) -> str:
        run = lab.play("-l", "win01", playbook=str(removal), variables=variables)
        assert run.rc == 0, run.output
        assert f"changed={changed}" in run.output
        return " ".join(run.output.split())

    absent(1, gone="Two", foresee=True)
    assert len(lab.hosts.host("win01")["services"]) == 2
    absent(1, gone="Two")
    state = lab.hosts.host("win01")
    assert [service["name"] for service in state["services"]] == ["OctopusDeploy Tentacle"]
    assert [product["version"] for product in state["products"]] == [DEFAULT_PACKAGE.version]
    assert state["firewall"] == {"Octopus Deploy Tentacle": "10933"}
    absent(1)
    state = lab.hosts.host("win01")
    assert (state["services"], state["products"], state["firewall"], state["agents"]) == ([], [], {}, [])
    left = lab.hosts.files("win01")
    assert not [path for path in left if path.lower().endswith(".config")]
    assert "C:\\Octopus\\Applications" in left
    lab.hosts.set_fault("win01", "firewall_off")
    assert "Whether the firewall has a rule for the instance is not known: " in absent(0)
    lab.hosts.clear_faults("win01")
    assert lab.play("-l", "win01").result("win01") == "updated"


def test_a_removed_target_is_gone_and_stays_gone(lab: Field) -> None:
    lab.play("-l", "win01")
    removal = lab.directory / "remove.yml"
    removal.write_text(
        "- hosts: win01\n  gather_facts: false\n  tasks:\n    - octoboot.octopus.deployment_target:\n        state: absent\n"
        '      check_mode: "{{ foresee | default(false) }}"\n'
    )
    foreseen = lab.play("-l", "win01", playbook=str(removal), variables={"foresee": True})
    assert "changed=1" in foreseen.output
    assert "win01" in lab.records()
    for expected in ("changed=1", "changed=0"):
        run = lab.play("-l", "win01", playbook=str(removal))
        assert run.rc == 0, run.output
        assert expected in run.output
        assert "win01" not in lab.records()
