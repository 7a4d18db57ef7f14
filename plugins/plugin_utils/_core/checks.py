# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What a single value must be. Each takes a value of its option's type, returns it as it is used, and raises InputError.

The error says what may be said of the option ("must be between 1 and 65535, and is 0."); its name is put before it at the edge.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NoReturn

from .errors import InputError
from .identity import normalise_thumbprint, safe_file_name
from .managed import kinds as managed
from .octopus.endpoint import check_address as address
from .octopus.registration import check_name as record_name
from .tentacle.communication import ANY_ADDRESS, plain_address
from .tentacle.places import check_folder as folder
from .tentacle.polling import read_address, read_subscription
from .tentacle.version import Version
from .text import shown

__all__ = [
    "address",
    "connection_count",
    "folder",
    "identity_name",
    "instance",
    "listen_address",
    "managed",
    "most",
    "password_of_proxy",
    "port",
    "record_name",
    "register_as",
    "seconds",
    "serial",
    "server_addresses",
    "sha256",
    "subscription",
    "thumbprint",
    "thumbprints",
    "version",
]

_INSTANCE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_\-]|\.(?=[A-Za-z0-9_\-]))*")
_SHA256 = re.compile(r"[0-9A-Fa-f]{64}")
_BATCH = re.compile(r"[1-9]\d*|[1-9]\d?%|100%")


def port(value: int) -> int:
    """Return a port."""
    if isinstance(value, bool) or not 1 <= value <= 65535:
        raise InputError(f"must be between 1 and 65535, and is {str(value).lower()}.")
    return value


def seconds(value: float) -> float:
    """Return a time in seconds: more than none, and less than a year."""
    if isinstance(value, bool) or not 0 < value < 365 * 86400:
        raise InputError(f"must be a number of seconds greater than 0, and is {str(value).lower()}.")
    return value


def instance(value: str) -> str:
    """Return the name of an instance, which is also that of a unit, of files and of a service."""
    if not _INSTANCE.fullmatch(value):
        raise InputError(
            "must begin with a letter or digit, hold only letters, digits, '_', '-' and single dots, "
            f"and not end with a dot, and is '{shown(value)}'."
        )
    return value


def version(value: str) -> str:
    """Return a version of Tentacle as it is written."""
    try:
        return str(Version.parse(value))
    except InputError:
        raise InputError(f"must be a version of Tentacle, such as 9.2.4285, and is '{shown(value)}'.") from None


def sha256(value: str) -> str:
    """Return a SHA-256 checksum."""
    if not _SHA256.fullmatch(value):
        raise InputError("must be a SHA-256 checksum, which has 64 hexadecimal digits.")
    return value.lower()


def thumbprint(value: str) -> str:
    """Return a thumbprint as Octopus writes it."""
    try:
        return normalise_thumbprint(value)
    except InputError:
        raise InputError(f"must be the thumbprint of a certificate, 40 hexadecimal digits, and is '{shown(value, 60)}'.") from None


def thumbprints(value: Sequence[str]) -> list[str]:
    """Return thumbprints, each once."""
    return list(dict.fromkeys(thumbprint(item) for item in value))


def listen_address(value: str) -> str:
    """Return an IP address to listen on, or `any`."""
    address = ANY_ADDRESS if value.lower() == ANY_ADDRESS else plain_address(value.strip("[]"))
    if address is None:
        raise InputError(f"must be an IP address of the host or '{ANY_ADDRESS}', and is '{shown(value)}'.")
    return address


def password_of_proxy(_value: str) -> NoReturn:
    """Refuse: Tentacle takes it from its command line alone, which every user of a Linux host can read (tentacle.md 1.10)."""
    raise InputError(
        "cannot be set: Tentacle takes it from its command line alone, which others on the host can read. Set it once on the host "
        "('Tentacle proxy' or 'polling-proxy', --proxyPassword), where it then stays, or let the proxy know the machine by its address."
    )


def server_addresses(value: Sequence[str]) -> list[str]:
    """Return addresses to poll, each once. An empty list says none, and so nothing."""
    return list(dict.fromkeys(map(read_address, value)))


def connection_count(value: int) -> int:
    """Return a number of connections, of which Tentacle keeps at most 512 (tentacle.md 1.7)."""
    if isinstance(value, bool) or not 1 <= value <= 512:
        raise InputError(f"must be between 1 and 512, and is {str(value).lower()}.")
    return value


def most(value: int) -> int:
    """Return how many at most."""
    if isinstance(value, bool) or value < 0:
        raise InputError(f"must be 0 or more, and is {str(value).lower()}.")
    return value


def subscription(value: str) -> str:
    """Return a subscription id as Octopus keeps it."""
    return read_subscription(value)


def identity_name(value: str) -> str:
    """Return the name of an identity, which is also that of two files."""
    safe_file_name(value)
    return value


def register_as(value: Sequence[str]) -> list[str]:
    """Return what a machine is registered as, each once."""
    words = list(dict.fromkeys(word.lower() for word in value))
    if not words or not set(words) <= {"target", "worker"}:
        raise InputError(f"must be a list of 'target', 'worker' or both, and is {shown(repr(list(value)), 60)}.")
    return words


def serial(value: Any) -> Any:
    """Return the sizes of a play's batches: a number, a percentage, or a list of these."""
    sizes = value if isinstance(value, list) else [value]
    if not sizes or not all(not isinstance(size, bool) and _BATCH.fullmatch(str(size).strip()) for size in sizes):
        raise InputError(f"must be a number of hosts, a percentage such as 25%, or a list of these, and is {shown(repr(value), 60)}.")
    return value
