"""The look over a fleet: what other hosts' variables say before any machine is touched, and what preflight tells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible import constants
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.permissions import Granted

from tests.unit.work.fakes import NEEDED, FakeSnapshot, machine

from .stage import KEY, Octopus, Stage, build
from .test_tasks import bring, refused

UNDEFINED = "{{ nowhere }}"
MISSING_NAME = "no environment named 'Stagin'"


@pytest.fixture
def staged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, octopus: Octopus) -> Any:
    """Build a stage of these hosts."""
    return lambda hosts, **variables: build(tmp_path, monkeypatch, octopus, hosts, **variables)


def test_the_fleet_is_looked_over_once(stage: Stage) -> None:
    bring(stage, "web01", "web02")
    assert len([line for line in stage.told if line.startswith("octoboot.octopus ")]) == 1


def test_a_double_is_refused_on_both_hosts_whoever_comes_first(staged: Any) -> None:
    stage = staged({"web01": {"octopus_target_name": "one"}, "web02": {"octopus_target_name": "ONE"}, "web03": {}})
    assert refused(stage.task("tentacle", "web02", for_registration=True)).startswith("This machine has the same name in Octopus as web01:")
    assert refused(stage.task("tentacle", "web01", for_registration=True)).startswith("This machine has the same name in Octopus as web02:")
    bring(stage, "web03")
    assert list(stage.hosts) == ["web03"]
    assert not list((stage.directory / "identities").glob("web0[12]*"))


def test_what_is_wrong_with_others_is_no_matter_of_ours(staged: Any) -> None:
    stage = staged({"web01": {"octopus_url": UNDEFINED}, "web02": {"octopus_environments": ["Stagin"]}, "web03": {}})
    bring(stage, "web03")
    assert refused(stage.task("tentacle", "web01", for_registration=True)).startswith("'octopus_url' cannot be resolved")
    assert MISSING_NAME in refused(stage.task("tentacle", "web02", for_registration=True))


@pytest.mark.parametrize("wrong", [{"octopus_environments": ["Stagin"]}, {"tentacle_port": 0}, {"octopus_target_tags": UNDEFINED}])
def test_strictness_stops_all_before_any_is_touched(staged: Any, wrong: dict[str, Any]) -> None:
    stage = staged({"web01": wrong, "web02": {}}, octopus_preflight_strict="true")
    told = refused(stage.task("tentacle", "web02", for_registration=True))
    assert told.startswith("No machine is touched, because 'octopus_preflight_strict' is set and the inputs of 1 host are wrong. web01: ")
    assert stage.hosts == {}
    assert not (stage.directory / "identities").exists()


@pytest.mark.parametrize("name", ["octopus_environments", "octopus_target_tags"])
def test_what_a_new_record_lacks_is_named_as_the_variable_everywhere(staged: Any, name: str) -> None:
    words = f"'{name}' is empty, and a new deployment target needs at least one."
    stage = staged({"web01": {name: None}, "web02": {"octopus_preflight_strict": True}})
    assert refused(stage.task("tentacle", "web01", for_registration=True)) == words
    assert stage.task("preflight", "web02")["hosts"]["web01"]["failure"] == words


def test_what_a_new_record_lacks_is_named_in_a_strict_refusal_too(staged: Any) -> None:
    stage = staged({"web01": {"octopus_environments": []}, "web02": {}}, octopus_preflight_strict=True)
    assert "web01: 'octopus_environments' is empty," in refused(stage.task("tentacle", "web02", for_registration=True))


def test_a_host_is_strict_for_itself_whoever_came_first(staged: Any) -> None:
    hosts = {"web01": {"octopus_environments": ["Stagin"]}, "web02": {}, "web03": {"octopus_preflight_strict": True}}
    stage = staged(hosts)
    bring(stage, "web02")
    assert MISSING_NAME in refused(stage.task("tentacle", "web03", for_registration=True))


def test_a_key_for_one_environment_is_said_of_the_hosts_of_another(staged: Any, octopus: Octopus) -> None:
    everywhere: Any = ((None, frozenset()),)
    staging: Any = (("Spaces-1", frozenset({"environments-1"})),)
    granted = Granted({**dict.fromkeys(NEEDED, everywhere), "MachineCreate": staging})
    octopus.snapshot = FakeSnapshot(granted=granted).meta()
    stage = staged({"web01": {"octopus_environments": ["Production"]}, "web02": {}}, octopus_preflight_strict=True)
    assert "lacks the permission MachineCreate for the environment 'Production'" in refused(
        stage.task("tentacle", "web02", for_registration=True)
    )


def test_other_variables_of_a_role_are_another_look(stage: Stage) -> None:
    stage.task("tentacle", "web01", for_registration=True)
    stage.task("tentacle", "web01", for_registration=True, task_vars={"octopus_target_name": "two"})
    assert len([line for line in stage.told if line.startswith("octoboot.octopus ")]) == 2


@pytest.mark.parametrize("enabled", [[], ["timer"], ["timer", "octoboot.octopus.report"]])
def test_a_run_without_the_report_says_once_how_to_have_it(stage: Stage, monkeypatch: pytest.MonkeyPatch, enabled: list[str]) -> None:
    monkeypatch.setattr(constants, "CALLBACKS_ENABLED", enabled)
    bring(stage, "web01", "web02")
    hints = [line for line in stage.told if "callbacks_enabled = octoboot.octopus.report" in line]
    assert len(hints) == (0 if "octoboot.octopus.report" in enabled else 1)


@pytest.mark.parametrize("callback", ["json", "ansible.posix.json", "ansible.posix.jsonl"])
def test_nothing_is_told_where_ansible_s_own_output_is_json(stage: Stage, monkeypatch: pytest.MonkeyPatch, callback: str) -> None:
    monkeypatch.setattr(constants, "DEFAULT_STDOUT_CALLBACK", callback)
    bring(stage, "web01")
    assert stage.told == []


def test_on_azure_no_result_holds_a_command(staged: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = staged({"web01": {"octopus_environments": ["##vso[task.complete]"]}})
    assert "##vso[task.complete]" in refused(stage.task("tentacle", "web01", for_registration=True))
    monkeypatch.setenv("TF_BUILD", "True")
    assert "# #vso[task.complete]" in refused(stage.task("tentacle", "web01", for_registration=True))


@pytest.mark.parametrize("name", ["octopus_fail_when_empty", "octopus_hosts", "octopus_serial", "octopus_debug"])
def test_what_has_no_effect_from_an_inventory_is_said_of_any_host(staged: Any, name: str) -> None:
    # The host that comes first does not have it.
    stage = staged(
        {"web01": {}, "web02": {name: {"octopus_debug": True, "octopus_serial": 1, "octopus_fail_when_empty": False}.get(name, "all")}}
    )
    bring(stage, "web01", "web02")
    assert [line for line in stage.warned if line.startswith(f"'{name}' has no effect in an inventory: ")] == stage.warned
    assert len(stage.warned) == 1


def test_what_the_command_line_says_of_one_machine_is_no_double_with_those_that_the_limit_leaves_out(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.extra(octopus_target_name="one", tentacle_identity_name="one")
    stage.limit("web01")
    bring(stage, "web01")
    stage.limit("web01", "web02")
    stage.next_run()
    assert "the same" in refused(stage.task("tentacle", "web01", for_registration=True))


TAKEN: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"tentacle_identity_name": "web01"}, {}, "identity"),
    ({"octopus_target_name": "WEB01"}, {}, "name in Octopus"),
    ({"ansible_host": "10.0.0.1"}, {"ansible_host": "10.0.0.1"}, "address and port"),
    ({"octopus_public_hostname": "10.0.0.1"}, {"ansible_host": "10.0.0.1"}, "address and port"),
]
UNREADABLE: list[dict[str, Any]] = [
    {},
    {"tentacle_port": 0, "octopus_public_port": 10933},
    {"octopus_environments": UNDEFINED},
    {"octopus_api_key": "x"},
    {"tentacle_strnage": 1},
]


@pytest.mark.parametrize("limit", [("web02",), ("web01", "web02")])
@pytest.mark.parametrize("more", UNREADABLE, ids=str)
@pytest.mark.parametrize(("mine", "theirs", "words"), TAKEN)
def test_what_another_host_of_the_pattern_has_is_not_taken_whether_it_runs_or_not(
    staged: Any, octopus: Octopus, limit: tuple[str, ...], more: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any], words: str
) -> None:
    stage = staged({"web01": {**theirs, **more}, "web02": mine, "web03": {}})
    stage.limit(*limit, "web03")
    for check in (True, False):
        told = refused(stage.task("tentacle", "web02", check=check, for_registration=True))
        assert told.startswith(f"This machine has the same {words} as web01: ")
    assert stage.task("preflight", "web02")["hosts"]["web02"]["failure"].startswith(f"This machine has the same {words} as web01: ")
    assert stage.hosts == {}
    bring(stage, "web03")


@pytest.mark.parametrize(
    "name", ["tentacle_identity_name", "octopus_target_name", "octopus_public_hostname", "ansible_host", "octopus_url"]
)
def test_nobody_fails_for_a_value_of_a_host_that_does_not_run(staged: Any, name: str) -> None:
    stage = staged({"web01": {name: UNDEFINED}, "web02": {}}, octopus_preflight_strict=True)
    stage.limit("web02")
    bring(stage, "web02")


def test_hosts_that_do_not_run_are_not_failed_as_doubles_and_stop_nobody(staged: Any) -> None:
    stage = staged({"web01": {}, "web02": {"octopus_target_name": "web01"}, "web03": {}}, octopus_preflight_strict=True)
    stage.limit("web03")
    bring(stage, "web03")


def test_another_hosts_record_is_not_renamed_however_this_one_came_to_its_certificate(staged: Any, octopus: Octopus) -> None:
    stage = staged({"web01": {}, "web02": {}})
    bring(stage, "web01")
    for path in (stage.directory / "identities").glob("web01*"):
        path.with_name(path.name.replace("web01", "web02")).write_bytes(path.read_bytes())
    stage.next_run()
    stage.limit("web02")
    assert "belongs to 'web01' (Machines-100), and another host of the inventory has that name" in refused(
        stage.task("tentacle", "web02", for_registration=True)
    )
    assert [record["Name"] for record in octopus.records.values()] == ["web01"]
    assert list(stage.hosts) == ["web01"]


def test_a_record_whose_host_was_renamed_in_the_inventory_is_renamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    octopus = Octopus()
    bring(build(tmp_path, monkeypatch, octopus, {"web01": {}}), "web01")
    (tmp_path / "later").mkdir()
    moved = {"tentacle_identity_store": str(tmp_path / "identities"), "tentacle_identity_name": "web01", "ansible_host": "10.9.9.9"}
    later = build(tmp_path / "later", monkeypatch, octopus, {"new01": moved})
    assert not later.task("tentacle", "new01", for_registration=True).get("failed")
    assert later.task("deployment_target", "new01")["result"] == "adopted"
    assert [record["Name"] for record in octopus.records.values()] == ["new01"]


def test_another_kind_of_record_is_refused_by_what_it_is_before_the_machine_is_touched(staged: Any, octopus: Octopus) -> None:
    ssh = machine(1, "web01", "EF" * 20, Endpoint={"CommunicationStyle": "Ssh", "Uri": "ssh://web01:22/"}, Thumbprint=None)
    octopus.records = {"Machines-1": ssh}
    stage = staged({"web01": {}, "web02": {"octopus_preflight_strict": True}})
    for check in (True, False):
        assert "is an SSH connection" in refused(stage.task("tentacle", "web01", check=check, for_registration=True))
    assert "web01: The deployment target of this name (Machines-1) is an SSH" in refused(
        stage.task("tentacle", "web02", for_registration=True)
    )
    assert stage.hosts == {}
    assert not (stage.directory / "identities").exists()


def test_no_warning_where_there_is_nothing_to_warn_of(stage: Stage) -> None:
    bring(stage, "web01")
    assert stage.warned == []


def test_preflight_looks_and_makes_nothing(stage: Stage, octopus: Octopus) -> None:
    told = stage.task("preflight", "web01")
    assert told["identities_missing"] == ["web01", "web02"]
    assert {finding["record"] for finding in told["hosts"].values()} == {"created"}
    assert not (stage.directory / "identities").exists()
    assert stage.hosts == {}
    assert set(octopus.asked) == set()


def test_preflight_finds_what_is_settled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    octopus = Octopus()
    stage = build(tmp_path, monkeypatch, octopus, {"web01": {}})
    bring(stage, "web01")
    (record,) = octopus.records.values()
    for status, settled in (("Healthy", True), ("Unhealthy", False)):
        record["HealthStatus"] = status
        (tmp_path / status).mkdir()
        again = build(tmp_path / status, monkeypatch, octopus, {"web01": {"tentacle_identity_store": str(tmp_path / "identities")}})
        finding = again.task("preflight", "web01")["hosts"]["web01"]
        assert (finding["record"], finding["settled"], finding["machine_id"]) == ("unchanged", settled, record["Id"])


def test_preflight_fails_when_all_are_wrong_and_strictly_when_one_is(staged: Any, octopus: Octopus) -> None:
    octopus.records = {"Machines-1": machine(1, "web03", "EF" * 20)}
    stage = staged({"web01": {"tentacle_port": "x"}, "web02": {"octopus_environments": ["Stagin"]}, "web03": {}})
    told = stage.task("preflight", "web01")
    assert not told.get("failed")
    assert told["hosts"]["web01"]["failure"].startswith("'tentacle_port' must be")
    assert MISSING_NAME in told["hosts"]["web02"]["failure"]
    assert told["hosts"]["web03"]["failure"] is None
    strict = stage.task("preflight", "web01", strict=True)
    assert refused(strict).endswith("No machine was touched.")
    assert strict["hosts"] == told["hosts"]
    assert "tentacle_port" in refused(stage.task("preflight", "web01", url="ftp://x"))


def test_preflight_tells_five_reasons_and_counts_the_rest(staged: Any) -> None:
    stage = staged({f"web{number:02}": {"tentacle_port": 70000 + number} for number in range(8)})
    text = refused(stage.task("preflight", "web00"))
    assert text.count("'tentacle_port' must be between 1 and 65535") == 5
    assert text.endswith("There are 3 more mistakes. No machine was touched.")


def test_one_reason_of_sixty_hosts_is_said_once(staged: Any) -> None:
    stage = staged({f"web{number:02}": {} for number in range(60)}, octopus_environments=["Stagin"])
    told = stage.task("preflight", "web00")
    assert refused(told).count(MISSING_NAME) == 1
    assert len(told["msg"]) < 300


def test_secrets_of_other_hosts_are_masked_too(staged: Any) -> None:
    other = "API-OFANOTHERHOST"
    stage = staged({"web01": {}, "web02": {"octopus_api_key": other, "octopus_environments": [f"x {other}"]}})
    assert other not in str(stage.task("preflight", "web01"))
    assert KEY not in str(stage.task("preflight", "web01"))


def test_an_identity_that_would_be_lost_is_refused_before_anything_is_done(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWX_PRIVATE_DATA_DIR", str(stage.directory))
    assert "No identity is made where it would be lost" in stage.task("preflight", "web01")["msg"]
    assert "No identity is made where it would be lost" in refused(stage.task("tentacle", "web01", for_registration=True))
    assert "No identity is made where it would be lost" in refused(stage.task("tentacle", "web01", check=True, for_registration=True))
    assert [host.done for host in stage.hosts.values()] == [[]]
    assert not (stage.directory / "identities").exists()
