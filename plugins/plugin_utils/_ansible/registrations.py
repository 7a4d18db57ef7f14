# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What a machine is to be in Octopus: one record or several, as what they are, on which servers. Read from its variables."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .._core.errors import InputError, OperatorError
from .._core.inputs import RegistrationInputs
from .._core.near import near_misses
from .._core.octopus.connection import Connection, base_url
from .._core.octopus.registration import Registration
from .._core.octopus.resources import TARGET, WORKER, ResourceType
from .._core.option import Option, Options
from .._core.options import CONNECTION, INSTANCE, RECORD, REGISTRATIONS, TARGET_RECORD, WORKER_RECORD
from .._core.text import shown
from .inputs import HostVariables, Said, read

RECORDS: Mapping[ResourceType, Options] = {TARGET: (*TARGET_RECORD, *RECORD), WORKER: (*WORKER_RECORD, *RECORD)}
"""What can be said of the record of each type."""

_LIST = "octopus_registrations"
_KINDS = {kind.noun: kind for kind in RECORDS}
_ADDRESSES = ("ansible_host", "ansible_winrm_host", "ansible_psrp_host", "ansible_ssh_host")
_CREDENTIALS = ("api_key", "access_token")
_REGISTER_AS = next(option for option in REGISTRATIONS if option.name == "register_as")
_NODES = next(option for option in INSTANCE if option.name == "server_addresses")
_MEMBERS: Mapping[str, Option] = {
    name: option
    for option in (*CONNECTION, *(option for options in RECORDS.values() for option in options), _REGISTER_AS, _NODES)
    for name in (option.name, *option.aliases)
}
_URL = tuple(option for option in CONNECTION if option.name == "url")
_ALONE = tuple(replace(option, variables=(), environment=()) if option.name in _CREDENTIALS else option for option in CONNECTION)
"""A connection whose credential nobody says for it."""


@dataclass(frozen=True)
class Wish:
    """One record that is wanted: its type, and what is said of it before the host's variables are asked.

    `place` is what the operator calls its entry in `octopus_registrations`, "" where there is none.
    """

    kind: ResourceType
    given: Mapping[str, Any]
    place: str = ""

    def at_fault(self, error: InputError) -> InputError:
        """Return an error with the entry that it is about, unless it names that already."""
        told = str(error)
        return InputError(f"{self.place}: {told}" if self.place and not told.startswith(f"'{self.place}'") else told)


def read_registrations(
    variables: HostVariables, given: Mapping[str, Any], environment: Mapping[str, str], kind: ResourceType | None = None
) -> tuple[RegistrationInputs, ...]:
    """Read the records that are wanted for a machine, those of one type or all, and the servers that keep them. Raises InputError."""
    return tuple(_registration(wish, variables, environment) for wish in wishes(variables, given, environment, kind))


def wishes(
    variables: HostVariables, given: Mapping[str, Any], environment: Mapping[str, str], kind: ResourceType | None = None
) -> list[Wish]:
    """Return which records are wanted, at least one. A task that names a server or a record is about that one. Raises InputError.

    `kind`: of this type alone, which is one though the host is not registered as that otherwise.
    """
    values = read(REGISTRATIONS, variables, given={}, environment=environment).values
    kinds = _kinds(values.get("register_as"))
    entries = values.get("registrations")
    if entries is None or any(option.name in given for option in CONNECTION) or "name" in given:
        return [Wish(each, given) for each in ([kind] if kind else kinds)]
    found = [
        wish
        for number, entry in enumerate(entries)
        for wish in _entry(number, entry, given, kinds, variables, environment)
        if kind in (None, wish.kind)
    ]
    if not found:
        raise InputError(f"'{_LIST}' names no {kind.words if kind else 'registration'}: leave it out, or name one.")
    return found


def read_connections(variables: HostVariables, given: Mapping[str, Any], environment: Mapping[str, str]) -> list[tuple[Connection, Said]]:
    """Read on which servers, and in which of their spaces, a machine has records; each once, and as it was said. Raises InputError."""
    found: dict[str, tuple[Connection, Said]] = {}
    for wish in wishes(variables, given, environment):
        try:
            said = _server(wish, variables, environment)
            connection = connection_of(said)
        except InputError as error:
            raise wish.at_fault(error) from None
        found.setdefault(connection.cache_key(), (connection, said))
    return list(found.values())


def read_connection(variables: HostVariables, given: Mapping[str, Any], environment: Mapping[str, str]) -> Connection:
    """Read where the server is that the task or the host names, and who we are to it. Raises InputError."""
    return connection_of(read(CONNECTION, variables, given=given, environment=environment))


def connection_of(said: Said) -> Connection:
    """Make the connection of its options. Raises InputError."""
    try:
        return Connection.normalise(**{"url": "", **said.values})
    except OperatorError as error:
        raise InputError(said.told(error)) from None


def is_elsewhere(wish: Wish, variables: HostVariables, environment: Mapping[str, str]) -> bool:
    """Tell whether a record is on another server than that of the host's variables."""
    return "url" in wish.given and not _same_server(wish.given["url"], variables, environment)


def url_of(wish: Wish, variables: HostVariables, environment: Mapping[str, str]) -> str:
    """Return the URL of a record's server as its connection spells it. Raises OperatorError."""
    return base_url(read(_URL, variables, given=wish.given, environment=environment).values.get("url", ""))


def address_of(variables: HostVariables) -> str:
    """Return the address at which Ansible reaches the host. The variable of the connection that is used says it before any other."""
    check = next(option.check for option in RECORD if option.name == "public_hostname")
    connection = str(variables.get("ansible_connection") or "ssh").rpartition(".")[2]
    for name in dict.fromkeys((f"ansible_{connection}_host", *_ADDRESSES)):
        text = str(variables.get(name) or "").strip()
        if text and check:
            return str(_checked(check, text, name))
    return str(_checked(check, variables.host, "inventory_hostname")) if check else variables.host


def _registration(wish: Wish, variables: HostVariables, environment: Mapping[str, str]) -> RegistrationInputs:
    try:
        record = read(RECORDS[wish.kind], variables, given=wish.given, environment=environment)
        server = _server(wish, variables, environment)
        connection = connection_of(server)
        registration = _of_record(wish.kind, record.values, variables)
    except InputError as error:
        raise wish.at_fault(error) from None
    own = {_MEMBERS[name].name: f"{wish.place}.{name}" for name in wish.given if name in _MEMBERS} if wish.place else {}
    return RegistrationInputs(connection, registration, record.sources, {**server.names, **record.names, **own})


def _of_record(kind: ResourceType, values: Mapping[str, Any], variables: HostVariables) -> Registration:
    return Registration(
        type=kind,
        name=values.get("name") or variables.host,
        said={field.option: values[field.option] for field in kind.stated if field.option in values},
        hostname=values.get("public_hostname") or address_of(variables),
        port=values.get("public_port"),
        replace=values["on_thumbprint_mismatch"] == "replace",
        allow_rename=values["allow_rename"],
        implied="public_hostname" not in values,
    )


def _server(wish: Wish, variables: HostVariables, environment: Mapping[str, str]) -> Said:
    """Read the server of one record. A credential goes only to the server that it was given for: an entry's own, or the host's."""
    if not wish.place:
        return read(CONNECTION, variables, given=wish.given, environment=environment)
    own = any(wish.given.get(name) for name in _CREDENTIALS)
    elsewhere = is_elsewhere(wish, variables, environment)
    said = read(_ALONE if own or elsewhere else CONNECTION, variables, given=wish.given, environment=environment)
    if elsewhere and not any(name in said.values for name in _CREDENTIALS):
        raise InputError(
            f"'{wish.place}' names another server than 'octopus_url' and no credential for it: give it an 'api_key' or 'access_token' of "
            "its own, as a key goes only to the server that it was given for."
        )
    return said


def _same_server(url: Any, variables: HostVariables, environment: Mapping[str, str]) -> bool:
    """Tell whether a URL is that of the host's own server. One that cannot be read is the same as no other."""
    try:
        host = read(_URL, variables, given={}, environment=environment).values.get("url")
        return host is not None and base_url(str(url)) == base_url(host)
    except OperatorError:
        return False


def _entry(
    number: int,
    entry: Mapping[str, Any],
    given: Mapping[str, Any],
    kinds: Collection[ResourceType],
    variables: HostVariables,
    environment: Mapping[str, str],
) -> Iterator[Wish]:
    place = f"{_LIST}[{number}]"
    for name in map(str, entry):
        if name not in _MEMBERS:
            near = near_misses(name.removeprefix("octopus_"), _MEMBERS, limit=1)
            meant = f" Did you mean '{near[0]}'?" if near else f" It may hold {', '.join(sorted(_MEMBERS))}."
            raise InputError(f"'{place}' has no member '{shown(name, 60)}'.{meant}")
    said = {str(name): value for name, value in entry.items() if value is not None}
    if "register_as" in said:
        alone = replace(_REGISTER_AS, variables=())
        try:
            kinds = _kinds(read((alone,), variables, given=said, environment=environment).values.get("register_as"))
        except InputError as error:
            raise InputError(f"{place}: {error}") from None
    for name in said:
        owners = [kind for kind, options in RECORDS.items() if _MEMBERS[name].name in {option.name for option in options}]
        if owners and not set(owners) & set(kinds):
            raise InputError(f"'{place}' has '{name}', which only a {owners[0].words} has, and is no registration of one ('register_as').")
    yield from (Wish(kind, {**said, **given}, place) for kind in kinds)


def _kinds(words: Collection[str] | None) -> list[ResourceType]:
    return [_KINDS[word] for word in words] if words else [TARGET]


def _checked(check: Callable[[Any], Any], value: Any, name: str) -> Any:
    try:
        return check(value)
    except InputError as error:
        raise InputError(error.said_of(name)) from None
