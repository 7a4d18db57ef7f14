"""What each action does, from its task to its result, in a play of Ansible's own parts."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._ansible import wiring
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import NotAuthenticated, PackageError, Unreachable
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.permissions import Granted
from ansible_collections.octoboot.octopus.plugins.plugin_utils._store.identities import IdentityStore
from ansible_collections.octoboot.octopus.plugins.plugin_utils._store.pfx import write_pfx

from tests.unit.work.fakes import OURS, FakeSnapshot, machine
from tests.unit.work.test_host import OLD, FakeHost

from .stage import KEY, Octopus, Stage, build

OTHER = "AB" * 20
SECRET = "octopus"


def refused(result: dict[str, Any]) -> str:
    """Return why a task failed, in one line."""
    assert result.get("failed"), result
    text = str(result["msg"])
    assert text.isprintable()
    return text


def bring(stage: Stage, *hosts: str) -> None:
    """Install and register hosts."""
    for host in hosts:
        assert not stage.task("tentacle", host, for_registration=True).get("failed")
        assert stage.task("deployment_target", host)["result"] == "created"


def test_a_host_goes_its_way_without_a_word_between_its_tasks_but_the_notebook(stage: Stage, octopus: Octopus) -> None:
    bring(stage, "web01", "web02")
    assert octopus.read == 1
    told = stage.task("health_check", "web01")
    assert (told["status"], told["healthy"], told["tasks"]) == ("Healthy", True, ["ServerTasks-1"])
    assert stage.task("health_check", "web02")["tasks"] == ["ServerTasks-1"]
    assert octopus.checked == [[record["Id"] for record in octopus.records.values()]]


def test_a_task_that_names_no_server_reads_it_for_its_thumbprint_alone(stage: Stage, octopus: Octopus) -> None:
    told = stage.task("tentacle", "web01")
    assert told["server"]["thumbprint"] == octopus.snapshot.thumbprint
    assert "settled" not in told
    assert octopus.records == {}


def test_a_task_that_says_whom_to_trust_needs_no_server(stage: Stage, octopus: Octopus) -> None:
    told = stage.task("tentacle", "web01", trust=[OTHER])
    assert "server" not in told
    assert octopus.read == 0


def test_to_trust_nobody_is_refused(stage: Stage, octopus: Octopus) -> None:
    assert refused(stage.task("tentacle", "web01", trust=[])) == (
        "'trust' is empty: give the thumbprint of the Octopus Server that may connect."
    )
    assert stage.hosts == {}


def test_a_variable_at_fault_is_named_as_the_variable_and_an_option_as_the_option(stage: Stage) -> None:
    assert refused(stage.task("tentacle", "web01", port=0)).startswith("'port' must be between 1 and 65535")
    assert refused(stage.task("tentacle", "web01", prot=1)) == "There is no option 'prot'. Did you mean 'port'?"
    assert not (stage.directory / "identities").exists()


def test_an_installation_in_the_background_is_finished_by_the_next_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, octopus: Octopus
) -> None:
    own = {"tentacle_service_password": SECRET, "tentacle_version": "9.2.0", "tentacle_install_background": True}
    stage = build(tmp_path, monkeypatch, octopus, {"web01": own})
    host = stage.hosts["web01"] = FakeHost(version=OLD)
    begun = stage.task("tentacle", "web01", for_registration=True)
    assert (begun["pending"], begun["installing"], begun["changed"]) == (True, "9.2.0", False)
    assert host.done == ["start_install"]
    done = stage.task("tentacle", "web01", for_registration=True, installation=begun["installation"])
    assert (done["pending"], done["version"]) == (False, "9.2.0")
    assert host.done[:2] == ["start_install", "wait"]
    # The secret is part of the server's address, and of whatever else: it is masked there, and harms nothing.
    assert stage.task("deployment_target", "web01")["result"] == "created"


def test_in_a_debug_run_it_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, octopus: Octopus) -> None:
    stage = build(tmp_path, monkeypatch, octopus, {"web01": {}}, octopus_debug="yes", tentacle_install_background=True)
    stage.hosts["web01"] = FakeHost(version=None)
    assert stage.task("tentacle", "web01", trust=[OTHER])["pending"] is False
    assert [line for line in stage.told if line.startswith("<web01> installing Tentacle")]


def test_check_mode_makes_nothing_and_shows_the_difference(stage: Stage, octopus: Octopus) -> None:
    told = stage.task("tentacle", "web01", check=True, diff=True, for_registration=True)
    assert told["thumbprint"] == "(a new certificate)"
    assert told["diff"]["before"] != told["diff"]["after"]
    registered = stage.task("deployment_target", "web01", check=True, diff=True)
    assert (registered["result"], registered["id"]) == ("created", None)
    assert stage.task("health_check", "web01", check=True) == {"changed": False, "tasks": []}
    assert not (stage.directory / "identities").exists()
    assert (octopus.records, octopus.checked) == ({}, [])


def test_taking_tentacle_off_needs_neither_server_nor_identity(stage: Stage, octopus: Octopus) -> None:
    told = stage.task("tentacle", "web01", state="absent")
    assert [change["after"] for change in told["changes"]] == [None] * len(told["changes"])
    assert told["changed"]
    assert octopus.read == 0
    assert not (stage.directory / "identities").exists()


def test_a_record_needs_a_thumbprint_and_its_removal_does_not(stage: Stage, octopus: Octopus) -> None:
    assert refused(stage.task("deployment_target", "web01")).startswith("'thumbprint' is missing: give the thumbprint")
    assert stage.task("deployment_target", "web01", state="absent")["result"] == "absent"
    bring(stage, "web01")
    assert stage.task("deployment_target", "web01", state="absent", check=True)["result"] == "absent"  # as the run's reading had it


SSH = machine(4, "ssh", OTHER, Endpoint={"CommunicationStyle": "Ssh", "Uri": "ssh://ssh.example.com:22/"}, Thumbprint=None)


def test_a_removal_by_arguments_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    octopus = Octopus(machine(1, "web01"), machine(2, "old", OTHER))
    stage = build(tmp_path, monkeypatch, octopus, {"web01": {}})
    assert "'thumbprint' is not known" in refused(stage.task("deployment_target", "web01", state="absent"))
    told = stage.task("deployment_target", "web01", state="absent", on_thumbprint_mismatch="replace")
    assert (told["result"], told["id"], told["changed"]) == ("deleted", "Machines-1", True)
    assert list(octopus.records) == ["Machines-2"]
    given = stage.task("deployment_target", "web01", state="absent", name="old", thumbprint=OTHER.lower())
    assert (given["result"], octopus.records) == ("deleted", {})


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(
    ("name", "thumbprint", "words"),
    [
        ("shared", OURS, "Several deployment targets have this machine's thumbprint"),
        ("foreign", OURS, f"already exists with the thumbprint {OTHER}"),
        ("ssh", OURS, "is an SSH connection"),
        ("ssh", None, "is an SSH connection"),
        ("foreign", None, "'thumbprint' is not known"),
        ("zz-clone", "EF" * 20, "belongs to 'zz-orig' (Machines-5), which has another name and another address"),
    ],
)
def test_a_removal_leaves_what_is_not_this_machines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, thumbprint: str | None, words: str, check: bool
) -> None:
    held = [machine(1, "one"), machine(2, "two"), machine(3, "foreign", OTHER), SSH, machine(5, "zz-orig", "EF" * 20)]
    octopus = Octopus(*held)
    stage = build(tmp_path, monkeypatch, octopus, {"web01": {}})
    given: dict[str, Any] = {"name": name, "thumbprint": thumbprint, "public_hostname": "zz.example.com"}
    held_back = [machine(3, "foreign", OTHER)] if (name, thumbprint) == ("foreign", OURS) else held
    octopus.records = {record["Id"]: record for record in held_back}
    for state in ("absent",) if thumbprint is None else ("absent", "present"):
        assert words in refused(stage.task("deployment_target", "web01", state=state, check=check, **given))
    assert list(octopus.records.values()) == held_back
    assert set(octopus.asked) <= {"get"}


def test_a_removal_knows_the_machine_by_its_kept_identity(stage: Stage, octopus: Octopus) -> None:
    bring(stage, "web01", "web02")
    stage.next_run()
    mine, theirs = octopus.records.values()
    mine["Name"] = "web01-old"
    assert stage.task("deployment_target", "web01", state="absent")["id"] == mine["Id"]
    assert list(octopus.records.values()) == [theirs]
    stage.next_run()
    theirs["Endpoint"]["Thumbprint"] = theirs["Thumbprint"] = OTHER
    assert OTHER in refused(stage.task("deployment_target", "web02", state="absent"))


@pytest.mark.parametrize("more", ["", "x" * 200])
@pytest.mark.parametrize(
    "name",
    ["octopus_url", "octopus_machine_policy", "octopus_public_hostname", "octopus_timeout", "tentacle_port",
     "tentacle_home_directory", "tentacle_version", "tentacle_certificate", "tentacle_package_url", "tentacle_instance"],
)  # fmt: skip
def test_the_credentials_of_a_url_are_in_no_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, more: str) -> None:
    url = f"https://deploy:S3cr3tWord{more}@mirror.example.com/x?sig=S3cr3tWord{more}"
    stage = build(tmp_path, monkeypatch, Octopus(), {"web01": {name: url}, "web02": {"octopus_preflight_strict": True}})
    stage.hosts["web01"] = FakeHost(version=None)
    stage.hosts["web01"].refuses = PackageError(f"The package {url} cannot be installed.")
    told = [stage.task("tentacle", host, diff=True, for_registration=True) for host in ("web01", "web02")]
    assert all(each.get("failed") for each in told[: 2 if name != "tentacle_package_url" else 1])
    assert "S3cr3t" not in str([told, stage.told, stage.warned, stage.task("preflight", "web02")])


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("name", ["tentacle_package_url", "tentacle_repository_key"])
def test_a_package_over_plain_http_is_refused_before_anything_is_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, check: bool
) -> None:
    stage = build(tmp_path, monkeypatch, Octopus(), {"web01": {name: "http://mirror.example.com/x.deb"}, "web02": {}})
    words = f"'{name}' is http://mirror.example.com/x.deb, which others can alter on its way to this machine"
    assert refused(stage.task("tentacle", "web01", check=check, for_registration=True)).startswith(words)
    assert stage.task("preflight", "web02")["hosts"]["web01"]["failure"].startswith(words)
    assert [host.done for host in stage.hosts.values()] == []
    assert not (stage.directory / "identities").exists()
    assert not stage.task("tentacle", "web01", check=check, state="absent").get("failed")
    consenting = stage.task("tentacle", "web01", check=check, for_registration=True, package_allow_http=True)
    assert not consenting.get("failed")


def test_former_thumbprints_are_those_of_the_task_and_of_the_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    octopus = Octopus(machine(1, "web01", OTHER))
    stage = build(tmp_path, monkeypatch, octopus, {"web01": {}})
    assert OTHER in refused(stage.task("deployment_target", "web01", thumbprint="EF" * 20))
    told = stage.task("deployment_target", "web01", thumbprint="EF" * 20, former_thumbprints=[OTHER])
    assert (told["result"], told["id"], told["thumbprint"]) == ("adopted", "Machines-1", "EF" * 20)


def test_sources_are_told_of_what_variables_gave(stage: Stage) -> None:
    bring(stage, "web01")
    told = stage.task("deployment_target", "web01", target_tags=["web"])
    assert told["sources"].get("target_tags") is None
    assert told["sources"]["environments"] == {"Staging": "octopus_environments"}


def test_a_server_that_refuses_is_asked_once_and_refuses_all_by_one_line(
    stage: Stage, octopus: Octopus, monkeypatch: pytest.MonkeyPatch
) -> None:
    octopus.refuses = Unreachable("Octopus Server cannot be reached.", cause="refused")
    lines = {refused(stage.task("tentacle", host, for_registration=True)) for host in ("web01", "web02")}
    assert lines == {"Octopus Server cannot be reached."}
    assert octopus.read == 1
    octopus.refuses = None
    assert refused(stage.task("server_info", "web01")) == "Octopus Server cannot be reached."
    monkeypatch.setattr(wiring, "_FAILURE_SECONDS", 0.0)
    told = stage.task("server_info", "web01")
    assert (told["deployment_targets"], told["workers"]) == (0, 0)
    assert [pool["name"] for pool in told["worker_pools"]] == ["Builders", "Cloud"]


def test_a_refusal_names_the_variable_or_the_option_of_each_who_asks(stage: Stage, octopus: Octopus) -> None:
    octopus.refuses = NotAuthenticated("is not accepted.", option="api_key")
    assert refused(stage.task("server_info", "web01")) == "'octopus_api_key' is not accepted."
    # The same key, given otherwise: the same reading.
    assert refused(stage.task("server_info", "web01", api_key=KEY)) == "'api_key' is not accepted."
    assert octopus.read == 1


def test_no_secret_is_in_what_is_returned_or_told(stage: Stage, octopus: Octopus) -> None:
    octopus.refuses = NotAuthenticated(f"does not accept {KEY}.")
    assert KEY not in str(stage.task("server_info", "web01"))
    assert KEY not in "".join(stage.told)


def test_a_key_that_lacks_a_permission_is_refused_before_a_host_is_touched(stage: Stage, octopus: Octopus) -> None:
    octopus.snapshot = FakeSnapshot(granted=Granted({"MachineView": ((None, frozenset()),)})).meta()
    assert "lacks the permissions" in refused(stage.task("tentacle", "web01", for_registration=True))
    assert stage.hosts == {}
    assert "MachineCreate" in stage.task("server_info", "web01")["missing_permissions"]


def test_health_is_checked_of_nobody_where_nothing_is_to_be_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, octopus: Octopus
) -> None:
    stage = build(tmp_path, monkeypatch, octopus, {"web01": {"octopus_health_check": "no"}, "web02": {}})
    bring(stage, "web01")
    assert stage.task("health_check", "web01") == {"changed": False, "tasks": []}
    assert "nothing was registered" in refused(stage.task("health_check", "web02"))
    assert octopus.checked == []


def test_health_is_checked_of_what_was_registered_where_the_task_looks(stage: Stage, octopus: Octopus) -> None:
    bring(stage, "web01")
    elsewhere = refused(stage.task("health_check", "web01", space="Another"))
    assert elsewhere == (
        "In this run, nothing was registered on https://octopus.example.com for this host, in this space and with this credential: "
        "register it first, or give 'machines'."
    )
    assert octopus.checked == []
    assert stage.task("health_check", "web01")["healthy"]


@pytest.mark.parametrize(
    ("status", "strict", "well"),
    [
        ("Healthy", True, True),
        ("HasWarnings", False, True),
        ("HasWarnings", True, False),
        ("Unhealthy", False, False),
        ("Unavailable", False, False),
        ("Unknown", False, False),
    ],
)
def test_the_verdict_is_one_bare_or_by_name(stage: Stage, octopus: Octopus, status: str, strict: bool, well: bool) -> None:
    bring(stage, "web01")
    (machine_id,) = octopus.records
    octopus.health[machine_id] = status
    own = stage.task("health_check", "web01", strict=strict)
    named = stage.task("health_check", "web01", strict=strict, machines={"web01": machine_id, "gone": "Machines-404"})
    assert (own["healthy"], own["status"], bool(own.get("failed"))) == (well, status, not well)
    assert named["hosts"]["web01"] == {name: own[name] for name in ("healthy", "status", "messages")}
    assert not named.get("failed")
    assert set(named["failures"]) == ({"gone"} if well else {"gone", "web01"})
    if not well:
        assert own["msg"] == named["failures"]["web01"]


def test_the_health_check_itself_may_fail_for_all_that_waited(stage: Stage, octopus: Octopus, monkeypatch: pytest.MonkeyPatch) -> None:
    bring(stage, "web01", "web02")

    def refuse(*_: Any, **__: Any) -> str:
        octopus.checked.append([])
        raise Unreachable("Octopus Server cannot be reached.", cause="refused")

    monkeypatch.setattr(octopus, "start_health_check", refuse)
    for host in ("web01", "web02"):
        assert refused(stage.task("health_check", host)) == "Octopus Server cannot be reached."
    assert len(octopus.checked) == 1


def test_machines_by_the_results_that_were_registered(stage: Stage, octopus: Octopus) -> None:
    bring(stage, "web01")
    (machine_id,) = octopus.records
    stage.register("web01", "target", {"id": machine_id})
    stage.register("web02", "target", {"skipped": True})
    assert list(stage.task("health_check", "web01", registered="target")["hosts"]) == ["web01"]
    stage.register("web02", "text", "Machines-1")
    assert "must be the name of a variable that holds a result" in refused(stage.task("health_check", "web01", registered="text"))
    assert stage.task("health_check", "web01", registered="nothing") == {
        "changed": False,
        "tasks": [],
        "hosts": {},
        "failures": {},
    }
    assert stage.task("health_check", "web01", machines={"web01": machine_id}, check=True)["tasks"] == []
    assert len(octopus.checked) == 1


def test_an_identity_is_found_made_replaced_or_foreseen(stage: Stage) -> None:
    store: dict[str, Any] = {"store": str(stage.directory / "kept"), "encryption": "none"}
    foreseen = stage.task("tentacle_certificate", "web01", check=True, diff=True, name="web09", **store)
    assert (foreseen["changed"], foreseen["thumbprint"], foreseen["certificate"]) == (True, None, None)
    made = stage.task("tentacle_certificate", "web01", name="web09", **store)
    found = stage.task("tentacle_certificate", "web01", name="web09", **store)
    assert (made["changed"], found["changed"]) == (True, False)
    assert made["thumbprint"] == found["thumbprint"]
    assert "PRIVATE" not in str(made)
    identities = IdentityStore(stage.directory / "other", wiring.PlainCipher())
    other = identities.obtain("other")[0]
    pfx = write_pfx(other.certificate_pem, identities.private_key("other"), "pw", encryption="modern")
    supplied: dict[str, Any] = {"certificate": base64.b64encode(pfx).decode(), "certificate_password": "pw"}
    before = stage.task("tentacle_certificate", "web01", check=True, name="web09", **store, **supplied)
    assert before["thumbprint"] == other.thumbprint
    assert stage.task("tentacle_certificate", "web01", name="web09", **store)["thumbprint"] == made["thumbprint"]
    replaced = stage.task("tentacle_certificate", "web01", name="web09", **store, **supplied)
    assert (replaced["changed"], replaced["thumbprint"]) == (True, other.thumbprint)
    assert made["thumbprint"] in replaced["former_thumbprints"]
    assert not stage.task("tentacle_certificate", "web01", name="web09", **store, **supplied)["changed"]
    assert refused(stage.task("tentacle_certificate", "web01", store="x")) == "'name' is missing."
