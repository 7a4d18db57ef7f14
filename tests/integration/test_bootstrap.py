"""The main job, from bare machines to registered, healthy Tentacles, and back again."""

from __future__ import annotations

import pytest

from tests.lab.fleet import DEFAULT_PACKAGE

from .playing import Field


@pytest.mark.smoke
def test_a_bare_fleet_is_bootstrapped_and_a_second_run_changes_nothing(lab: Field) -> None:
    first = lab.play()
    assert first.rc == 0, first.output
    assert {first.result(name) for name in lab.names} == {"created"}
    records = lab.records()
    for name in lab.names:
        live = lab.hosts.host(name)["agents"]
        assert live == [{"thumbprint": records[name]["Thumbprint"], "trust": [lab.lab.server.thumbprint]}]
        assert records[name]["HealthStatus"] == "HasWarnings"
        assert records[name]["Roles"] == ["web-server"]
    lab.server.clear_requests()
    second = lab.play()
    assert second.rc == 0, second.output
    assert {second.result(name) for name in lab.names} == {"unchanged"}
    assert "changed=0" in second.output
    assert "changed=1" not in second.output
    assert len(lab.server.requests()) <= 10


@pytest.mark.smoke
def test_a_destroyed_machine_comes_back_as_the_same_machine(lab: Field) -> None:
    lab.play()
    before = lab.records()["win02"]
    sid = lab.hosts.host("win02")["sid"]
    lab.hosts.wipe("win02")
    assert lab.hosts.host("win02")["sid"] != sid
    again = lab.play()
    assert again.rc == 0, again.output
    after = lab.records()["win02"]
    assert (after["Id"], after["Thumbprint"]) == (before["Id"], before["Thumbprint"])
    assert lab.hosts.host("win02")["agents"][0]["thumbprint"] == before["Thumbprint"]
    assert again.result("win01") == "unchanged"


def test_check_mode_says_what_would_be_and_touches_nothing(lab: Field) -> None:
    lab.server.clear_requests()
    run = lab.play("--check", "--diff")
    assert run.rc == 0, run.output
    assert '+    "package.version": "9.2.4285"' in run.output
    assert '+    "target": "win01"' in run.output
    assert not (lab.lab.directory / "identities").exists()
    assert "win01" not in lab.records()
    assert {request["method"] for request in lab.server.requests()} == {"GET"}
    for name in lab.names:
        state = lab.hosts.host(name)
        assert (state["steps"], state["services"], state["products"]) == (0, [], [])


def test_the_run_says_at_its_start_what_runs_and_from_where(lab: Field) -> None:
    run = lab.play("--check")
    from .playing import ROOT

    assert f"octoboot.octopus 0.1.0 from {ROOT}" in run.output


def test_the_package_may_be_a_file_on_the_controller(lab: Field) -> None:
    package = lab.directory / "Tentacle.msi"
    package.write_bytes(DEFAULT_PACKAGE.to_bytes())
    run = lab.play("-l", "win01", variables={"tentacle_package_file": str(package), "tentacle_package_url": None})
    assert run.rc == 0, run.output
    assert run.result("win01") == "created"
    assert not [path for path in lab.hosts.files("win01") if path.lower().endswith((".msi", ".pfx"))]
