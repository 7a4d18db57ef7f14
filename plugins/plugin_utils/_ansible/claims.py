# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What a host has that no other may have, read alone: for a host that does not run, or whose other variables are wrong.

Few variables, each by itself: what cannot be resolved or used is no finding, and fails nobody.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from .._core.errors import OperatorError
from .._core.fleet import Claims, address_key, identity_key, record_key
from .._core.inputs import HostInputs, InstanceInputs, RegistrationInputs
from .._core.octopus.connection import Connection, base_url
from .._core.octopus.registration import Registration
from .._core.octopus.resources import TARGET
from .._core.options import CONNECTION, IDENTITY, INSTANCE, RECORD, Option
from .inputs import HostVariables, address_of, read

_OPTIONS: Mapping[str, Option] = {option.name: option for option in (*CONNECTION, *IDENTITY, *INSTANCE, *RECORD)}
_IDENTITY = ("certificate", "identity_store", "identity_name", "identity_encryption")


class Glance:
    """What a host says of these few. `given`: what a task says of the server and the record."""

    def __init__(self, variables: HostVariables, given: Mapping[str, Any], environment: Mapping[str, str]) -> None:
        self._variables = variables
        self._given = given
        self._environment = environment
        self._read: dict[str, Any] = {}

    def claims(self) -> Claims:
        """Return what the host claims, as far as it can be read."""
        found: list[frozenset[Hashable]] = []
        for key in (self._identity, self._record, self._address):
            try:
                found.append(frozenset(filter(None, [key()])))
            except OperatorError:
                found.append(frozenset())
        return Claims(*found)

    def inputs(self) -> list[HostInputs]:
        """Return the host with its identity and its record, and nothing else that is wanted of it; no host where these cannot be read."""
        try:
            said = {name: value for name in _IDENTITY if (value := self._one(name)) is not None}
            connection = Connection(base_url(self._one("url") or ""), space=self._one("space"))
            registration = Registration(TARGET, self._one("name") or self._variables.host, {}, "")
        except OperatorError:
            return []
        return [HostInputs(self._variables.host, (InstanceInputs("", said, (RegistrationInputs(connection, registration),)),))]

    def _one(self, name: str) -> Any:
        if name not in self._read:
            said = read((_OPTIONS[name],), self._variables, given=self._given, environment=self._environment)
            self._read[name] = said.values.get(name)
        return self._read[name]

    def _identity(self) -> Hashable | None:
        return identity_key({name: self._one(name) for name in _IDENTITY}, self._variables.host)

    def _record(self) -> Hashable:
        return record_key(base_url(self._one("url") or ""), self._one("space"), self._one("name") or self._variables.host)

    def _address(self) -> Hashable:
        hostname = self._one("public_hostname") or address_of(self._variables)
        return address_key(hostname, self._one("public_port") or self._one("port"))


def read_name(variables: HostVariables, environment: Mapping[str, str]) -> str:
    """Return the name that a host has in Octopus; that of the inventory where the other cannot be read."""
    try:
        return str(read((_OPTIONS["name"],), variables, given={}, environment=environment).values.get("name") or variables.host)
    except OperatorError:
        return variables.host
