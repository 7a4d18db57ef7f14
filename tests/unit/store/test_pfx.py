"""Certificates: ours are as Tentacle makes them, and each unusable supplied one is refused with its own sentence."""

from __future__ import annotations

import base64
import subprocess
from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._store import pfx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
NONE = serialization.NoEncryption()


@pytest.fixture(scope="module")
def ours() -> tuple[str, bytes]:
    return pfx.make_certificate()


def certificate(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> x509.Certificate:
    start = datetime(2026, 1, 1, tzinfo=timezone.utc)
    builder = x509.CertificateBuilder().subject_name(NAME).issuer_name(NAME).public_key(key.public_key()).serial_number(7)
    return builder.not_valid_before(start).not_valid_after(start + timedelta(days=9)).sign(key, hashes.SHA256())


def key_of(pem: bytes) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(pem, None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def test_a_made_certificate_is_what_tentacle_makes(ours: tuple[str, bytes]) -> None:
    made = x509.load_pem_x509_certificate(ours[0].encode())
    midnight = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    assert made.subject.rfc4514_string() == made.issuer.rfc4514_string() == "CN=Octopus Tentacle"
    assert made.version is x509.Version.v3
    assert list(made.extensions) == []
    assert isinstance(made.signature_hash_algorithm, hashes.SHA256)
    assert made.not_valid_before_utc == midnight - timedelta(days=1)
    assert made.not_valid_after_utc.year == midnight.year + 100
    assert 1 <= made.serial_number < 2**63
    assert key_of(ours[1]).key_size == 2048
    made.verify_directly_issued_by(made)


@pytest.mark.parametrize("encryption", ["compatible", "modern"])
@pytest.mark.parametrize("form", ["binary", "base64", "wrapped base64", "with a byte order mark"])
def test_what_is_written_can_be_read(ours: tuple[str, bytes], encryption: pfx.Encryption, form: str) -> None:
    data = pfx.write_pfx(*ours, "one-time", encryption=encryption)
    sent = {
        "binary": data,
        "base64": base64.b64encode(data),
        "wrapped base64": base64.encodebytes(data),
        "with a byte order mark": b"\xef\xbb\xbf" + base64.b64encode(data),
    }[form]
    material = pfx.read_pfx(sent, "one-time")
    assert material == pfx.Material(*ours, pfx.thumbprint(ours[0]))


@pytest.mark.parametrize(
    ("encryption", "cipher", "mac"), [("compatible", "pbeWithSHA1And3-KeyTripleDES-CBC", "sha1"), ("modern", "AES-256-CBC", "sha256")]
)
def test_the_encryption_is_the_one_asked_for(ours: tuple[str, bytes], encryption: pfx.Encryption, cipher: str, mac: str) -> None:
    data = pfx.write_pfx(*ours, "one-time", encryption=encryption)
    command = ["openssl", "pkcs12", "-info", "-noout", "-passin", "pass:one-time"]
    seen = subprocess.run(command, input=data, capture_output=True, check=False).stderr.decode()
    assert f"MAC: {mac}," in seen
    assert seen.count(cipher) == 2
    assert seen.count("Certificate bag") == 1


def test_terraforms_base64_without_password_is_read(ours: tuple[str, bytes]) -> None:
    data = pkcs12.serialize_key_and_certificates(None, key_of(ours[1]), pfx.load_certificate(ours[0]), None, NONE)
    assert pfx.read_pfx(base64.b64encode(data), None).private_key_pem == ours[1]


def test_a_pem_pair_is_read(ours: tuple[str, bytes]) -> None:
    assert pfx.read_pfx(ours[1] + ours[0].encode(), None).thumbprint == pfx.thumbprint(ours[0])


def test_of_several_certificates_the_one_of_the_key_is_taken(ours: tuple[str, bytes]) -> None:
    other = certificate(ec.generate_private_key(ec.SECP256R1()))
    text = other.public_bytes(serialization.Encoding.PEM) + ours[0].encode() + ours[1]
    assert pfx.read_pfx(text, None).certificate_pem == ours[0]


def test_a_short_key_is_a_warning() -> None:
    short = rsa.generate_private_key(65537, 1024)
    data = pkcs12.serialize_key_and_certificates(None, short, certificate(short), None, NONE)
    assert "1024 bits" in (pfx.read_pfx(data, None).warning or "")


def unusable() -> list[tuple[str, str | None, bytes, str]]:
    pem, key = pfx.make_certificate()
    ours = pfx.write_pfx(pem, key, "right", encryption="modern")
    curve = ec.generate_private_key(ec.SECP256R1())
    return [
        ("not base64", None, b"this is no certificate", "neither a PFX nor the base64"),
        ("empty", None, b"", "not a readable PFX"),
        ("base64 of nothing", None, base64.b64encode(b"nothing of the kind"), "not a readable PFX"),
        ("text that starts as DER does", None, b"0123456789", "neither a PFX nor the base64|not a readable PFX"),
        ("truncated", "right", ours[:-50], "not a readable PFX"),
        ("wrong password", "wrong", ours, "password does not open"),
        ("no password", None, ours, "none was given"),
        (
            "no key",
            None,
            pkcs12.serialize_key_and_certificates(None, None, pfx.load_certificate(pem), None, NONE),
            "without its private key",
        ),
        ("certificate alone", None, pem.encode(), "without its private key"),
        (
            "EC",
            None,
            pkcs12.serialize_key_and_certificates(None, curve, certificate(curve), None, NONE),
            "elliptic-curve key.*RSA keys only",
        ),
        ("not a pair", None, pfx.make_certificate()[1] + pem.encode(), "belongs to none"),
        ("key alone", None, key, "no readable certificate|belongs to none"),
    ]


@pytest.mark.parametrize(("password", "data", "words"), [pytest.param(*case[1:], id=case[0]) for case in unusable()])
def test_what_tentacle_could_not_use_is_refused_in_one_sentence(password: str | None, data: bytes, words: str) -> None:
    with pytest.raises(pfx.CertificateError, match=words) as failure:
        pfx.read_pfx(data, password)
    text = str(failure.value)
    assert "\n" not in text
    assert "PRIVATE" not in text
    assert not password or password not in text


def test_a_pfx_of_two_halves_is_not_written(ours: tuple[str, bytes]) -> None:
    with pytest.raises(pfx.CertificateError, match="belongs to none"):
        pfx.write_pfx(ours[0], pfx.make_certificate()[1], "one-time", encryption="modern")


def test_the_key_does_not_show_in_the_repr(ours: tuple[str, bytes]) -> None:
    assert "PRIVATE" not in repr(pfx.Material(*ours, pfx.thumbprint(ours[0])))
