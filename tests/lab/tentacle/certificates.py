"""The certificate of a Tentacle: made, read from PFX, kept in the configuration (tentacle.md 1.6 and 3)."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from ..machine import CertificateStoreError, Machine, User, posix_of
from .configuration import CERTIFICATE, THUMBPRINT, Configuration
from .errors import NO_PROFILE, CryptographicError, UnexpectedError, format_error
from .pfx import in_order

RECOMMENDED_BITS = 2048
_NO_PRIVATE_KEY = (
    "Unable to load X509 Certificate file. The X509 certificate file you provided does not include the private key. "
    "Please make sure the private key is included in your X509 certificate file and try again."
)

_NO_CRYPT32 = "\n".join(
    [
        "Furthermore, the private key file could not be located: Unable to load shared library 'crypt32' or one of its dependencies. In "
        "order to help diagnose loading problems, consider using a tool like strace. If you're using glibc, consider setting the LD_DEBUG "
        "environment variable: ",
        *(
            f"/opt/octopus/tentacle/{name}: cannot open shared object file: No such file or directory"
            for name in ("crypt32.so", "libcrypt32.so", "crypt32", "libcrypt32")
        ),
    ]
)
"""What the product's search for the key in the certificate store of Windows ends with, on Linux."""


class NotBase64Error(ValueError):
    """Text that Convert.FromBase64String refuses (a FormatException there)."""


@dataclass(frozen=True)
class Identity:
    """A certificate and its RSA key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey = field(repr=False)

    @property
    def thumbprint(self) -> str:
        return thumbprint_of(self.certificate.public_bytes(serialization.Encoding.DER))

    def to_pfx(self, password: str | None = None) -> bytes:
        encryption = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
        return pkcs12.serialize_key_and_certificates(None, self.key, self.certificate, None, encryption)

    def to_base64(self) -> str:
        return base64.b64encode(self.to_pfx()).decode()


def thumbprint_of(der: bytes) -> str:
    """Return the thumbprint of a certificate: SHA-1, 40 upper-case hexadecimal digits."""
    return hashlib.sha1(der, usedforsecurity=False).hexdigest().upper()


def generate() -> Identity:
    """Make a new self-signed certificate by Tentacle's own recipe (tentacle.md 3)."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=RECOMMENDED_BITS)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Octopus Tentacle")])
    today = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(secrets.randbelow(2**63 - 1) + 1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=36525))
    )
    return Identity(builder.sign(key, hashes.SHA256()), key)


def require_profile(machine: Machine, user: User) -> None:
    """Refuse to make or import a key for a Windows user without a loaded profile: exit code 100 with advice."""
    if machine.platform == "windows" and not user.profile_loaded:
        raise UnexpectedError("Access to the path is denied.", "System.UnauthorizedAccessException", NO_PROFILE)


def read_pfx(
    machine: Machine, data: bytes, password: str, *, info: Callable[[str], None], warn: Callable[[str], None], source: str
) -> Identity:
    """Read a PFX as the machine's operating system does: of several certificates, the first one in the file.

    Raises UnexpectedError for an encryption the system cannot read, a wrong password, no certificate, no RSA key.
    """
    try:
        machine.check_pfx(data)
    except ValueError as error:
        raise CryptographicError(str(error)) from error
    try:
        store = pkcs12.load_pkcs12(data, password.encode() or None)
    except ValueError as error:
        raise _unreadable(machine, data) from error
    own = [store.cert.certificate] if store.cert else []
    certificates = own + [other.certificate for other in store.additional_certs]
    if not certificates:
        raise UnexpectedError(f"The PFX file ({source}) does not contain any certificates.")
    chosen = certificates[0]
    if len(certificates) > 1:
        info(f"PFX file {source} contains multiple certificates, taking the first one.")
        ordered = in_order(data, password, certificates)
        # .NET on Linux lists them from the last one in the file to the first (recorded); the lab's Windows hosts from the first.
        chosen = ordered[-1 if machine.platform == "linux" else 0]
    if not isinstance(store.key, rsa.RSAPrivateKey) or chosen.public_key() != store.key.public_key():
        warn(f"The X509 certificate {chosen.subject.rfc4514_string()} was loaded but the private key was not loaded.")
        if machine.platform == "linux":
            warn(_NO_CRYPT32)
        raise CryptographicError(_NO_PRIVATE_KEY)
    return Identity(chosen, store.key)


def read_base64(text: str) -> Identity:
    """Read base64 of a PFX without password. Raises NotBase64Error, and UnexpectedError when it is no such PFX."""
    compact = re.sub(r"[ \t\r\n]", "", text)
    try:
        data = base64.b64decode(compact, validate=True)
    except ValueError as error:  # binascii.Error, and text that is not ASCII
        raise NotBase64Error(str(error)) from error
    try:
        return _parse(base64.b64encode(data).decode())
    except (ValueError, TypeError) as error:
        raise UnexpectedError("Unable to load certificate", "System.InvalidOperationException") from error


def import_base64(machine: Machine, text: str) -> Identity:
    """Read what is imported as base64: on Linux that puts it into the user's store, unless it is there, which importing a PFX does not."""
    identity = read_base64(text)
    if machine.platform != "windows" and posix_of(machine).certificates.find(identity.thumbprint) is None:
        _remember(machine, identity)
    return identity


def store_identity(configuration: Configuration, identity: Identity) -> None:
    encoded = identity.to_base64()
    _PARSED[encoded] = identity
    configuration.set_protected(CERTIFICATE, encoded)
    configuration.set(THUMBPRINT, identity.thumbprint)


def stored_identity(configuration: Configuration) -> Identity | None:
    """Return the certificate of an instance, None when it has none yet.

    It is decrypted first, and then looked for in the user's store, and put there, by the thumbprint that stands beside it: the store
    does not rescue what cannot be decrypted (tentacle.md 2.4). Without that thumbprint nothing is looked at. Raises UnexpectedError
    when it was encrypted on another machine, CryptographicError when the store is somebody else's.
    """
    thumbprint = configuration.get(THUMBPRINT)
    encoded = None if thumbprint is None else configuration.get_protected(CERTIFICATE)
    if thumbprint is None or encoded is None:
        return None
    if configuration.machine.platform == "windows":
        return read_base64(encoded)
    return _through_store(configuration.machine, thumbprint, encoded)


def _through_store(machine: Machine, thumbprint: str, encoded: str) -> Identity:
    cached = posix_of(machine).certificates.find(thumbprint)
    if cached is not None:
        with contextlib.suppress(ValueError, TypeError):  # what is no certificate there counts for nothing
            return _parse(base64.b64encode(cached).decode())
    try:
        identity = read_base64(encoded)
    except NotBase64Error as error:
        # Another machine's key does not always show: one text in 256 has a padding that looks right.
        raise format_error("The input is not a valid Base-64 string.") from error
    _remember(machine, identity)
    return identity


def _remember(machine: Machine, identity: Identity) -> None:
    try:
        posix_of(machine).certificates.add(identity.thumbprint, identity.to_pfx())
    except CertificateStoreError as error:
        cause = error.__cause__
        raise CryptographicError(str(error), [UnexpectedError.of(cause)] if isinstance(cause, OSError) else []) from error


_PARSED: dict[str, Identity] = {}


def _parse(encoded: str) -> Identity:
    """Parse a stored PFX once for each identity: reading an RSA key costs more than the rest of a command."""
    if encoded in _PARSED:
        return _PARSED[encoded]
    key, certificate, _ = pkcs12.load_key_and_certificates(base64.b64decode(encoded), None)
    if certificate is None or not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("no certificate with an RSA key")
    return _PARSED.setdefault(encoded, Identity(certificate, key))


def _unreadable(machine: Machine, data: bytes) -> CryptographicError:
    """Say why a PFX did not open: no PFX at all, or another password."""
    looks_like_der = data[:1] == b"\x30"
    if machine.platform == "windows":
        return CryptographicError(
            "The specified network password is not correct." if looks_like_der else "Cannot find the requested object."
        )
    if looks_like_der:
        words = "The certificate data cannot be read with the provided password, the password may be incorrect."
        return CryptographicError(words, [CryptographicError(words)])
    cause = "The encoded length exceeds the number of bytes remaining in the input buffer."
    return CryptographicError("ASN1 corrupted data.", [UnexpectedError(cause, "System.Formats.Asn1.AsnContentException")])
