# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What is wanted of one host, read and checked: a host has instances, an instance has registrations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import OperatorError
from .octopus.connection import Connection
from .octopus.registration import Registration
from .text import shown


@dataclass(frozen=True)
class RegistrationInputs:
    """One record that is wanted for an instance on a server.

    `sources` tells which variable gave each item of a list, `names` by which name the operator knows an option.
    """

    connection: Connection
    registration: Registration
    sources: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """Where it is, as it was said."""
        space = f", space '{shown(self.connection.space, 100)}'" if self.connection.space else ""
        return f"{self.connection.url}{space}"

    @property
    def label(self) -> str:
        """What tells it from the others of its host, as the beginning of a message."""
        words = self.registration.type.words
        return f"{words[:1].upper()}{words[1:]} on {self.place}"

    def told(self, error: OperatorError) -> str:
        """Return an error's sentence, with the name by which the operator knows the option at fault."""
        return error.said_of(error.option and self.names.get(error.option, error.option))


@dataclass(frozen=True)
class InstanceInputs:
    """One instance of Tentacle: the options of `tentacle` by name; what was not said and has no default is missing."""

    name: str
    tentacle: Mapping[str, Any]
    registrations: tuple[RegistrationInputs, ...] = ()


@dataclass(frozen=True)
class HostInputs:
    """One host of the inventory."""

    host: str
    instances: tuple[InstanceInputs, ...]
