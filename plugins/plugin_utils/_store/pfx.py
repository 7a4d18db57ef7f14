# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Tentacle certificates: make one, read a supplied one, and pack one for import on a host."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Iterable
from datetime import datetime, time, timedelta, timezone
from typing import cast

from .._core.errors import CertificateError
from .._core.identity import Encryption, Material

try:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import pkcs12
except ImportError:
    HAS_CRYPTOGRAPHY = False
else:
    HAS_CRYPTOGRAPHY = True

_RECOMMENDED_BITS = 2048
# Whoever sees the file has the one-time password as well; the count only has to be one that every importer accepts.
_KDF_ROUNDS = 2048


def require_cryptography() -> None:
    """Raise CertificateError when the package that all of this needs is missing on the controller."""
    if not HAS_CRYPTOGRAPHY:
        raise CertificateError("The Python package 'cryptography' is missing on the controller: pip install cryptography.")


def make_certificate() -> tuple[str, bytes]:
    """Return a new certificate and its private key as PEM, of the kind that Tentacle makes for itself (tentacle.md 3)."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=_RECOMMENDED_BITS)
    today = datetime.combine(datetime.now(timezone.utc).date(), time.min)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Octopus Tentacle")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1 + secrets.randbelow(2**63 - 1))
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(_a_century_after(today))
        .sign(key, hashes.SHA256())
    )
    return _pem(certificate), _key_pem(key)


def make_material() -> Material:
    """Return a new certificate with its key, as `make_certificate` makes it."""
    certificate_pem, key_pem = make_certificate()
    return Material(certificate_pem, key_pem, thumbprint(certificate_pem))


def thumbprint(certificate_pem: str) -> str:
    """Return the SHA-1 thumbprint of a PEM certificate, 40 upper-case hexadecimal digits.

    Raises CertificateError when the text holds no certificate.
    """
    return load_certificate(certificate_pem).fingerprint(hashes.SHA1()).hex().upper()


def load_certificate(certificate_pem: str | bytes) -> x509.Certificate:
    """Return the first certificate of a PEM text. Raises CertificateError when there is none that can be read."""
    data = certificate_pem.encode() if isinstance(certificate_pem, str) else certificate_pem
    try:
        return x509.load_pem_x509_certificate(data)
    except ValueError:
        raise CertificateError("The text holds no readable PEM certificate.") from None


def pair(certificate_pem: str | bytes, key_pem: bytes) -> Material:
    """Return a PEM certificate and PEM key of the store as material, once it is sure that they belong together.

    Raises CertificateError when one is unreadable, the key is not RSA, or they are not of one pair.
    """
    return _material([load_certificate(certificate_pem)], _load_key(key_pem, None, proven=True))


def read_pfx(data: bytes, password: str | None) -> Material:
    """Return the certificate and key of a supplied PFX: its bytes, their base64, or a PEM certificate followed by a PEM key.

    Of several certificates the one that matches the key is taken.
    Raises CertificateError, with one sentence, for what is none of these, a wrong password, no private key, or a key that is not RSA.
    """
    plain = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    if plain.startswith(b"-----BEGIN "):
        return _material(_pem_certificates(plain), _load_key(plain, password))
    key, certificates = _open_pfx(plain if plain.startswith(b"\x30") and _looks_binary(plain) else _from_base64(plain), password)
    return _material(certificates, key)


def write_pfx(certificate_pem: str, key_pem: bytes, password: str, *, encryption: Encryption) -> bytes:
    """Return a PFX with the key and its one certificate, no chain (Tentacle takes the first certificate it finds, tentacle.md 1.6).

    "compatible" is 3DES with SHA-1, the only kind that Windows before Server 2019 imports; "modern" is AES-256 with SHA-256, for FIPS.
    Raises CertificateError when certificate and key are not of one pair.
    """
    pair(certificate_pem, key_pem)
    key = cast(rsa.RSAPrivateKey, _load_key(key_pem, None, proven=True))
    protection = _pfx_encryption(encryption, password)
    return pkcs12.serialize_key_and_certificates(b"Octopus Tentacle", key, load_certificate(certificate_pem), None, protection)


def _pfx_encryption(encryption: Encryption, password: str) -> serialization.KeySerializationEncryption:
    builder = serialization.PrivateFormat.PKCS12.encryption_builder().kdf_rounds(_KDF_ROUNDS)
    if encryption == "compatible":
        builder = builder.key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC).hmac_hash(hashes.SHA1())
    else:
        builder = builder.key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC).hmac_hash(hashes.SHA256())
    return builder.build(password.encode())


def _open_pfx(data: bytes, password: str | None) -> tuple[object, list[x509.Certificate]]:
    try:
        content = pkcs12.load_pkcs12(data, password.encode() if password else None)
    except ValueError as error:
        if "password" not in str(error).lower():
            raise CertificateError("The certificate is not a readable PFX: it is damaged, or not a PFX at all.") from None
        if password:
            raise CertificateError("The password does not open the PFX.") from None
        raise CertificateError("The PFX is protected by a password, and none was given.") from None
    found = [content.cert, *content.additional_certs] if content.cert else content.additional_certs
    return content.key, [entry.certificate for entry in found]


def _material(certificates: Iterable[x509.Certificate], key: object) -> Material:
    if key is None:
        raise CertificateError("The certificate comes without its private key, and Tentacle needs both.")
    if not isinstance(key, rsa.RSAPrivateKey):
        raise CertificateError(f"The private key is {_kind(key)}, and Tentacle accepts RSA keys only.")
    public = key.public_key()
    match = next((each for each in certificates if each.public_key() == public), None)
    if match is None:
        raise CertificateError("The private key belongs to none of the certificates that came with it.")
    warning = None
    if key.key_size < _RECOMMENDED_BITS:
        warning = f"The certificate's RSA key has {key.key_size} bits; Tentacle recommends {_RECOMMENDED_BITS} or more."
    text = _pem(match)
    return Material(text, _key_pem(key), thumbprint(text), warning)


def _load_key(pem: bytes, password: str | None, *, proven: bool = False) -> object:
    """Return the first private key of a PEM text, or None when it has none.

    `proven`: the key was read and checked before. Proving again that its factors are prime costs 40 ms a key, for every host.
    """
    start = pem.find(b"PRIVATE KEY-----")
    if start < 0:
        return None
    try:
        return serialization.load_pem_private_key(
            pem[pem.rfind(b"-----BEGIN", 0, start) :], password.encode() if password else None, unsafe_skip_rsa_key_validation=proven
        )
    except TypeError:
        if password:
            return _load_key(pem, None)
        raise CertificateError("The private key is protected by a password, and none was given.") from None
    except ValueError:
        raise CertificateError("The private key cannot be read: it is damaged, or the password is wrong.") from None


def _pem_certificates(pem: bytes) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise CertificateError("The PEM text holds no readable certificate.") from None


def _from_base64(text: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise CertificateError("The certificate is neither a PFX nor the base64 of one.") from None


def _looks_binary(data: bytes) -> bool:
    """Tell DER from text: base64 of a PFX starts with M, but text may start with the digit 0, which is 0x30 as well."""
    return any(byte > 126 or (byte < 32 and byte not in b"\t\r\n") for byte in data[:16])


def _kind(key: object) -> str:
    if isinstance(key, (ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey, ed448.Ed448PrivateKey)):
        return "an elliptic-curve key"
    return f"of type {type(key).__name__.removesuffix('PrivateKey')}"


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")


def _key_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _a_century_after(day: datetime) -> datetime:
    try:
        return day.replace(year=day.year + 100)
    except ValueError:  # 29 February, and 2100 is no leap year
        return day.replace(year=day.year + 100, day=28)
