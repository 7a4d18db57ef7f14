"""An Octopus Server that cannot be used, or misbehaves: the hosts concerned fail with one clear line, and a later run completes."""

from __future__ import annotations

import json
import socket

import pytest

from .host_variables import assert_refused, play_with
from .playing import Field

NEEDED = ("EnvironmentView", "MachineView", "MachineCreate", "MachineEdit", "MachinePolicyView", "TaskCreate", "TaskView")
FOREIGN = "AB" * 20


def closed_url() -> str:
    """Return a URL at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return f"http://127.0.0.1:{port}"


def test_a_key_for_one_environment_alone_touches_no_machine_of_another(lab: Field) -> None:
    writing = ("MachineCreate", "MachineEdit")
    viewing = [permission for permission in NEEDED if permission not in writing]
    key = lab.server.add_key(permissions=writing, environments=["Staging"], everywhere=viewing)
    production = {"octopus_environments": ["Production"]}
    for arguments in (("--check",), ()):
        run = play_with(lab, {"win01": production}, *arguments, "-e", f"octopus_api_key={key}")
        assert_refused(lab, run, "win01", "lacks the permission MachineCreate for the environment 'Production'")
        assert run.rc != 0
    assert [run.result(name) for name in ("win02", "win03")] == ["created", "created"]
    assert list(lab.records()) == ["win02", "win03"]


def test_the_same_written_otherwise_costs_no_put(lab: Field) -> None:
    first = lab.play("-l", "win01")
    assert first.rc == 0, first.output
    record = lab.records()["win01"]
    host, port = record["Uri"].removeprefix("https://").rstrip("/").split(":")
    otherwise = {"octopus_target_name": " win01\n", "octopus_public_hostname": f" {host} ", "octopus_public_port": int(port)}
    lab.server.clear_requests()
    again = play_with(lab, {"win01": {**otherwise, "octopus_environments": ["staging"]}}, "-l", "win01")
    assert again.rc == 0, again.output
    assert again.result("win01") == "unchanged"
    assert {request["method"] for request in lab.server.requests()} == {"GET"}


def test_a_record_with_an_unreadable_uri_is_mended_and_a_bad_address_is_refused(lab: Field) -> None:
    first = lab.play("-l", "win01")
    assert first.rc == 0, first.output
    record = lab.records()["win01"]
    lab.server.switch(strict=False)
    lab.call("PUT", f"/api/Spaces-1/machines/{record['Id']}", {**record, "Endpoint": {**record["Endpoint"], "Uri": "https://[::1"}})
    for address in ("web01.example.com:5986", "https://web01", "10.0.0.5/24", "web01, web02"):
        refused = play_with(lab, {"win01": {"octopus_public_hostname": address}}, "-l", "win01")
        assert refused.result("win01") == "failed"
        assert "'octopus_public_hostname' must be a host name or an IP address" in refused.reason("win01")
    mended = lab.play("-l", "win01")
    assert mended.rc == 0, mended.output
    assert mended.result("win01") == "updated"
    assert lab.records()["win01"]["Uri"] == record["Uri"]


def test_an_old_server_is_served_as_well(lab: Field) -> None:
    """One that says Status too, checks what is new although it is asked not to, and has neither slugs nor environments/v2."""
    lab.server.switch(version="2019.7.12", environments_v2=False, null_tenants_crash=True)
    first = lab.play("-l", "win01")
    assert first.rc == 0, first.output
    assert first.result("win01") == "created"
    record = lab.records()["win01"]
    shown = lab.call("GET", record["Links"]["Self"])
    assert (shown["Status"], shown["HealthStatus"]) == ("Online", "HasWarnings")
    assert "Slug" not in shown
    tasks = [task["Description"] for task in lab.call("GET", "/api/tasks")["Items"]]
    assert "Check health of new machine win01" in tasks
    lab.server.clear_requests()
    again = lab.play("-l", "win01")
    assert again.rc == 0, again.output
    assert again.result("win01") == "unchanged"
    assert {request["method"] for request in lab.server.requests()} == {"GET"}
    changed = play_with(lab, {"win01": {"octopus_target_tags": ["other"]}}, "-l", "win01")
    assert changed.rc == 0, changed.output
    assert changed.result("win01") == "updated"
    assert lab.records()["win01"]["Roles"] == ["other"]


def test_a_dead_server_stops_the_run_before_any_machine(lab: Field) -> None:
    run = lab.play(variables={"octopus_url": closed_url()})
    assert "Traceback" not in run.output
    for name in lab.names:
        assert_refused(lab, run, name, "cannot be reached", "refused")


def test_a_server_that_refuses_is_asked_by_one_host_for_all_and_each_fails_by_the_same_line(lab: Field) -> None:
    asked = []
    for limit in ("win01", "win01,win02,win03"):
        lab.server.clear_requests()
        run = lab.play("-l", limit, variables={"octopus_api_key": "API-" + "Z" * 26}, environment={"ANSIBLE_FORKS": "3"})
        asked.append([(request["method"], request["path"]) for request in lab.server.requests()])
        reasons = {run.reason(name) for name in limit.split(",")}
        assert len(reasons) == 1, reasons
        assert "does not accept the API key" in reasons.pop()
        assert run.output.count("does not accept the API key") >= len(limit.split(","))
    assert asked[0] == asked[1]
    assert asked[0]


ITEMS = {"Items": [{"Id": 1, "Name": []}], "TotalResults": "many"}
READ = {
    "/api": ITEMS,
    "/spaces": ITEMS,
    "/users/me": ITEMS,
    "/permissions": {"SpacePermissions": [ITEMS]},
    "/environments": ITEMS,
    "/machinepolicies": [ITEMS],
    "/machines": {"Items": [None]},
    "/certificate-global": {"Thumbprint": ITEMS},
}


@pytest.mark.parametrize("path", READ)
def test_a_server_that_answers_with_something_else_is_one_line_and_no_host_is_touched(lab: Field, path: str) -> None:
    lab.server.answer(READ[path], "GET", path, count=1000)
    run = lab.play()
    assert "Traceback" not in run.output
    assert run.rc != 0, run.output
    reasons = {run.reason(name) for name in lab.names}
    assert len(reasons) == 1, reasons
    assert lab.lab.server.url in reasons.pop()
    assert [lab.hosts.host(name)["steps"] for name in lab.names] == [0, 0, 0]
    lab.server.clear_faults()
    assert lab.records() == {}


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/machines"), ("PUT", "/machines"), ("POST", "/tasks"), ("GET", "/tasks/ServerTasks"), ("GET", "/details")],
)
def test_a_server_that_answers_a_host_with_something_else_is_one_line_and_the_next_run_completes(
    lab: Field, method: str, path: str
) -> None:
    if method == "PUT":
        assert lab.play("-l", "win01").rc == 0
    tags = {"octopus_target_tags": ["other"]}
    lab.server.answer({"Id": [], "State": {}, "ActivityLogs": "none"}, method, path, count=1000)
    run = lab.play("-l", "win01", variables=tags)
    assert "Traceback" not in run.output
    assert run.result("win01") == "failed", run.output
    assert lab.lab.server.url in run.reason("win01"), run.reason("win01")
    lab.server.clear_faults()
    again = lab.play("-l", "win01", variables=tags)
    assert again.rc == 0, again.output
    assert lab.records()["win01"]["Roles"] == ["other"]


def test_a_record_of_another_machine_is_left_alone_until_it_may_be_replaced(lab: Field) -> None:
    foreign = lab.server.add_machine("win01", FOREIGN, "https://192.0.2.1:10933", environments=["Staging"])
    run = lab.play()
    assert run.rc != 0
    assert "Traceback" not in run.output
    own = run.hosts["win01"]["thumbprint"]
    assert run.result("win01") == "failed"
    for word in (FOREIGN, foreign["Id"], "octopus_on_thumbprint_mismatch"):
        assert word in run.reason("win01")
    untouched = lab.hosts.host("win01")
    assert (untouched["products"], untouched["services"], untouched["agents"]) == ([], [], [])
    assert lab.records()["win01"]["Thumbprint"] == FOREIGN
    assert [run.result(name) for name in ("win02", "win03")] == ["created", "created"]
    again = play_with(lab, {"win01": {"octopus_on_thumbprint_mismatch": "replace"}})
    assert again.rc == 0, again.output
    assert again.result("win01") == "adopted"
    record = lab.records()["win01"]
    assert (record["Id"], record["Thumbprint"]) == (foreign["Id"], own)


def test_the_refusal_of_a_record_names_both_thumbprints_on_the_first_run(lab: Field) -> None:
    lab.server.add_machine("win01", FOREIGN, "https://192.0.2.1:10933", environments=["Staging"])
    run = lab.play("-l", "win01")
    assert run.result("win01") == "failed"
    assert FOREIGN in run.reason("win01")
    assert run.hosts["win01"]["thumbprint"] in run.reason("win01")


def test_limits_outages_and_a_lost_reply_are_outlived(lab: Field) -> None:
    lab.server.refuse(429, "GET", retry_after="1")
    lab.server.refuse(503, "GET", after=3)
    lab.server.drop_reply("POST", "/machines")
    run = lab.play()
    assert "Traceback" not in run.output
    assert run.rc == 0, run.output
    assert {run.result(name) for name in lab.names} == {"created"}
    assert sorted(machine["Name"] for machine in lab.server.machines() if machine["Name"].startswith("win")) == lab.names
    suffered = [(request["method"], request["status"]) for request in lab.server.requests()]
    assert {("GET", 429), ("GET", 503), ("POST", None)} <= set(suffered)


def test_machines_deleted_during_the_run_are_made_again_now_or_by_the_next(lab: Field) -> None:
    first = lab.play()
    assert first.rc == 0, first.output
    before = {name: record["Id"] for name, record in lab.records().items()}
    lab.server.delete_machine("win01", on_method="GET", on_path=f"/machines/{before['win01']}")
    lab.server.delete_machine("win02", on_method="PUT", on_path=f"/machines/{before['win02']}")
    lab.server.delete_machine("win03", on_method="POST", on_path="/tasks")
    tags = {"octopus_target_tags": ["web-server", "more"]}
    run = lab.play(variables=tags)
    assert "Traceback" not in run.output
    assert [run.result(name) for name in lab.names] == ["created", "created", "failed"]
    assert "deleted" in run.reason("win03")
    again = lab.play(variables=tags)
    assert again.rc == 0, again.output
    assert [again.result(name) for name in lab.names] == ["unchanged", "unchanged", "created"]
    assert all(record["Id"] != before[name] for name, record in lab.records().items())


def test_a_machine_that_octopus_finds_unwell_fails_in_the_servers_words(lab: Field) -> None:
    lab.server.set_health("win02", "Unhealthy", "The disk of this machine is failing")
    run = lab.play()
    assert run.rc != 0
    assert "Traceback" not in run.output
    assert run.result("win02") == "failed"
    assert "The disk of this machine is failing" in run.reason("win02")
    assert [run.result(name) for name in ("win01", "win03")] == ["created", "created"]
    lab.server.clear_faults()
    again = lab.play()
    assert again.rc == 0, again.output
    assert {again.result(name) for name in lab.names} == {"unchanged"}
    assert lab.records()["win02"]["HealthStatus"] == "HasWarnings"


def test_a_run_for_two_hosts_takes_nothing_of_a_third_and_no_record_of_another_kind(lab: Field) -> None:
    assert lab.play("-l", "win01").rc == 0
    environment = next(each["Id"] for each in lab.call("GET", "/api/Spaces-1/environments/all") if each["Name"] == "Staging")
    ssh = {"CommunicationStyle": "Ssh", "Uri": "ssh://192.0.2.3:22/", "Host": "192.0.2.3", "Port": 22}
    lab.call("POST", "/api/Spaces-1/machines", {"Name": "win03", "EnvironmentIds": [environment], "Roles": ["db"], "Endpoint": ssh})
    before = {name: (record["Id"], record["Endpoint"]) for name, record in lab.records().items()}
    shown = [agent["thumbprint"] for agent in lab.hosts.host("win01")["agents"]]
    inventory = json.loads(lab.lab.inventory.read_text())["tentacles"]["children"]
    there = next(group["hosts"]["win01"] for group in inventory.values() if "win01" in group["hosts"])
    rounds = (
        ({**there, "octopus_public_hostname": "192.0.2.7"}, "This machine shows the certificate"),
        (there, "This machine has the same address and port as win01"),
        ({"tentacle_identity_name": "win01"}, "This machine has the same identity as win01"),
    )
    removal = lab.directory / "remove.yml"
    removal.write_text(
        "- hosts: tentacles\n  gather_facts: false\n  tasks:\n    - octoboot.octopus.deployment_target:\n        state: absent\n"
    )
    for mine, words in rounds:
        taking = lab.directory / "taking.json"
        taking.write_text(json.dumps({"tentacles": {"hosts": {"win02": mine, "win03": {}}}}))
        for more in ((), ("--check",)) if words.startswith("This machine shows") else ((),):
            run = lab.play("-i", str(taking), "-l", "win02,win03", *more)
            assert words in run.reason("win02"), run.output
            assert "(Machines-" in run.reason("win03")
            assert "is an SSH connection" in run.reason("win03")
    gone = lab.play("-l", "win03", playbook=str(removal))
    assert "is an SSH connection" in gone.reason("win03")
    assert {name: (record["Id"], record["Endpoint"]) for name, record in lab.records().items()} == before
    assert [agent["thumbprint"] for agent in lab.hosts.host("win01")["agents"]] == shown
    assert [lab.hosts.host(name)["visits"] for name in ("win02", "win03")] == [0, 0]
