"""Wrong values, each of a host of its own in one run: refused in one clear line before anybody goes near it, and no other suffers."""

from __future__ import annotations

import base64
import datetime
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from .host_variables import assert_refused, play_with
from .playing import Field, Run, field
from .test_server import NEEDED, closed_url

PASSWORD, WRONG_PASSWORD, UNKNOWN_KEY = "right-password", "wrong-password", "API-" + "Z" * 26

SAID: dict[str, tuple[dict[str, Any], list[str]]] = {
    "certificate-is-none": ({"tentacle_certificate": "{{ no_pfx }}"}, ["not a readable PFX"]),
    "certificate-not-opened": (
        {"tentacle_certificate": "{{ pfx }}", "tentacle_certificate_password": WRONG_PASSWORD},
        ["password does not open the PFX"],
    ),
    "certificate-no-password": ({"tentacle_certificate": "{{ pfx }}"}, ["protected by a password, and none was given"]),
    "certificate-not-rsa": (
        {"tentacle_certificate": "{{ elliptic_pfx }}", "tentacle_certificate_password": PASSWORD},
        ["RSA keys only"],
    ),
    "no-store": ({"tentacle_identity_store": ""}, ["no identity store", "tentacle_identity_store"]),
    "no-vault-secret": ({"tentacle_identity_encryption": "vault"}, ["no vault secret was given", "--vault-password-file"]),
    "misspelt": ({"octopus_enviroments": ["Staging"]}, ["octopus_enviroments", "Did you mean 'octopus_environments'?"]),
    "no-environment": ({"octopus_environments": ["Stagin"]}, ["no environment named 'Stagin'", "Did you mean 'Staging'?"]),
    "no-policy": (
        {"octopus_machine_policy": "Defualt Machine Policy"},
        ["no machine policy", "Did you mean 'Default Machine Policy'?"],
    ),
    "port-text": ({"tentacle_port": "many"}, ["'tentacle_port'"]),
    "port-zero": ({"tentacle_port": 0}, ["'tentacle_port'"]),
    "switch": ({"octopus_disabled": "maybe"}, ["'octopus_disabled'"]),
    "switch-of-the-role": ({"octopus_health_check": "perhaps"}, ["'octopus_health_check'"]),
    "number": ({"octopus_public_port": "0"}, ["'octopus_public_port'"]),
    "list": ({"octopus_target_tags": "web;api"}, ["'octopus_target_tags'"]),
    "part-of-a-list": ({"octopus_environments": None, "octopus_environments__a": "[Staging"}, ["'octopus_environments__a'"]),
    "instance": ({"tentacle_instance": "a b"}, ["'tentacle_instance'"]),
    "trust": ({"tentacle_trust": ["zz"]}, ["'tentacle_trust'"]),
    "checksum": ({"tentacle_package_checksum": "abc"}, ["'tentacle_package_checksum'"]),
    "version": ({"tentacle_version": "9.2"}, ["'tentacle_version'"]),
    "home": ({"tentacle_home_directory": "Octopus"}, ["'tentacle_home_directory'"]),
    "applications": ({"tentacle_application_directory": "~/apps"}, ["'tentacle_application_directory'"]),
    "address": ({"octopus_public_hostname": "https://web01"}, ["'octopus_public_hostname'"]),
    "address-of-winrm": ({"ansible_host": None, "ansible_winrm_host": "10.0.0.5/24"}, ["'ansible_winrm_host'"]),
    "nearly-ours": ({"tentacle_home": "C:\\Octopus"}, ["'tentacle_home'"]),
    "no-parts": ({"octopus_machine_policy__web": "Default Machine Policy"}, ["'octopus_machine_policy__web'"]),
    "server-down": ({"octopus_url": "{{ closed }}"}, ["refused"]),
    "no-octopus": ({"octopus_url": "{{ downloads }}"}, ["is not Octopus Server"]),
    "plain-http": ({"octopus_url": "http://octopus.example.com"}, ["unencrypted", "octopus_allow_http"]),
    "key-expired": ({"octopus_api_key": "{{ expired_key }}"}, ["does not accept the API key"]),
    "key-unknown": ({"octopus_api_key": UNKNOWN_KEY}, ["does not accept the API key"]),
    "key-lacks-a-right": ({"octopus_api_key": "{{ lacking_key }}"}, ["lacks the permission MachineCreate"]),
    "key-is-none": ({"octopus_api_key": "not-a-key"}, ["'octopus_api_key' is not an API key"]),
    "no-space": ({"octopus_space": "Defualt"}, ["no space named 'Defualt'", "Did you mean 'Default'?"]),
}
"""What is said of a host, and words of the reason why it is refused."""
CORRECTED = ["certificate-not-opened", "no-environment", "server-down"]


def pfx(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    """Return the base64 of a PFX with this key and a certificate of its own, under PASSWORD."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Octopus Tentacle")])
    began = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, began, began + datetime.timedelta(days=36500))
    content = pkcs12.serialize_key_and_certificates(
        b"tentacle", key, builder.sign(key, hashes.SHA256()), None, BestAvailableEncryption(PASSWORD.encode())
    )
    return base64.b64encode(content).decode()


@dataclass(frozen=True)
class Refusal:
    """The run, and the secrets that were wrong in it."""

    lab: Field
    run: Run
    secrets: tuple[str, ...]


@pytest.fixture(scope="module")
def refusal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Refusal]:
    """All wrong values in one run, with a host of which nothing wrong is said."""
    with field([*SAID, "sound"], tmp_path_factory.mktemp("refused")) as lab:
        meant = {
            "no_pfx": base64.b64encode(b"no PFX at all").decode(),
            "pfx": pfx(rsa.generate_private_key(65537, 2048)),
            "elliptic_pfx": pfx(ec.generate_private_key(ec.SECP256R1())),
            "closed": closed_url(),
            "downloads": lab.lab.downloads.url,
            "expired_key": lab.server.add_key(expired=True),
            "lacking_key": lab.server.add_key(permissions=[permission for permission in NEEDED if permission != "MachineCreate"]),
        }
        run = play_with(lab, {name: variables for name, (variables, _words) in SAID.items()}, "-e", json.dumps(meant))
        secrets = (PASSWORD, WRONG_PASSWORD, UNKNOWN_KEY, "not-a-key", meant["expired_key"], meant["lacking_key"])
        yield Refusal(lab, run, secrets)


@pytest.mark.parametrize("name", SAID)
def test_a_wrong_value_is_refused_before_anything_is_made(refusal: Refusal, name: str) -> None:
    assert_refused(refusal.lab, refusal.run, name, *SAID[name][1])
    assert f"{name}:" not in refusal.run.reason(name)
    assert list((refusal.lab.lab.directory / "identities").glob(f"{name}.*")) == []


def test_nobody_else_suffers_and_no_secret_is_told(refusal: Refusal) -> None:
    assert refusal.run.result("sound") == "created", refusal.run.output
    assert [name for name in refusal.lab.names if name in refusal.lab.records()] == ["sound"]
    assert [secret for secret in refusal.secrets if secret in refusal.run.output] == []


def test_a_corrected_run_completes_them(refusal: Refusal) -> None:
    corrected = refusal.lab.play("-l", ",".join([*CORRECTED, "sound"]))
    assert corrected.rc == 0, corrected.output
    assert {name: corrected.result(name) for name in CORRECTED} == dict.fromkeys(CORRECTED, "created")
    assert corrected.result("sound") == "unchanged"
