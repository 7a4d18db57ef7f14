"""One thing that Ansible has a Windows host do."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class UnknownPayload(ValueError):
    """The lab does not know what this would do."""


@dataclass(frozen=True)
class Call:
    """A module to be run, or a helper script of the connection (`module` is then its file name).

    `says_numbers`: the wrapper of cores up to 2.18 says 1 and 0 of a job in the background, where later ones say true and false.
    """

    module: str
    arguments: dict[str, Any]
    check_mode: bool = False
    no_log: bool = False
    become_user: str | None = None
    job: str | None = None
    job_directory: str = ""
    says_numbers: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    data: bytes = b""


def decoded(data: bytes) -> bytes:
    """Return what is in base64. Raises UnknownPayload."""
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise UnknownPayload(f"what should be base64 is none: {error}") from error


def lines_of(data: bytes) -> bytes:
    """Return a file that is being put: base64, piece by piece. Raises UnknownPayload."""
    return b"".join(decoded(line) for line in data.split() if line)
