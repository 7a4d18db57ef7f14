"""The account that the service runs as: SYSTEM, a domain user, a gMSA."""

from __future__ import annotations

from .playing import Field


def test_the_service_runs_as_the_account_that_is_wanted(lab: Field) -> None:
    user = {"tentacle_service_user": "OCTO\\deploy", "tentacle_service_password": 'pass word "1"'}
    first = lab.play("-l", "win01", variables=user)
    assert first.rc == 0, first.output
    host = lab.hosts.host("win01")
    assert host["services"][0]["account"] == "OCTO\\deploy"
    assert not [line for line in host["processes"] if "pass word" in line]
    assert lab.play("-l", "win01", variables=user).result("win01") == "unchanged"
    gmsa = lab.play("-l", "win01", variables={"tentacle_service_user": "OCTO\\tentacle$"})
    assert gmsa.rc == 0, gmsa.output
    assert lab.hosts.host("win01")["services"][0]["account"] == "OCTO\\tentacle$"
    assert lab.play("-l", "win01").result("win01") == "unchanged"  # what is not said stays
    back = lab.play("-l", "win01", variables={"tentacle_service_user": "SYSTEM"})
    assert back.rc == 0, back.output
    assert lab.hosts.host("win01")["services"][0]["account"] == "LocalSystem"
    nobody = lab.play("-l", "win01", variables={"tentacle_service_user": "OCTO\\nobody"})
    assert "knows no account named 'OCTO\\nobody'" in nobody.reason("win01")
