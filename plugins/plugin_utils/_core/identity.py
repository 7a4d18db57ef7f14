# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The certificate that a host keeps for life, as a value, and the names under which it is filed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from string import hexdigits
from typing import Literal

from .errors import InputError

_MARKS = dict.fromkeys(map(ord, ":-\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
_UNSAFE = re.compile(rb"[^A-Za-z0-9._-]")
_LONGEST_FILE_NAME = 200

Encryption = Literal["compatible", "modern"]
"""How a PFX is encrypted on its way to a host."""

NEW_CERTIFICATE = "(a new certificate)"
"""What stands for a thumbprint that only a real run will make."""


@dataclass(frozen=True)
class Identity:
    """A Tentacle's certificate without its private key; `former_thumbprints` are those it had before, oldest first.

    `subscriptions`: the ids under which its machine polls, as it was seen last, by the thumbprints of the servers.
    """

    name: str
    thumbprint: str
    certificate_pem: str
    former_thumbprints: tuple[str, ...] = ()
    subscriptions: Mapping[str, str] = field(default_factory=dict)

    def knows(self, thumbprint: str) -> bool:
        """Tell whether the thumbprint is, or once was, this identity's."""
        return thumbprint == self.thumbprint or thumbprint in self.former_thumbprints


@dataclass(frozen=True)
class Material:
    """A certificate with its private key, both PEM. The key is left out of the repr."""

    certificate_pem: str
    private_key_pem: bytes = field(repr=False)
    thumbprint: str
    warning: str | None = None


def normalise_thumbprint(text: str) -> str:
    """Return a thumbprint as Octopus writes it: 40 upper-case hexadecimal digits without separators (tentacle.md 3).

    Blanks, colons, dashes and the invisible marks that copying from a Windows dialog leaves are removed.
    Raises InputError for anything else.
    """
    plain = "".join(text.translate(_MARKS).split()).upper()
    if len(plain) != 40 or not all(digit in hexdigits for digit in plain):
        raise InputError(f"{text!r} is not the thumbprint of a certificate: it has 40 hexadecimal digits, such as 8CB3…D1A0.")
    return plain


def percent_encode(text: str) -> str:
    """Return the text as one part of a path: letters, digits, dot, underscore and dash stay, any other byte becomes %XX.

    A leading dot or dash is encoded as well, so that no name makes a hidden file or looks like an option.
    Two different texts never give the same result.
    """
    encoded = _UNSAFE.sub(lambda match: b"%%%02X" % match[0][0], text.encode("utf-8", "surrogateescape")).decode("ascii")
    return f"%{ord(encoded[0]):02X}{encoded[1:]}" if encoded[:1] in (".", "-") else encoded


def safe_file_name(name: str) -> str:
    """Return the file name, without extension, under which the identity called `name` is kept.

    Raises InputError, with what may be said of the name, for one that is empty, holds a slash, is `.` or `..`, or is too long for a
    file system.
    """
    if not name.strip():
        raise InputError("must not be empty: an identity needs a name.")
    if "/" in name or name in (".", ".."):
        raise InputError(f"must not be {name!r}: it is the name of a file too.")
    encoded = percent_encode(name)
    if len(encoded) > _LONGEST_FILE_NAME:
        raise InputError(f"is too long: {len(encoded)} bytes as the name of a file, where {_LONGEST_FILE_NAME} are allowed.")
    return encoded
