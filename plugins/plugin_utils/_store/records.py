# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The text of an identity's two files. Neither function opens a file or decrypts."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .._core.errors import CertificateError
from .._core.identity import Identity, normalise_thumbprint
from .._core.tentacle.polling import read_subscription
from . import pfx

_NOTE = re.compile(r"^# (name|thumbprint|former|polls): (.*)$", re.MULTILINE)

Note = tuple[str, str]


def write_certificate(identity: Identity) -> bytes:
    """Return the text of `<name>.pem`: the identity's name, thumbprints and subscription ids as comments, then its certificate.

    The ids are here alone: they change without the secret that the other file needs, and where this one is lost, the machine tells them.
    """
    polls = [("polls", f"{server} {subscription}") for server, subscription in identity.subscriptions.items()]
    return _text(_notes(identity) + polls) + identity.certificate_pem.encode()


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
    notes = _read(name, thumbprint, text)
    return Identity(name, thumbprint, certificate_pem, _former(notes), _subscriptions(notes))


def write_key(identity: Identity, private_key_pem: bytes) -> bytes:
    """Return the plain text of `<name>.key`: name and thumbprints, the private key, then the certificate, for when the `.pem` is lost."""
    return _text(_notes(identity)) + private_key_pem + identity.certificate_pem.encode()


def read_key(name: str, plain: bytes, certificate_pem: str | None) -> tuple[pfx.Material, Identity]:
    """Return what a decrypted `<name>.key` holds, once it is sure that the key fits `certificate_pem` (or its own certificate, for None).

    One that an early 0.1 wrote has no notes. Raises CertificateError, and InputError.
    """
    plain = _plain_lines(plain)
    material = pfx.pair(plain if certificate_pem is None else certificate_pem, plain)
    notes = _read(name, material.thumbprint, plain.decode(errors="replace"))
    return material, Identity(name, material.thumbprint, material.certificate_pem, _former(notes))


def _notes(identity: Identity) -> list[Note]:
    return [("name", identity.name), ("thumbprint", identity.thumbprint), *(("former", each) for each in identity.former_thumbprints)]


def _text(notes: Iterable[Note]) -> bytes:
    return "".join(f"# {key}: {value}\n" for key, value in notes).encode()


def _read(name: str, thumbprint: str, text: str) -> list[Note]:
    """Return the notes in a text, once it is sure that they are notes of this identity."""
    notes: list[Note] = _NOTE.findall(text)
    if any(key == "thumbprint" and value != thumbprint for key, value in notes):
        raise CertificateError("its certificate does not have the thumbprint that is written above it")
    for key, value in notes:
        if key == "name" and value != name and value.casefold() == name.casefold():
            raise CertificateError(
                f"it is the identity {value!r}, whose name differs in case only, and this file system sees no difference"
            )
    return notes


def _former(notes: Iterable[Note]) -> tuple[str, ...]:
    return tuple(normalise_thumbprint(value) for key, value in notes if key == "former")


def _subscriptions(notes: Iterable[Note]) -> dict[str, str]:
    found = (value.partition(" ") for key, value in notes if key == "polls")
    return {normalise_thumbprint(server): read_subscription(subscription) for server, _blank, subscription in found}


def _plain_lines(data: bytes) -> bytes:
    """Return a text as it was written: a checkout of git's, or an editor, may have given it the line ends or the mark of Windows."""
    return data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
