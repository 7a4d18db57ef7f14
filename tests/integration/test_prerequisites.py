"""What machines are registered with, as code: one playbook makes all of it, finds it as it is, changes it, and removes it."""

from __future__ import annotations

import json
import re

from .host_variables import play_with
from .playing import Field, Run

PATHS = ("environments", "workerpools", "machinepolicies", "proxies", "tagsets", "tenants")
NAMES = ("Laboratory", "Builders", "Laptops", "dmz", "Region", "Acme")
PASSWORD = "planted-in-a-proxy"


def play(lab: Field, *arguments: str, state: str = "present", described: str = "ours") -> Run:
    """Play over the controller alone."""
    connection = {"url": lab.lab.server.url, "api_key": lab.lab.server.api_key}
    variables = {"server": connection, "state": state, "described": described, "password": PASSWORD}
    run = lab.play(*arguments, "--diff", playbook="tests/integration/prerequisites.yml", variables=variables, start_timeout=None)
    assert "Traceback" not in run.output
    assert PASSWORD not in run.output
    return run


def changed(run: Run) -> int:
    """Return how many tasks changed something, of a run that went well."""
    assert run.rc == 0, run.output
    (count,) = re.findall(r"^localhost .*changed=(\d+)", run.output, re.MULTILINE)
    return int(count)


def held(lab: Field) -> list[str]:
    """Return which of the things the server has."""
    found = [each["Name"] for path in PATHS for each in lab.call("GET", f"/api/Spaces-1/{path}/all") if each["Name"] in NAMES]
    return found + [each["Name"] for each in lab.call("GET", "/api/spaces/all") if each["Name"] == "Payments"]


def test_all_of_it_is_foreseen_made_found_changed_and_removed(lab: Field) -> None:
    lab.server.clear_requests()
    foreseen = play(lab, "--check")
    assert changed(foreseen) == 7
    assert '+    "description": "ours"' in foreseen.output
    assert {request["method"] for request in lab.server.requests()} == {"GET"}
    assert changed(play(lab)) == 7
    assert held(lab) == [*NAMES, "Payments"]
    lab.server.clear_requests()
    assert [changed(play(lab, *how)) for how in ((), ("--check",))] == [0, 0]
    assert {request["method"] for request in lab.server.requests()} == {"GET"}
    (policy,) = lab.call("GET", "/api/Spaces-1/machinepolicies?partialName=Laptops")["Items"]
    assert policy["MachineHealthCheckPolicy"]["HealthCheckInterval"] == "2.00:00:00"
    assert policy["MachineUpdatePolicy"]["TentacleUpdateBehavior"] == "NeverUpdate"
    # What others do to it stays: the tenant's connected projects, a tag beside ours.
    (tenant,) = lab.call("GET", "/api/Spaces-1/tenants?partialName=Acme")["Items"]
    connected = {"Projects-1": ["Environments-1"]}
    lab.call("PUT", tenant["Links"]["Self"], {**tenant, "ProjectEnvironments": connected})
    assert changed(play(lab, described="others")) == 7
    assert lab.call("GET", tenant["Links"]["Self"])["ProjectEnvironments"] == connected
    # In use: the server's own reason, in one sentence.
    lab.call("PUT", tenant["Links"]["Self"], {**tenant, "ProjectEnvironments": {"Projects-1": [environment_id(lab)]}})
    refused = play(lab, state="absent")
    assert refused.rc != 0
    assert "The environment 'Laboratory' cannot be deleted because it is used by: Acme." in refused.output
    lab.call("PUT", tenant["Links"]["Self"], tenant)
    assert changed(play(lab, state="absent")) == 8
    assert held(lab) == []


def environment_id(lab: Field) -> str:
    """Return the id of the environment of the play."""
    (environment,) = lab.call("GET", "/api/Spaces-1/environments?partialName=Laboratory")["Items"]
    return str(environment["Id"])


def test_a_run_makes_what_its_hosts_name_before_any_of_them_is_touched(lab: Field) -> None:
    hosts = {"win01": {"octopus_environments": ["Laboratory"]}, "win02": {"octopus_environments": ["laboratory", "Staging"]}}
    managed = ("-e", json.dumps({"octopus_manage": ["environments"], "octopus_preflight_strict": True}))
    lab.server.clear_requests()
    foreseen = play_with(lab, hosts, "--check", *managed)
    assert foreseen.rc == 0, foreseen.output
    assert foreseen.output.count("environment 'Laboratory' is created (a run would do that; this is check mode)") == 1
    assert {request["method"] for request in lab.server.requests()} == {"GET"}
    run = play_with(lab, hosts, *managed)
    assert run.rc == 0, run.output
    assert run.output.count("environment 'Laboratory' is created") == 1
    made = environment_id(lab)
    assert [lab.records()[name]["EnvironmentIds"].count(made) for name in lab.names] == [1, 1, 0]
    writes = [request["path"] for request in lab.server.requests() if request["method"] == "POST"]
    assert writes[0].endswith("/environments")
    lab.server.clear_requests()
    for how in ((), ("--check",)):
        again = play_with(lab, hosts, *how, *managed)
        assert [again.result(name) for name in lab.names] == ["unchanged"] * 3
    assert {request["method"] for request in lab.server.requests()} == {"GET"}
