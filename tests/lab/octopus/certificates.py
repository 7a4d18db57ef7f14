"""The certificate that Tentacles trust, and an authority for the web API over HTTPS."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


@dataclass(frozen=True)
class Certificate:
    """A certificate with its key; the thumbprint is the SHA-1, in 40 upper-case hexadecimal digits (octopus-api.md 7)."""

    certificate_pem: bytes
    private_key_pem: bytes = field(repr=False)
    der: bytes = field(repr=False)
    thumbprint: str


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(subject: str, issuer: str, key: rsa.RSAPrivateKey) -> x509.CertificateBuilder:
    start = datetime.now(timezone.utc) - timedelta(days=1)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=365 * 10))
    )


def _bundle(certificate: x509.Certificate, key: rsa.RSAPrivateKey) -> Certificate:
    return Certificate(
        certificate_pem=certificate.public_bytes(serialization.Encoding.PEM),
        private_key_pem=key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
        der=certificate.public_bytes(serialization.Encoding.DER),
        thumbprint=certificate.fingerprint(hashes.SHA1()).hex().upper(),
    )


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def octopus_certificate() -> Certificate:
    """Make the certificate by which the server makes itself known to Tentacles."""
    key = _new_key()
    return _bundle(_builder("Octopus Portal", "Octopus Portal", key).sign(key, hashes.SHA256()), key)


def web_certificate(address: str) -> tuple[bytes, Certificate]:
    """Make an authority and a certificate of its own for the web API at `address`; return the authority's PEM and the certificate."""
    authority_key, key = _new_key(), _new_key()
    authority = (
        _builder("Octopus lab authority", "Octopus lab authority", authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False)
        .add_extension(_key_usage(signs=True), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    names = [x509.IPAddress(ipaddress.ip_address(address)), x509.DNSName("localhost")]
    leaf = (
        _builder("octopus.lab", "Octopus lab authority", key)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    return authority.public_bytes(serialization.Encoding.PEM), _bundle(leaf, key)


def _key_usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True, key_cert_sign=signs, crl_sign=signs, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
