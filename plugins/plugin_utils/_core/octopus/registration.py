# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""One registration as the user says it, and what the machine shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from ..identity import Identity
from ..text import shown
from .field import Record
from .resources import ResourceType

_LONGEST_NAME = 200


@dataclass(frozen=True)
class Registration:
    """What was said of one registration. `said` holds the fields of `type` by option; what is absent is not said.

    `polling`: whether the machine is said to poll; None: not said.
    `hostname` is the address for Octopus to use; `implied`: nobody said it, so that a record which has another keeps that. `port` None:
    not said. `replace`: take over a record of this name, whosever it is. `allow_rename`: a record of another name that has this machine's
    certificate is this machine's.
    """

    type: ResourceType
    name: str
    said: Mapping[str, Any]
    hostname: str
    port: int | None = None
    replace: bool = False
    allow_rename: bool = False
    implied: bool = False
    polling: bool | None = None


@dataclass(frozen=True)
class Known:
    """The thumbprint that the machine shows or will show, and those that it is known to have had (`own`).

    `subscriptions`: the ids under which it polls, by the thumbprint of the server. None: it listens, or was not seen yet.
    `remembered`: the ids under which it polled when it was seen last.
    """

    thumbprint: str
    own: tuple[str, ...] = ()
    subscriptions: Mapping[str, str] | None = None
    remembered: tuple[str, ...] = ()

    def polled_as(self, record: Record) -> bool:
        """Tell whether a record has an id that is remembered. Tentacle makes them at random: only a copy of the machine can have it too."""
        return (record.get("Endpoint") or {}).get("Uri") in self.remembered


def known_by(identity: Identity | None) -> Known | None:
    """Return by what a machine with this identity can be known."""
    if identity is None:
        return None
    return Known(identity.thumbprint, identity.former_thumbprints, remembered=tuple(identity.subscriptions.values()))


def check_name(text: str) -> str:
    """Return the name of a resource as Octopus keeps it, without outer blanks.

    Raises InputError, to be completed with the name of the variable, for one that is empty or of several lines.
    """
    name = text.strip()
    if not name:
        raise InputError("must not be empty.")
    if not name.isprintable() or len(name) > _LONGEST_NAME:
        raise InputError(f"must be one line of at most {_LONGEST_NAME} characters, and is '{shown(name, 100)}'.")
    return name
