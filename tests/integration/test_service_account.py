"""The account that the service runs as: SYSTEM, a domain user, a gMSA."""

from __future__ import annotations

from tests.lab.fleet import DEFAULT_PACKAGE

from .host_variables import play_with
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


def test_a_password_that_is_part_of_everything_else_harms_nothing(lab: Field) -> None:
    """Masked wherever it stands, and whatever stands there works on: the URL, the module's name, the package, the record, the folder."""
    everywhere = {"win01": "octopus", "win02": "Tentacle", "win03": "http"}
    own = {name: {"tentacle_service_user": "OCTO\\deploy", "tentacle_service_password": word} for name, word in everywhere.items()}
    lab.server.clear_requests()
    for expected in ("created", "unchanged"):
        run = play_with(lab, own, "-e", "tentacle_install_background=true")
        assert run.rc == 0, run.output
        assert {run.result(name) for name in lab.names} == {expected}, run.output
    records = lab.records()
    for name in lab.names:
        host = lab.hosts.host(name)
        assert records[name]["Uri"] == f"https://{host['address']}:10933/"
        assert records[name]["HealthStatus"] == "HasWarnings"
        assert host["agents"] == [{"thumbprint": records[name]["Thumbprint"], "trust": [lab.lab.server.thumbprint]}]
        assert host["services"][0]["account"] == "OCTO\\deploy"
        assert [product["version"] for product in host["products"]] == [DEFAULT_PACKAGE.version]


def test_a_password_that_is_the_name_of_its_host_harms_nothing_either(lab: Field) -> None:
    run = lab.play("-l", "win01", variables={"tentacle_certificate_password": "Octopus", "tentacle_service_password": "win01"})
    assert run.rc == 0, run.output
    assert list(lab.records()) == ["win01"]
    assert run.result("win01") == "created"
