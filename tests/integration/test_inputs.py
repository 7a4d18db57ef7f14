"""Inputs that are wrong for all hosts, or for several together; a damaged store; and the parts of a value that groups give."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from .host_variables import assert_refused, play_with
from .playing import Field
from .test_refused import PASSWORD, pfx


def test_when_every_host_is_wrong_the_run_ends_before_any_machine(lab: Field) -> None:
    run = lab.play(variables={"octopus_environments": ["Stagin"]})
    assert "Traceback" not in run.output
    for name in lab.names:
        assert_refused(lab, run, name, "no environment named 'Stagin'")
    assert lab.records() == {}
    assert not (lab.lab.directory / "identities").exists()


def test_two_hosts_with_one_identity_are_both_refused(lab: Field) -> None:
    one = {"tentacle_identity_name": "shared"}
    run = play_with(lab, {"win01": one, "win02": one})
    assert_refused(lab, run, "win01", "same identity as win02", "tentacle_identity_name")
    assert_refused(lab, run, "win02", "same identity as win01", "tentacle_identity_name")
    assert run.result("win03") == "created"


def test_a_certificate_of_two_hosts_is_refused_and_of_one_serves(lab: Field) -> None:
    supplied = {"tentacle_certificate": pfx(rsa.generate_private_key(65537, 2048)), "tentacle_certificate_password": PASSWORD}
    run = play_with(lab, {"win01": supplied, "win02": supplied})
    assert_refused(lab, run, "win01", "same identity as win02")
    assert_refused(lab, run, "win02", "same identity as win01")
    again = play_with(lab, {"win01": supplied})
    assert again.rc == 0, again.output
    assert PASSWORD not in again.output


@pytest.fixture
def stored(lab: Field) -> Path:
    """The store of a fleet that is up."""
    first = lab.play()
    assert first.rc == 0, first.output
    return lab.lab.directory / "identities"


def test_a_truncated_store_file_fails_its_host_until_it_is_restored(lab: Field, stored: Path) -> None:
    certificate, key = stored / "win01.pem", stored / "win02.key"
    whole = {path: path.read_bytes() for path in (certificate, key)}
    for path, content in whole.items():
        path.write_bytes(content[: len(content) // 2])
    before = lab.records()
    for name in ("win01", "win02"):
        lab.hosts.wipe(name)
    run = lab.play()
    assert "Traceback" not in run.output
    assert_refused(lab, run, "win01", "'win01'", "win01.pem", "Restore")
    assert run.result("win02") == "failed"
    assert "win02.key" in run.reason("win02")
    assert "estore" in run.reason("win02")
    assert run.result("win03") == "unchanged"
    for path, content in whole.items():
        path.write_bytes(content)
    again = lab.play()
    assert again.rc == 0, again.output
    assert {name: record["Thumbprint"] for name, record in lab.records().items()} == {
        name: record["Thumbprint"] for name, record in before.items()
    }


def test_the_parts_that_groups_give_are_merged(lab: Field) -> None:
    parts = {
        "octopus_target_tags": None,
        "octopus_target_tags__a": ["web"],
        "octopus_target_tags__b": ["api", "Web"],
        "octopus_environments": None,
        "octopus_environments__a": ["Staging"],
        "octopus_environments__b": ["Production"],
    }
    run = play_with(lab, {"win01": parts}, "-l", "win01")
    assert run.rc == 0, run.output
    record = lab.records()["win01"]
    assert sorted(record["Roles"]) == ["api", "web"]
    assert len(record["EnvironmentIds"]) == 2
    assert play_with(lab, {"win01": parts}, "-l", "win01").result("win01") == "unchanged"
