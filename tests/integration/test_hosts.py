"""Bad luck on hosts: each fails with one clear line or is mended, the others finish, and the next run completes them."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab.fleet import DEFAULT_PACKAGE
from tests.lab.windows.disk import FULL_CONTROL, READ_AND_EXECUTE
from tests.lab.windows.msi import Package

from .playing import Field, field
from .troubles import Story, Trouble, host_variables, tell

OLD = Package("9.1.3736")
STEPS_TO_THE_IMPORT = 5
"""Of a host that gets another certificate: our folder, the marker, the folder for the key, the key, its import."""
SYSTEM, ADMINISTRATORS, USERS = "S-1-5-18", "S-1-5-32-544", "S-1-5-32-545"


TROUBLES = {
    "unreachable": Trouble("unreachable", result="unreachable", reason=r"Max retries exceeded"),
    "dropped": Trouble("drop_connection", result="unreachable", reason=r"closed connection|Connection aborted"),
    "dropped-later": Trouble("die_after_step", 8, reason=r"Max retries exceeded|Connection aborted"),
    "missing": Trouble(
        reason=r"^Installing http\S+9\.9\.9-x64\.msi failed: .*\(404\) Not Found",
        variables={"tentacle_package_url": "{{ downloads }}/octopus/Octopus.Tentacle.9.9.9-x64.msi"},
    ),
    "altered": Trouble(reason=r"checksum for \S+ did not match '0{64}'", variables={"tentacle_package_checksum": "0" * 64}),
    "fatal": Trouble(
        "msi_rc",
        [1603],
        reason=r"exit code 1603 \(a fatal error .*\): Installation failed\. Exit code 1603\. The installer's log .* is \S+\.$",
    ),
    "no-dotnet": Trouble("no_dotnet", reason=r"needs the \.NET Framework 4\.8, and this machine does not have it"),
    "full": Trouble("disk_full", reason=r"not enough space on the disk"),
    "exit-100": Trouble("tentacle_exit_100", "import-certificate", reason=r"import-certificate .* exit code 100: Object reference not set"),
    "port-used": Trouble("port_in_use", 10933, reason=r"Starting the service .* failed: .* A required communications port is already"),
    "no-start": Trouble("service_does_not_start", reason=r"Starting the service .* failed: .*did not respond to the start"),
    "port-closed": Trouble("closed_port", reason=r"certificate that port 10933 presents failed: .*actively refused"),
    "firewall-off": Trouble(
        "firewall_off", reason=r"^The firewall of this machine cannot be asked for its rules: .* or set 'tentacle_firewall: false'"
    ),
    "elsewhere": Trouble(
        "environment",
        {"TentacleMachineConfigurationHomeDirectory": "D:\\Octopus"},
        reason=r"keep its instances in 'D:\\Octopus', where this",
    ),
    "no-rule-needed": Trouble("firewall_off", result="created", variables={"tentacle_firewall": False}),
    "busy": Trouble("msi_rc", [1618, 1618], result="created"),
    "reboot": Trouble("msi_rc", [3010], result="created"),
    "sound": Trouble(result="created"),
}
FAILING = [name for name, trouble in TROUBLES.items() if trouble.reason]
MENDED = [name for name, trouble in TROUBLES.items() if not trouble.reason]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """All troubles at once, each on a host of its own."""
    with field(list(TROUBLES), tmp_path_factory.mktemp("troubles")) as lab:
        yield tell(lab, TROUBLES, {"downloads": lab.lab.downloads.url})


@pytest.mark.parametrize("name", FAILING)
def test_trouble_fails_its_host_with_one_clear_line_and_is_made_up_for(story: Story, name: str) -> None:
    story.assert_told_and_made_up_for(name)


@pytest.mark.parametrize("name", MENDED)
def test_the_others_finish(story: Story, name: str) -> None:
    story.assert_finished(name)


def test_a_run_with_failed_hosts_ends_with_an_exit_code_and_without_a_traceback(story: Story) -> None:
    story.assert_ended_well()


@pytest.mark.parametrize("name", ["missing", "altered", "fatal", "no-dotnet", "full", "firewall-off", "elsewhere"])
def test_what_must_not_be_installed_is_not(story: Story, name: str) -> None:
    assert story.hosts[name]["products"] == []
    ran = [line for line in story.hosts[name]["processes"] if line.startswith("msiexec")]
    assert len(ran) == (1 if name == "fatal" else 0)


def test_a_missing_framework_is_said_before_anything_is_downloaded(story: Story) -> None:
    assert story.hosts["no-dotnet"]["steps"] == 0
    assert not any("win_package" in line for line in story.hosts["no-dotnet"]["event_log"])


def test_another_installer_is_waited_for(story: Story) -> None:
    assert len([line for line in story.hosts["busy"]["processes"] if line.startswith("msiexec")]) == 3


def test_a_reboot_that_is_asked_for_is_reported(story: Story) -> None:
    assert {name for name in story.lab.names if story.troubled.hosts[name]["reboot_required"]} == {"reboot"}
    assert "reboot: reboot required" in story.troubled.output


def test_a_key_whose_import_failed_does_not_stay(story: Story) -> None:
    assert not [path for path in story.paths["exit-100"] if "import" in path or path.endswith(".pfx")]


def test_a_service_that_did_not_come_up_is_known_to_need_a_restart(story: Story) -> None:
    for name in ("port-used", "no-start", "port-closed"):
        assert "c:\\programdata\\octoboot\\tentacle.restart-pending" in story.paths[name]
        assert not [path for path in story.lab.hosts.files(name) if path.endswith(".restart-pending")]


def pinned(lab: Field, package: Package) -> dict[str, Any]:
    """Return the variables that pin a package of the lab."""
    return {
        "tentacle_version": package.version,
        "tentacle_package_url": lab.lab.downloads.url_of(package),
        "tentacle_package_checksum": package.sha256,
    }


def versions(lab: Field) -> dict[str, str]:
    """Return the version that is installed on each host."""
    return {name: lab.hosts.host(name)["products"][0]["version"] for name in lab.names}


def agent_log(lab: Field, name: str) -> str:
    """Return the log of a host's Tentacle."""
    return base64.b64decode(lab.hosts.files(name)["C:\\Octopus\\Logs\\OctopusTentacle.txt"]["content"]).decode()


def running_version(lab: Field, name: str) -> str:
    """Return the version that the process of a host's service logged when it started."""
    return re.findall(r"Tentacle version (\S+)", agent_log(lab, name))[-1]


def test_an_upgrade_keeps_the_identity_or_what_runs_and_a_newer_version_than_pinned_is_left_unless_told_otherwise(lab: Field) -> None:
    lab.play(variables=pinned(lab, OLD))
    before = lab.records()
    assert set(versions(lab).values()) == {OLD.version}

    agents = {name: lab.hosts.host(name)["agents"] for name in lab.names}
    lab.hosts.set_fault("win02", "msi_rc", [1603])
    nowhere = {"win03": {"tentacle_package_url": f"{lab.lab.downloads.url}/octopus/nowhere.msi"}}
    failed = lab.play("-l", "win02,win03", *host_variables(lab, nowhere))
    assert "failed with exit code 1603" in failed.reason("win02")
    assert re.search(r"^'tentacle_package_url' is http://\S+, and downloading it failed: \S+ answered HTTP 404\.$", failed.reason("win03"))
    assert {name: lab.hosts.host(name)["agents"] for name in lab.names} == agents
    # One was stopped, and runs again; the other never was.
    assert [agent_log(lab, name).count("Listener started") for name in ("win02", "win03")] == [2, 1]
    assert "C:\\ProgramData\\octoboot\\tentacle.msi" not in lab.hosts.files("win02")

    upgrade = lab.play()
    assert upgrade.rc == 0, upgrade.output
    assert {upgrade.result(name) for name in lab.names} == {"updated"}
    assert set(versions(lab).values()) == {DEFAULT_PACKAGE.version}
    for name, record in lab.records().items():
        state = lab.hosts.host(name)
        assert (record["Id"], record["Thumbprint"]) == (before[name]["Id"], before[name]["Thumbprint"])
        assert state["agents"][0]["thumbprint"] == record["Thumbprint"]
        assert state["services"][0]["state"] == "Running"
        assert running_version(lab, name) == DEFAULT_PACKAGE.version

    own = host_variables(lab, {"win01": {}, "win02": {"tentacle_version_strict": True}, "win03": {"tentacle_allow_downgrade": True}})
    older = lab.play(*own, variables=pinned(lab, OLD))
    assert older.rc != 0
    newer = f"Tentacle {DEFAULT_PACKAGE.version} is installed, which is newer than the pinned {OLD.version}"
    assert older.result("win01") == "unchanged"
    assert f"{newer}; it is left as it is." in " ".join(older.output.split())
    assert (older.result("win02"), newer in older.reason("win02")) == ("failed", True)
    assert older.result("win03") == "updated"
    assert versions(lab) == {"win01": DEFAULT_PACKAGE.version, "win02": DEFAULT_PACKAGE.version, "win03": OLD.version}
    assert running_version(lab, "win03") == OLD.version
    assert lab.records()["win03"]["Thumbprint"] == before["win03"]["Thumbprint"]


def test_folders_and_firewall_let_in_those_who_need_it_and_nobody_else(lab: Field) -> None:
    lab.play("-l", "win01")
    files = lab.hosts.files("win01")
    full = {(SYSTEM, FULL_CONTROL), (ADMINISTRATORS, FULL_CONTROL)}
    wanted = {
        "C:\\Octopus": full,
        "C:\\Octopus\\Applications": full | {(USERS, READ_AND_EXECUTE)},
        "C:\\ProgramData\\octoboot": full,
    }
    for path, rules in wanted.items():
        assert files[path]["protected"], path
        assert {(rule["sid"], rule["rights"]) for rule in files[path]["rules"]} == rules, path
    assert lab.hosts.host("win01")["firewall"] == {"Octopus Deploy Tentacle": "10933"}


def test_a_second_instance_lives_beside_the_first_and_a_new_port_reaches_the_record(lab: Field) -> None:
    lab.play("-l", "win01,win02")
    first = lab.hosts.host("win01")["agents"][0]
    own = host_variables(
        lab,
        {
            "win01": {
                "tentacle_instance": "Two",
                "tentacle_port": 10943,
                "tentacle_identity_name": "win01-two",
                "octopus_target_name": "win01-two",
            },
            "win02": {"tentacle_port": 10943},
        },
    )
    run = lab.play("-l", "win01,win02", *own)
    assert run.rc == 0, run.output
    assert (run.result("win01"), run.result("win02")) == ("created", "updated")
    records = lab.records()
    state = lab.hosts.host("win01")
    assert first in state["agents"]
    assert {agent["thumbprint"] for agent in state["agents"]} == {records["win01"]["Thumbprint"], records["win01-two"]["Thumbprint"]}
    assert [service["name"] for service in state["services"]] == ["OctopusDeploy Tentacle", "OctopusDeploy Tentacle: Two"]
    assert state["firewall"] == {"Octopus Deploy Tentacle": "10933", "Octopus Deploy Tentacle: Two": "10943"}
    assert records["win01"]["Uri"] == f"https://{state['address']}:10933/"
    assert records["win01-two"]["Uri"] == f"https://{state['address']}:10943/"
    moved = lab.hosts.host("win02")
    assert records["win02"]["Uri"] == f"https://{moved['address']}:10943/"
    assert moved["firewall"] == {"Octopus Deploy Tentacle": "10943"}
    assert {record["HealthStatus"] for record in records.values()} == {"HasWarnings"}
    again = lab.play("-l", "win01,win02", *own)
    assert {again.result("win01"), again.result("win02")} == {"unchanged"}


def test_a_service_that_was_stopped_by_hand_runs_again(lab: Field) -> None:
    lab.play()
    lab.hosts.set_fault("win02", "stop_service", "OctopusDeploy Tentacle")
    assert lab.hosts.host("win02")["agents"] == []
    run = lab.play()
    assert {name: run.result(name) for name in lab.names} == {"win01": "unchanged", "win02": "updated", "win03": "unchanged"}
    assert lab.hosts.host("win02")["agents"][0]["thumbprint"] == lab.records()["win02"]["Thumbprint"]


def test_a_service_that_still_presents_its_former_certificate_is_restarted_and_its_record_follows(lab: Field) -> None:
    lab.play("-l", "win01")
    before = lab.records()["win01"]
    for path in (lab.lab.directory / "identities").glob("win01.*"):
        path.unlink()
    lab.hosts.set_fault("win01", "die_after_step", STEPS_TO_THE_IMPORT)
    assert lab.play("-l", "win01").rc != 0
    assert " import-certificate " in lab.hosts.host("win01")["processes"][-1]
    assert lab.hosts.host("win01")["agents"][0]["thumbprint"] == before["Thumbprint"]
    lab.hosts.clear_faults("win01")
    run = lab.play("-l", "win01")
    assert run.rc == 0, run.output
    after = lab.records()["win01"]
    assert after["Id"] == before["Id"]
    assert after["Thumbprint"] != before["Thumbprint"]
    assert lab.hosts.host("win01")["agents"][0]["thumbprint"] == after["Thumbprint"]
    assert after["HealthStatus"] == "HasWarnings"


def test_a_bad_answer_of_tentacles_is_no_reason_to_begin_anew_and_what_is_damaged_is_kept(lab: Field) -> None:
    path = "C:\\Octopus\\Tentacle.config"
    assert lab.play(variables={"tentacle_port": 10944}).rc == 0
    before = {name: lab.hosts.files(name) for name in lab.names}
    records = lab.records()
    lab.hosts.set_fault("win01", "broken_show_configuration")
    lab.hosts.set_fault("win02", "tentacle_exit_100", "show-configuration")
    for kept in (".broken", ".broken.1"):
        lab.hosts.set_fault("win03", "cut_off", path)
        run = lab.play()
        assert {name: run.result(name) for name in lab.names} == {"win01": "unchanged", "win02": "unchanged", "win03": "updated"}, (
            run.output
        )
        told = " ".join(run.output.split())
        assert f"The configuration {path} is damaged (it is not XML: " in told
        assert "'Tentacle show-configuration --instance Tentacle' ended with exit code 100" in told
        files = lab.hosts.files("win03")
        assert len(base64.b64decode(files[f"{path}{kept}"]["content"])) == 100
    for name in ("win01", "win02"):
        assert lab.hosts.files(name)[path] == before[name][path]
        assert f"{path}.broken" not in lab.hosts.files(name)
    assert {name: record["Thumbprint"] for name, record in lab.records().items()} == {name: r["Thumbprint"] for name, r in records.items()}


def test_an_inventory_that_says_nothing_moves_nothing_on_the_host_nor_on_the_server(lab: Field) -> None:
    elsewhere = {"tentacle_home_directory": "C:\\Else", "tentacle_application_directory": "C:\\Apps", "tentacle_port": 10944}
    unchecked = {"octopus_health_check": False}
    assert lab.play("-l", "win01", variables={**elsewhere, **unchecked}).rc == 0
    record = lab.records()["win01"]
    endpoint = {**record["Endpoint"], "Uri": "https://gate.example.com:20944/"}
    lab.call("PUT", f"/api/Spaces-1/machines/{record['Id']}", {**record, "Endpoint": endpoint, "Uri": endpoint["Uri"]})
    for arguments in (("--check",), ()):
        run = lab.play("-l", "win01", *arguments, variables=unchecked)
        assert (run.result("win01"), run.hosts["win01"]["changes"]) == ("unchanged", []), run.output
    assert lab.records()["win01"]["Uri"] == endpoint["Uri"]
    assert lab.hosts.host("win01")["firewall"] == {"Octopus Deploy Tentacle": "10944"}
    assert not [path for path in lab.hosts.files("win01") if path.startswith("C:\\Octopus\\")]
    moved = lab.play("-l", "win01", variables={**unchecked, "octopus_public_hostname": "{{ ansible_host }}", "octopus_public_port": 10944})
    assert moved.result("win01") == "updated"
    assert lab.records()["win01"]["Uri"] == record["Uri"]
