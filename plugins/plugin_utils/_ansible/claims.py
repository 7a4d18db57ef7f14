# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What a host has that no other may have, read alone: for a host that does not run, or whose other variables are wrong.

Few variables, each by itself: what cannot be resolved or used is no finding, and fails nobody.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from .._core.errors import OperatorError
from .._core.fleet import Claims, address_key, identity_key, record_key
from .._core.inputs import HostInputs, InstanceInputs, RegistrationInputs
from .._core.octopus.connection import Connection, base_url
from .._core.octopus.registration import Registration
from .._core.octopus.resources import ResourceType
from .._core.option import Option
from .._core.options import CONNECTION, IDENTITY, INSTANCE, RECORD
from .inputs import HostVariables, read
from .registrations import RECORDS, Wish, address_of, wishes

_OPTIONS: Mapping[str, Option] = {option.name: option for option in (*CONNECTION, *IDENTITY, *INSTANCE, *RECORD)}
_NAMES: Mapping[ResourceType, Option] = {
    kind: next(option for option in options if option.name == "name") for kind, options in RECORDS.items()
}
_IDENTITY = ("certificate", "identity_store", "identity_name", "identity_encryption")


class Glance:
    """What a host says of these few. `given`: what a task says of the server and the record."""

    def __init__(self, variables: HostVariables, given: Mapping[str, Any], environment: Mapping[str, str]) -> None:
        self._variables = variables
        self._given = given
        self._environment = environment

    def claims(self) -> Claims:
        """Return what the host claims, as far as it can be read."""
        try:
            identities = frozenset(filter(None, [identity_key(self._identity(), self._variables.host)]))
        except OperatorError:
            identities = frozenset()
        records, addresses = set[Hashable](), set[Hashable]()
        for wish in self._wishes():
            for found, key in ((records, self._record), (addresses, self._address)):
                try:
                    found.update(filter(None, [key(wish)]))
                except OperatorError:
                    continue
        return Claims(identities, frozenset(records), frozenset(addresses))

    def inputs(self) -> list[HostInputs]:
        """Return the host with its identity and its records, and nothing else that is wanted of it; no host where these cannot be read."""
        try:
            said = {name: value for name, value in self._identity().items() if value is not None}
            registrations = tuple(map(self._registration, self._wishes()))
        except OperatorError:
            return []
        return [HostInputs(self._variables.host, (InstanceInputs("", said, registrations),))]

    def names(self, kind: ResourceType) -> Iterator[str]:
        """Yield the names that the host has in Octopus as machines of a type, as far as they can be read."""
        for wish in self._wishes():
            try:
                if wish.kind is kind:
                    yield self._name(wish)
            except OperatorError:
                continue

    def _wishes(self) -> list[Wish]:
        try:
            return wishes(self._variables, self._given, self._environment)
        except OperatorError:
            return []

    def _one(self, option: Option, given: Mapping[str, Any]) -> Any:
        return read((option,), self._variables, given=given, environment=self._environment).values.get(option.name)

    def _identity(self) -> dict[str, Any]:
        return {name: self._one(_OPTIONS[name], {}) for name in _IDENTITY}

    def _name(self, wish: Wish) -> str:
        return str(self._one(_NAMES[wish.kind], wish.given) or self._variables.host)

    def _registration(self, wish: Wish) -> RegistrationInputs:
        connection = Connection(base_url(self._one(_OPTIONS["url"], wish.given) or ""), space=self._one(_OPTIONS["space"], wish.given))
        return RegistrationInputs(connection, Registration(wish.kind, self._name(wish), {}, ""))

    def _record(self, wish: Wish) -> Hashable:
        found = self._registration(wish)
        return record_key(wish.kind, found.connection.url, found.connection.space, found.registration.name)

    def _address(self, wish: Wish) -> Hashable | None:
        if self._one(_OPTIONS["communication_style"], {}) == "polling":
            return None
        hostname = self._one(_OPTIONS["public_hostname"], wish.given) or address_of(self._variables)
        return address_key(hostname, self._one(_OPTIONS["public_port"], wish.given) or self._one(_OPTIONS["port"], {}))


def read_names(variables: HostVariables, kind: ResourceType, environment: Mapping[str, str]) -> list[str]:
    """Return the names that a host has in Octopus as machines of a type; that of the inventory where none can be read."""
    return list(Glance(variables, {}, environment).names(kind)) or [variables.host]
