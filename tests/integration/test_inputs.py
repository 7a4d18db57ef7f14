"""Wrong inputs end well: their host fails with one clear line and is not touched, the others finish, a corrected rerun completes."""

from __future__ import annotations

import base64
import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from .host_variables import assert_refused, play_with
from .playing import Field

NO_VAULT_SECRET = {"tentacle_identity_encryption": "vault"}
PASSWORD = "right-password"


def pfx(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    """Return the base64 of a PFX with this key and a certificate of its own, under PASSWORD."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Octopus Tentacle")])
    began = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, began, began + datetime.timedelta(days=36500))
    content = pkcs12.serialize_key_and_certificates(
        b"tentacle", key, builder.sign(key, hashes.SHA256()), None, BestAvailableEncryption(PASSWORD.encode())
    )
    return base64.b64encode(content).decode()


def wrong_inputs() -> list[tuple[dict[str, Any], list[str]]]:
    """Return variables that must be refused, each with words of the reason."""
    elliptic, sound = pfx(ec.generate_private_key(ec.SECP256R1())), pfx(rsa.generate_private_key(65537, 2048))
    return [
        ({"tentacle_certificate": base64.b64encode(b"no PFX at all").decode()}, ["not a readable PFX"]),
        ({"tentacle_certificate": sound, "tentacle_certificate_password": "wrong-password"}, ["password does not open the PFX"]),
        ({"tentacle_certificate": sound}, ["protected by a password, and none was given"]),
        ({"tentacle_certificate": elliptic, "tentacle_certificate_password": PASSWORD}, ["RSA keys only"]),
        ({"tentacle_identity_store": ""}, ["no identity store", "tentacle_identity_store"]),
        (NO_VAULT_SECRET, ["no vault secret was given", "--vault-password-file"]),
        ({"octopus_enviroments": ["Staging"]}, ["octopus_enviroments", "Did you mean 'octopus_environments'?"]),
        ({"octopus_environments": ["Stagin"]}, ["no environment named 'Stagin'", "Did you mean 'Staging'?"]),
        ({"octopus_machine_policy": "Defualt Machine Policy"}, ["no machine policy", "Did you mean 'Default Machine Policy'?"]),
        ({"tentacle_port": "many"}, ["tentacle_port"]),
    ]


def test_a_wrong_input_fails_its_host_untouched_and_no_other(lab: Field) -> None:
    causes = wrong_inputs()
    for (first, first_words), (second, second_words) in zip(causes[::2], causes[1::2], strict=True):
        run = play_with(lab, {"win01": first, "win02": second})
        assert_refused(lab, run, "win01", *first_words)
        assert_refused(lab, run, "win02", *second_words)
        assert run.result("win03") in ("created", "unchanged"), run.output
        for secret in (PASSWORD, "wrong-password"):
            assert secret not in run.output
    corrected = lab.play()
    assert corrected.rc == 0, corrected.output
    assert [corrected.result(name) for name in lab.names] == ["created", "created", "unchanged"]


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
