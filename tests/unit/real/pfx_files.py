"""The PFX files of the recording, made again: the same kinds, other keys."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta, timezone
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import KeySerializationEncryption, NoEncryption, PrivateFormat, pkcs12

PASSWORD = b"pw-1"
_Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def pfx_files() -> dict[str, bytes]:
    """Return the files by name."""
    leaf_key, ca_key = _rsa(2048), _rsa(2048)
    leaf, ca = _certificate("Octopus Tentacle", leaf_key), _certificate("CA", ca_key)
    small_key, ec_key = _rsa(1024), ec.generate_private_key(ec.SECP256R1())
    plain = _pfx(leaf_key, leaf, encryption=NoEncryption())
    modern = _pfx(leaf_key, leaf)
    return {
        "compatible.pfx": _pfx(leaf_key, leaf, encryption=_compatible()),
        "modern.pfx": modern,
        "modern.p12": modern,
        "nopass.pfx": plain,
        "b64.txt": base64.b64encode(plain),
        "nokey.pfx": _pfx(None, leaf),
        "ec.pfx": _pfx(ec_key, _certificate("ec", ec_key)),
        "small.pfx": _pfx(small_key, _certificate("small", small_key)),
        "garbage.pfx": b"this is no pfx at all",
        "chain.pfx": _pfx(leaf_key, leaf, [ca]),
    }


def _rsa(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def _certificate(name: str, key: _Key) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    today = datetime.now(timezone.utc)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key()).serial_number(1)
    return builder.not_valid_before(today - timedelta(1)).not_valid_after(today + timedelta(9)).sign(key, hashes.SHA256())


def _compatible() -> KeySerializationEncryption:
    builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(2000).key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
    return builder.hmac_hash(hashes.SHA1()).build(PASSWORD)


def _modern() -> KeySerializationEncryption:
    builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(2000).key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
    return builder.hmac_hash(hashes.SHA256()).build(PASSWORD)


def _pfx(
    key: _Key | None,
    certificate: x509.Certificate,
    others: list[x509.Certificate] | None = None,
    encryption: KeySerializationEncryption | None = None,
) -> bytes:
    return pkcs12.serialize_key_and_certificates(None, key, certificate, others, encryption or _modern())
