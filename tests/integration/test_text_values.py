"""Switches, numbers and lists given as text, as `-e`, INI and surveys give them: read as Ansible reads them, or refused by name."""

from __future__ import annotations

import json

import pytest

from .host_variables import assert_refused, play_with
from .playing import Field


def test_false_as_text_is_false(lab: Field) -> None:
    run = lab.play(
        "-e",
        "octopus_disabled=false",
        "-e",
        "octopus_preflight_strict=no",
        "-e",
        "octopus_debug=0",
        "-e",
        "tentacle_install_background=false",
    )
    assert run.rc == 0, run.output
    assert {run.result(name) for name in lab.names} == {"created"}
    assert {record["IsDisabled"] for record in lab.records().values()} == {False}


def test_no_health_check_as_text_is_none(lab: Field) -> None:
    lab.server.clear_requests()
    run = lab.play("-e", "octopus_health_check=false")
    assert run.rc == 0, run.output
    assert not [request for request in lab.server.requests() if request["method"] == "POST" and request["path"].endswith("/tasks")]
    assert {record["HealthStatus"] for record in lab.records().values()} == {"Unknown"}
    again = lab.play("-e", "octopus_health_check=false")
    assert {again.result(name) for name in lab.names} == {"unchanged"}, again.output


def test_a_strict_health_check_fails_the_second_time_too(lab: Field) -> None:
    for _ in range(2):
        run = lab.play("-l", "win01", "-e", "octopus_health_strict=true")
        assert run.result("win01") == "failed", run.output
        assert "HasWarnings" in run.reason("win01")
    assert lab.play("-l", "win01").result("win01") == "unchanged"


@pytest.mark.parametrize("serial", ["", "1", "50%", "two", "[1,2"])
def test_the_size_of_batches_is_read_or_refused_by_name(lab: Field, serial: str) -> None:
    run = lab.play("--check", "-e", f"octopus_serial={serial}")
    if serial in ("two", "[1,2"):
        for name in lab.names:
            assert_refused(lab, run, name, "'octopus_serial' must be a number of hosts, a percentage", serial)
    else:
        assert run.rc == 0, run.output


def test_what_a_survey_left_blank_lets_the_groups_speak(lab: Field) -> None:
    blank = ("-e", "octopus_target_tags=", "-e", "octopus_public_port=", "-e", "tentacle_version=", "-e", "octopus_machine_policy=")
    parts = {"octopus_target_tags__a": "['web','api']", "octopus_target_tags__b": "one, two"}
    run = play_with(lab, {"win01": parts}, "-l", "win01", *blank)
    assert run.rc == 0, run.output
    assert sorted(lab.records()["win01"]["Roles"]) == ["api", "one", "two", "web"]


def test_a_variable_of_ones_own_is_let_through_when_it_is_listed(lab: Field) -> None:
    refused = play_with(lab, {"win01": {"octopus_host": "x"}}, "-l", "win01", "--check")
    assert_refused(lab, refused, "win01", "no variable 'octopus_host'", "octopus_allow_variables")
    allowed = play_with(lab, {"win01": {"octopus_host": "x", "octopus_allow_variables": ["octopus_host"]}}, "-l", "win01", "--check")
    assert allowed.rc == 0, allowed.output


def test_what_has_no_effect_from_the_variables_of_a_group_is_said(lab: Field) -> None:
    """Whoever comes first: the group need not be that of the first host."""
    ours = {"octopus_serial": 1, "octopus_hosts": "win01,win03", "octopus_debug": True}
    inventory = lab.directory / "groups.json"
    inventory.write_text(json.dumps({"some": {"hosts": {"win03": None}, "vars": ours}}))
    run = lab.play("-i", str(inventory), "--check")
    assert run.rc == 0, run.output
    said = " ".join(run.output.split())
    for name in ours:
        assert said.count(f"'{name}' has no effect in an inventory") == 1
        assert f"Give it with '-e {name}=…'" in said
    assert "has no effect" not in lab.play("-i", str(inventory), "--check", variables=ours).output


def test_a_name_as_a_file_lookup_gives_it_is_registered_once_and_stays(lab: Field) -> None:
    (lab.directory / "name").write_text("Web 01\n")
    looked_up = {"octopus_target_name": f"{{{{ lookup('file', '{lab.directory}/name', rstrip=false) }}}}"}
    for expected in ("created", "unchanged"):
        run = play_with(lab, {"win01": looked_up}, "-l", "win01")
        assert run.result("win01") == expected, run.output
    assert list(lab.records()) == ["Web 01"]


HOMES = {"win01": "C:/Octopus", "win02": "c:\\Octo\\..\\\\octopus\\", "win03": "C:\\Octopus\\.\\\\"}


def test_a_path_written_otherwise_is_the_same_and_costs_no_restart(lab: Field) -> None:
    def written(home: str, separator: str) -> dict[str, str]:
        return {"tentacle_home_directory": home, "tentacle_application_directory": f"{home}{separator}Applications"}

    first = play_with(lab, {name: written(home, "/") for name, home in HOMES.items()})
    assert first.rc == 0, first.output
    before = {name: lab.hosts.host(name) for name in lab.names}
    for homes in (HOMES, dict.fromkeys(HOMES, "C:\\Octopus")):
        again = play_with(lab, {name: written(home, "\\") for name, home in homes.items()})
        assert {again.result(name) for name in lab.names} == {"unchanged"}, again.hosts
    for name in lab.names:
        after = lab.hosts.host(name)
        assert after["agents"] == before[name]["agents"]
        since = after["processes"][len(before[name]["processes"]) :]
        assert [line for line in since if " service " in line or " configure " in line] == []


def test_one_mistake_of_the_whole_fleet_is_said_once_in_the_report(lab: Field) -> None:
    run = lab.play("-e", '{"octopus_environments": ["Stagin"]}')
    lines = [line for line in run.output.splitlines() if line.startswith("win01, win02, win03: ")]
    assert len(lines) == 1, run.output
    assert "Did you mean 'Staging'?" in lines[0]
