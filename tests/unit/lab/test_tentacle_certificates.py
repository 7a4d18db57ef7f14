"""Certificates of the emulated Tentacle (tentacle.md 1.6 and 3; lab-lies.md 1.12)."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta, timezone

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from tests.lab.machine import User
from tests.lab.tentacle.certificates import Identity, generate
from tests.unit.lab.fake_machine import CONFIG, FakeMachine

PFX = r"C:\Octopus\web1\c.pfx"
RESTART = "These changes require a restart of the Tentacle."
NO_PROFILE = User("deploy", profile_loaded=False)


@pytest.fixture(scope="module")
def identity() -> Identity:
    return generate()


@pytest.fixture(scope="module")
def authority() -> x509.Certificate:
    return generate().certificate


@pytest.fixture
def machine() -> FakeMachine:
    return FakeMachine().created()


def pfx_encryption(scheme: str) -> serialization.KeySerializationEncryption:
    """Encrypt as old Windows reads it, or as FIPS systems do."""
    builder = serialization.PrivateFormat.PKCS12.encryption_builder().kdf_rounds(1000)
    if scheme == "3des":
        builder = builder.key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC).hmac_hash(hashes.SHA1())
    else:
        builder = builder.key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC).hmac_hash(hashes.SHA256())
    return builder.build(b"pa ss")


def test_the_recipe(identity: Identity) -> None:
    certificate = identity.certificate
    today = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    assert certificate.subject.rfc4514_string() == certificate.issuer.rfc4514_string() == "CN=Octopus Tentacle"
    assert (identity.key.key_size, type(certificate.signature_hash_algorithm)) == (2048, hashes.SHA256)
    assert today - certificate.not_valid_before_utc in {timedelta(days=1), timedelta(days=2)}
    assert len(list(certificate.extensions)) == 0


def test_new_certificate(machine: FakeMachine) -> None:
    first, thumbprint, last = machine.ok("new-certificate", "--instance=web1", "--if-blank")
    assert (first, last) == ("A new certificate has been generated and installed. Thumbprint:", RESTART)
    result = machine.tentacle("show-thumbprint", "--instance=web1")
    assert result.stdout == thumbprint, "without a line end"
    assert machine.tentacle("show-thumbprint", "--format=json").stdout == f'{{"Thumbprint":"{thumbprint}"}}'
    assert machine.ok("new-certificate", "-b") == ["A certificate already exists, no changes will be applied."]
    assert machine.ok("new-certificate")[1] != thumbprint


def test_no_certificate_shows_nothing(machine: FakeMachine) -> None:
    assert machine.tentacle("show-thumbprint").stdout == ""
    assert machine.tentacle("show-thumbprint", "--format=json").stdout == '{"Thumbprint":null}'


@pytest.mark.parametrize("arguments", [["-b", "-e", "x"], ["-b", "--export-pfx", "x"], ["-e", "x", "--export-pfx", "y"]])
def test_exports_exclude_one_another(machine: FakeMachine, arguments: list[str]) -> None:
    result = machine.tentacle("new-certificate", *arguments)
    assert result.rc == 1
    assert result.stderr.startswith("Invalid command: --")


def test_an_exported_certificate_can_be_imported(machine: FakeMachine) -> None:
    text = machine.ok("new-certificate", "--export-file=c.txt")[1]
    assert machine.files.read(r"C:\Users\Administrator\c.txt").startswith(b"\xef\xbb\xbf")
    assert machine.ok("import-certificate", "--from-file=c.txt") == [
        "Importing the certificate stored in c.txt...",
        f"Certificate with thumbprint {text} imported successfully.",
        RESTART,
    ]
    pfx = machine.ok("new-certificate", "--export-pfx=c.PFX", "--pfx-password=x")[1]
    assert machine.ok("import-certificate", "-f=c.PFX", "--pw=x")[1:] == [
        f"Certificate with thumbprint {pfx} imported successfully.",
        RESTART,
    ]


@pytest.mark.parametrize("scheme", ["3des", "aes"])
def test_importing_a_pfx(machine: FakeMachine, identity: Identity, scheme: str) -> None:
    machine.files.write(PFX, pkcs12.serialize_key_and_certificates(b"x", identity.key, identity.certificate, None, pfx_encryption(scheme)))
    assert machine.ok("import-certificate", "--instance=web1", "--from-file", PFX, "--pfx-password", "pa ss") == [
        f"Importing the certificate stored in PFX file in {PFX} using the provided password...",
        f"Certificate with thumbprint {identity.thumbprint} imported successfully.",
        RESTART,
    ]
    assert identity.thumbprint in machine.files.text(CONFIG)
    assert machine.ok("show-thumbprint") == [identity.thumbprint]


@pytest.mark.parametrize("scheme", ["3des", "aes"])
def test_of_a_chain_the_first_certificate_is_taken(
    machine: FakeMachine, identity: Identity, authority: x509.Certificate, scheme: str
) -> None:
    leaf_first = pkcs12.serialize_key_and_certificates(None, identity.key, identity.certificate, [authority], pfx_encryption(scheme))
    machine.files.write(PFX, leaf_first)
    assert f"PFX file {PFX} contains multiple certificates, taking the first one." in machine.ok(
        "import-certificate", "-f", PFX, "--pw=pa ss"
    )


@pytest.mark.parametrize("scheme", ["3des", "aes"])
def test_a_chain_before_the_leaf_has_no_private_key(
    machine: FakeMachine, identity: Identity, authority: x509.Certificate, scheme: str
) -> None:
    chain = [authority, identity.certificate]
    machine.files.write(PFX, pkcs12.serialize_key_and_certificates(None, identity.key, None, chain, pfx_encryption(scheme)))
    result = machine.tentacle("import-certificate", "-f", PFX, "--pfx-password=pa ss")
    assert result.rc == 100
    assert "does not include the private key" in result.stderr
    machine.files.write(PFX, pkcs12.serialize_key_and_certificates(None, identity.key, None, chain[::-1], pfx_encryption(scheme)))
    assert identity.thumbprint in machine.ok("import-certificate", "-f", PFX, "--pfx-password=pa ss")[2]


def test_wrong_password(machine: FakeMachine, identity: Identity) -> None:
    machine.files.write(PFX, identity.to_pfx("right"))
    result = machine.tentacle("import-certificate", "-f", PFX, "--pfx-password=wrong")
    assert result.rc == 100
    assert "The specified network password is not correct." in result.stderr


def test_an_encryption_that_the_system_cannot_read(machine: FakeMachine, identity: Identity) -> None:
    machine.refused_pfx = "The specified network password is not correct."
    machine.files.write(PFX, identity.to_pfx("right"))
    assert machine.tentacle("import-certificate", "-f", PFX, "--pfx-password=right").rc == 100


def test_no_pfx_at_all(machine: FakeMachine) -> None:
    machine.files.write(PFX, b"hello")
    assert "Cannot find the requested object." in machine.tentacle("import-certificate", "-f", PFX).stderr


def test_elliptic_curves_have_no_private_key_that_tentacle_sees(machine: FakeMachine) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ec")])
    now = datetime.now(timezone.utc)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    certificate = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    machine.files.write(PFX, pkcs12.serialize_key_and_certificates(None, key, certificate, None, serialization.NoEncryption()))
    result = machine.tentacle("import-certificate", "-f", PFX)
    assert result.rc == 100
    assert "does not include the private key" in result.stderr


def test_small_keys_are_imported_with_a_warning(machine: FakeMachine, identity: Identity) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    builder = x509.CertificateBuilder(identity.certificate.issuer, identity.certificate.subject, key.public_key(), 1)
    now = datetime.now(timezone.utc)
    certificate = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    machine.files.write(PFX, Identity(certificate, key).to_pfx())
    assert any("smaller than the currently-recommended" in line for line in machine.ok("import-certificate", "-f", PFX))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Please specify the certificate to import."),
        (["-r", "-f", "x"], "Please specify only one of either from-registry or from-file or from-base64"),
        (["-f", "nowhere.pfx"], "Certificate 'nowhere.pfx' was not found."),
        (["-r"], "No Octopus 1.x Tentacle certificate was found."),
    ],
)
def test_import_errors(machine: FakeMachine, arguments: list[str], message: str) -> None:
    result = machine.tentacle("import-certificate", *arguments)
    assert (result.rc, result.stderr) == (1, message + "\r\n")


def test_base64_is_unknown_to_old_releases(machine: FakeMachine, identity: Identity) -> None:
    encoded = base64.b64encode(identity.to_pfx()).decode()
    assert machine.ok("import-certificate", "--from-base64", encoded)[0] == "Importing the certificate via base64..."
    assert machine.tentacle("import-certificate", "--from-base64", encoded, version="6.3.605").rc == 1


@pytest.mark.parametrize("command", [["new-certificate"], ["import-certificate", "-f", PFX]])
def test_without_a_profile_there_is_no_cryptography(machine: FakeMachine, identity: Identity, command: list[str]) -> None:
    machine.files.write(PFX, identity.to_pfx())
    result = machine.tentacle(*command, user=NO_PROFILE)
    assert result.rc == 100
    assert "Crypto functions require the Windows User Profile" in result.stderr.splitlines()


def test_a_certificate_of_another_machine_is_unreadable(machine: FakeMachine, identity: Identity) -> None:
    machine.ok("new-certificate")
    machine.secret = b"another"
    for command in (["show-thumbprint"], ["new-certificate", "--if-blank"]):
        result = machine.tentacle(*command)
        assert result.rc == 100
        assert "Unable to parse configuration key 'Tentacle.Certificate' as a 'String'." in result.stderr
    assert machine.tentacle("show-configuration").rc == 0, "it shows the stored thumbprint"
    machine.files.write(PFX, identity.to_pfx())
    machine.ok("import-certificate", "-f", PFX)
    assert machine.ok("show-thumbprint") == [identity.thumbprint], "an import only writes"
