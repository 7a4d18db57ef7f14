# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The text of an identity's two files. Neither function opens a file or decrypts."""

from __future__ import annotations

import re

from .._core.errors import CertificateError
from .._core.identity import Identity, normalise_thumbprint
from . import pfx

_NOTE = re.compile(r"^# (name|thumbprint|former): (.*)$", re.MULTILINE)


def write_certificate(identity: Identity) -> bytes:
    """Return the text of `<name>.pem`: the identity's name and thumbprints as comments, then its certificate."""
    return _notes(identity) + identity.certificate_pem.encode()


def read_certificate(name: str, data: bytes) -> Identity:
    """Return the identity that a `<name>.pem` holds.

    Raises CertificateError or InputError, with the reason, for a text that is cut off or altered, and for another identity's, whose name
    differs in case only.
    """
    try:
        text = _plain_lines(data).decode()
        certificate_pem = text[text.index("-----BEGIN CERTIFICATE-----") :]
        thumbprint = pfx.thumbprint(certificate_pem)
    except (ValueError, CertificateError):
        raise CertificateError("it does not hold a whole certificate") from None
    return Identity(name, thumbprint, certificate_pem, _former(name, thumbprint, text))


def write_key(identity: Identity, private_key_pem: bytes) -> bytes:
    """Return the plain text of `<name>.key`: the same notes, the private key, then the certificate, for when the `.pem` is lost."""
    return _notes(identity) + private_key_pem + identity.certificate_pem.encode()


def read_key(name: str, plain: bytes, certificate_pem: str | None) -> tuple[pfx.Material, Identity]:
    """Return what a decrypted `<name>.key` holds, once it is sure that the key fits `certificate_pem` (or its own certificate, for None).

    One that an early 0.1 wrote has no notes. Raises CertificateError, and InputError.
    """
    plain = _plain_lines(plain)
    material = pfx.pair(plain if certificate_pem is None else certificate_pem, plain)
    former = _former(name, material.thumbprint, plain.decode(errors="replace"))
    return material, Identity(name, material.thumbprint, material.certificate_pem, former)


def _notes(identity: Identity) -> bytes:
    notes = [("name", identity.name), ("thumbprint", identity.thumbprint), *(("former", each) for each in identity.former_thumbprints)]
    return "".join(f"# {key}: {value}\n" for key, value in notes).encode()


def _former(name: str, thumbprint: str, text: str) -> tuple[str, ...]:
    """Return the former thumbprints that the notes in a text name, once it is sure that they are notes of this identity."""
    notes = _NOTE.findall(text)
    if any(key == "thumbprint" and value != thumbprint for key, value in notes):
        raise CertificateError("its certificate does not have the thumbprint that is written above it")
    for key, value in notes:
        if key == "name" and value != name and value.casefold() == name.casefold():
            raise CertificateError(
                f"it is the identity {value!r}, whose name differs in case only, and this file system sees no difference"
            )
    return tuple(normalise_thumbprint(value) for key, value in notes if key == "former")


def _plain_lines(data: bytes) -> bytes:
    """Return a text as it was written: a checkout of git's, or an editor, may have given it the line ends or the mark of Windows."""
    return data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
