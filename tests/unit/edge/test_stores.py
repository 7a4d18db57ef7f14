"""The identity stores of a run: where no identity is made, and what stops a fleet that would lose its certificates."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._ansible import wiring
from ansible_collections.octoboot.octopus.plugins.plugin_utils._store.identities import IdentityStore
from ansible_collections.octoboot.octopus.plugins.plugin_utils._store.pfx import make_material

from tests.unit.work.fakes import machine

from .stage import Octopus, Stage, build
from .test_tasks import bring, refused

FLEET: dict[str, dict[str, Any]] = {f"web0{number}": {"ansible_host": f"192.0.2.{number}"} for number in range(1, 6)}
STOPPED = "of them by a certificate that the identity store does not hold"
LOST = "No identity is made where it would be lost"


def kept(directory: Path) -> list[str]:
    """Return the names of all files of the store but its lock."""
    return sorted(path.name for path in (directory / "identities").glob("*") if path.name != ".lock")


@pytest.fixture
def records() -> Octopus:
    """A server that knows four of the five machines of the fleet."""
    return Octopus(*(machine(number, f"web0{number}", f"{number}" * 40) for number in range(1, 5)))


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, records: Octopus) -> Stage:
    """The fleet, whose store was lost."""
    return build(tmp_path, monkeypatch, records, FLEET)


@pytest.mark.parametrize("check", [True, False])
def test_a_fleet_whose_store_was_lost_is_stopped_before_anything_is_changed(fleet: Stage, check: bool) -> None:
    told = {refused(fleet.task("tentacle", host, check=check, for_registration=True)) for host in FLEET}
    assert len(told) == 1, "one reason, which the report tells once"
    assert "Octopus knows 4 machines of this fleet, and 4 " + STOPPED in told.pop()
    assert fleet.hosts == {}
    assert kept(fleet.directory) == []


def test_it_is_stopped_under_a_limit_too(fleet: Stage) -> None:
    fleet.limit("web01")
    assert STOPPED in refused(fleet.task("tentacle", "web01", for_registration=True))


def test_preflight_foresees_it(fleet: Stage) -> None:
    told = fleet.task("preflight", "web01")
    assert told["failed"]
    assert all(STOPPED in finding["failure"] for finding in told["hosts"].values())


def test_it_goes_on_where_that_is_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, records: Octopus) -> None:
    stage = build(tmp_path, monkeypatch, records, FLEET, octopus_allow_rekey="true")
    assert not stage.task("tentacle", "web05", for_registration=True).get("failed")
    # A machine that does not show the certificate of its record is refused as ever.
    assert "already exists with the thumbprint" in refused(stage.task("tentacle", "web01", for_registration=True))
    assert stage.task("preflight", "web01")["hosts"]["web02"]["failure"] is None


def test_one_machine_that_lost_its_identity_fails_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    octopus = Octopus()
    stage = build(tmp_path, monkeypatch, octopus, FLEET)
    bring(stage, *FLEET)
    for path in (tmp_path / "identities").glob("web01.*"):
        path.unlink()
    stage.next_run()
    stage.hosts.clear()  # it was built again, as the others were
    assert "already exists with the thumbprint" in refused(stage.task("tentacle", "web01", for_registration=True))
    assert not stage.task("tentacle", "web02", for_registration=True).get("failed")
    assert stage.task("deployment_target", "web02")["result"] == "unchanged"


def test_with_a_store_of_another_fleet_no_known_machine_is_touched(fleet: Stage, records: Octopus) -> None:
    store = IdentityStore(fleet.directory / "identities", wiring.PlainCipher())
    for host in FLEET:
        store.obtain(host)
    assert STOPPED in refused(fleet.task("tentacle", "web01", for_registration=True))
    assert fleet.hosts == {}


def test_a_supplied_certificate_is_the_user_s_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, records: Octopus) -> None:
    store = IdentityStore(tmp_path / "other", wiring.PlainCipher())
    identity = store.obtain("other")[0]
    pem = identity.certificate_pem + store.private_key("other").decode()
    stage = build(tmp_path, monkeypatch, records, {**FLEET, "web01": {**FLEET["web01"], "tentacle_certificate": pem}})
    assert "already exists with the thumbprint" in refused(stage.task("tentacle", "web01", for_registration=True))
    assert "Octopus knows 3 machines of this fleet, and 3 " in refused(stage.task("tentacle", "web02", for_registration=True))


WORKSPACES = ["GITHUB_WORKSPACE", "CI_PROJECT_DIR", "BUILD_SOURCESDIRECTORY", "BITBUCKET_CLONE_DIR", "CIRCLE_WORKING_DIRECTORY"]


@pytest.mark.parametrize("variable", WORKSPACES)
def test_no_identity_is_made_in_the_workspace_of_a_pipeline(stage: Stage, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bring(stage, "web01")
    before = kept(stage.directory)
    monkeypatch.setenv(variable, str(stage.directory))
    stage.next_run()
    for check in (True, False):
        assert LOST in refused(stage.task("tentacle", "web02", check=check, for_registration=True))
    assert LOST in stage.task("preflight", "web01")["hosts"]["web02"]["failure"]
    made: dict[str, Any] = {"name": "web09", "store": str(stage.directory / "identities"), "encryption": "none"}
    assert LOST in refused(stage.task("tentacle_certificate", "web01", **made))
    assert kept(stage.directory) == before
    # One that is there, as it was committed, is used as ever.
    assert stage.task("deployment_target", "web01")["failed"]
    assert not stage.task("tentacle", "web01", for_registration=True).get("failed")
    assert stage.task("deployment_target", "web01")["result"] == "unchanged"
    stage.extra(tentacle_identity_allow_ephemeral="yes")
    assert not stage.task("tentacle", "web02", for_registration=True).get("failed")
    assert stage.task("tentacle_certificate", "web01", **made)["changed"]


def test_a_supplied_certificate_is_not_lost_with_a_workspace(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(stage.directory))
    pem = make_material()
    certificate = pem.certificate_pem + pem.private_key_pem.decode()
    kept_in: dict[str, Any] = {"store": str(stage.directory / "identities"), "encryption": "none"}
    assert stage.task("tentacle_certificate", "web01", name="web09", certificate=certificate, **kept_in)["thumbprint"] == pem.thumbprint


def test_no_identity_is_made_where_ansible_reads_an_inventory(stage: Stage) -> None:
    stage.inventory_is(stage.directory)
    told = refused(stage.task("tentacle", "web01", for_registration=True))
    assert f"Ansible reads every file in there as part of the inventory {stage.directory}, and decrypts the keys." in told
    assert f"to {stage.directory}-identities for example" in told
    assert kept(stage.directory) == []
    pem = make_material()
    certificate = pem.certificate_pem + pem.private_key_pem.decode()
    supplied: dict[str, Any] = {"name": "web09", "store": str(stage.directory / "identities"), "certificate": certificate}
    for check in (True, False):
        assert "Ansible reads every file in there" in refused(stage.task("tentacle_certificate", "web01", check=check, **supplied))
    hidden = str(stage.directory / ".identities")
    assert not stage.task("tentacle", "web01", trust=["AB" * 20], identity_store=hidden).get("failed")
    stage.inventory_is(stage.directory / "mine")
    (stage.directory / "mine").mkdir()
    beside = str(stage.directory / "mine-identities")
    assert not stage.task("tentacle", "web01", trust=["AB" * 20], identity_store=beside).get("failed")


def test_a_store_in_the_inventory_is_used_with_a_warning(stage: Stage) -> None:
    bring(stage, "web01")
    stage.inventory_is(stage.directory)
    stage.next_run()
    for _ in range(2):
        assert not stage.task("tentacle", "web01", for_registration=True).get("failed")
    assert [line.startswith(f"The identity store {stage.directory / 'identities'} is in the inventory ") for line in stage.warned] == [True]


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")
def test_a_store_that_git_ignores_is_warned_of_once_in_a_run(stage: Stage) -> None:
    subprocess.run(["git", "init", "-q", str(stage.directory)], check=True)
    (stage.directory / ".gitignore").write_text("identities/\n")
    for _ in range(2):  # an unchanged run says it as well
        for host in ("web01", "web02"):
            assert not stage.task("tentacle", host, for_registration=True).get("failed")
        stage.task("preflight", "web01")
        assert len(stage.warned) == 1
        assert "git ignores the identities in" in stage.warned[0]
        assert ".gitignore:1:identities/" in stage.warned[0]
        stage.next_run()
        stage.warned.clear()


def test_a_mistyped_password_makes_no_identity_and_check_mode_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = build(tmp_path, monkeypatch, Octopus(), {"web01": {}, "web02": {}}, tentacle_identity_encryption="vault")
    assert "no vault secret was given" in refused(stage.task("tentacle", "web01", check=True, for_registration=True))
    stage.give_secrets(("default", b"right"))
    stage.next_run()
    bring(stage, "web01")
    before = kept(tmp_path)
    stage.give_secrets(("default", b"wrong"))
    stage.next_run()
    for check in (True, False):
        told = refused(stage.task("tentacle", "web02", check=check, for_registration=True))
        assert "opens none of the keys that are there" in told
    assert kept(tmp_path) == before
    # A machine that was built again needs its key, and check mode knows that too.
    assert "none of the vault secrets of this run decrypts it" in refused(stage.task("tentacle", "web01", check=True))
    stage.give_secrets()
    assert "no vault secret was given" in refused(stage.task("tentacle", "web01", check=True))
    stage.give_secrets(("default", b"right"))
    assert not stage.task("tentacle", "web01", check=True).get("failed")


def test_a_machine_that_was_built_again_is_known_although_its_certificate_file_was_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, octopus: Octopus
) -> None:
    stage = build(tmp_path, monkeypatch, octopus, FLEET)
    bring(stage, "web01")
    # It was given another certificate since; its record still has the former one.
    IdentityStore(tmp_path / "identities", wiring.PlainCipher()).replace("web01", make_material())
    (tmp_path / "identities" / "web01.pem").unlink()
    stage.next_run()
    foreseen = stage.task("tentacle", "web01", check=True, for_registration=True)
    assert stage.task("preflight", "web01")["hosts"]["web01"]["record"] == "adopted"
    told = stage.task("tentacle", "web01", for_registration=True)
    assert not told.get("failed"), told
    assert foreseen["thumbprint"] == told["thumbprint"]
    assert stage.task("deployment_target", "web01")["result"] == "adopted"
    assert len(octopus.records) == 1
