# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""All inputs of one host, read from its variables and checked before anything is touched."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from .._core import arguments as specs
from .._core.errors import InputError
from .._core.metadata import gather
from .._core.near import near_misses
from .._core.octopus.connection import Connection
from .._core.octopus.endpoint import check_address
from .._core.octopus.registration import Registration, check_name
from .._core.octopus.resources import TARGET
from .action import OctopusAction, connection_from
from .cores import plain
from .wiring import connection_of

Template = Callable[[Any], Any]

_NEARLY = 0.85
_PART = re.compile(r"^(.+?)__.+$")


@dataclass(frozen=True)
class HostInputs:
    """What the inventory says of one host."""

    host: str
    connection: Connection
    tentacle: dict[str, Any]
    target: Registration


class HostVariables:
    """The variables of one host, each templated when it is asked for."""

    def __init__(self, host: str, variables: Mapping[str, Any], template: Template) -> None:
        self.host = host
        self.raw = variables
        self._template = template

    def get(self, name: str) -> Any:
        """Return a variable without tags, or None. Raises InputError for a template that cannot be resolved."""
        if name not in self.raw:
            return None
        try:
            return plain(self._template(self.raw[name]))
        except Exception as error:  # every kind of failure of a user's template is that variable's failure
            raise InputError(f"'{name}' cannot be resolved: {error}") from None


def variables_of(action: OctopusAction, host: str) -> HostVariables:
    """Return all variables of a host as the action's task would see them on it, those of the play and the role's defaults included.

    `hostvars` itself would leave those out. Raises InputError for a host that the inventory does not have.
    """
    hostvars = action.host_variables["hostvars"]
    variables = hostvars._variable_manager.get_vars(
        play=action._task.get_play(), host=hostvars._inventory.get_host(host), task=action._task, include_hostvars=False
    )
    return HostVariables(host, variables, action._templar.copy_with_new_env(available_variables=variables).template)


def read_inputs(variables: HostVariables, given_connection: Mapping[str, Any], environment: Mapping[str, str]) -> HostInputs:
    """Read and check everything. Raises InputError, MetadataError or InvalidConnection."""
    _refuse_near_misses(variables.raw)
    tentacle = _validated(
        specs.TENTACLE,
        {
            option: variables.get(specs.tentacle_variable(option))
            for option in specs.TENTACLE
            if option not in specs.TASK_ONLY and specs.tentacle_variable(option) in variables.raw
        },
        specs.tentacle_variable,
    )
    names = [name for name in variables.raw if _is_target_variable(name)]
    options = options_from_variables({name: variables.get(name) for name in names})
    options.pop("sources")
    target = _validated(
        specs.TARGET, options, lambda option: specs.TARGET_VARIABLES[option][0] if option in specs.TARGET_VARIABLES else option
    )
    address = variables.get("ansible_host") or variables.host
    return HostInputs(
        host=variables.host,
        connection=connection_for(variables, given_connection, environment),
        tentacle=tentacle,
        target=registration(target, host=variables.host, address=str(address), port=tentacle["port"]),
    )


def options_from_variables(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return the target options that a host's variables give, groups' parts merged. Raises MetadataError."""
    found: dict[str, Any] = {}
    sources: dict[str, dict[str, str]] = {}
    for option, names in specs.TARGET_VARIABLES.items():
        if option in specs.MERGED:
            gathered = gather(names, variables)
            found[option] = list(gathered.values) if gathered.values is not None else None
            sources[option] = gathered.sources
        else:
            found[option] = next((variables[name] for name in names if variables.get(name) not in (None, "")), None)
    return {key: value for key, value in found.items() if value is not None} | {"sources": sources}


def registration(given: Mapping[str, Any], *, host: str, address: str, port: int | None) -> Registration:
    """Fill in what an inventory knows: the host's name, its address, and the Tentacle's port. Raises InputError."""
    public_port = given.get("public_port") or port
    if public_port is not None and not 1 <= int(public_port) <= 65535:
        raise InputError(f"must be between 1 and 65535, and is {public_port}.", option="public_port")
    return Registration(
        type=TARGET,
        name=_checked("name", check_name, str(given.get("name") or host)),
        said={field.option: given[field.option] for field in TARGET.fields if given.get(field.option) not in (None, "")},
        hostname=_checked("public_hostname", check_address, str(given.get("public_hostname") or address)),
        port=int(public_port) if public_port is not None else None,
        replace=given.get("on_thumbprint_mismatch") == "replace",
    )


def _checked(option: str, check: Callable[[str], str], text: str) -> str:
    try:
        return check(text)
    except InputError as error:
        raise InputError(str(error), option=option) from None


def connection_for(variables: HostVariables, given: Mapping[str, Any], environment: Mapping[str, str]) -> Connection:
    """Return the connection for a host: what the task gives, else its variables, else the environment. Raises InputError."""
    found = connection_from(variables.get, environment)
    return connection_of(_validated(specs.CONNECTION, {**found, **given}, lambda option: f"octopus_{option}"))


def _is_target_variable(name: str) -> bool:
    part = _PART.match(name)
    stem = part.group(1) if part else name
    return any(stem in names for names in specs.TARGET_VARIABLES.values())


def _validated(spec: specs.Spec, values: dict[str, Any], variable: Callable[[str], str]) -> dict[str, Any]:
    """Validate values by an argument specification; errors name the variable rather than the option."""
    result = ArgumentSpecValidator(spec).validate({key: value for key, value in values.items() if value is not None})
    for message in result.error_messages:
        option = next((option for option in spec if f"'{option}'" in message or f" {option} " in message), None)
        raise InputError(f"'{variable(option)}': {message}" if option else message)
    validated: dict[str, Any] = result.validated_parameters
    return validated


def _refuse_near_misses(variables: Mapping[str, Any]) -> None:
    """Refuse a variable that looks like one of ours and is not: a typing mistake would silently say nothing."""
    known = specs.known_variables()
    for name in variables:
        if not name.startswith(("octopus_", "tentacle_")) or name in known:
            continue
        part = _PART.match(name)
        stem = part.group(1) if part else name
        if stem in known:
            continue
        near = near_misses(stem, known, limit=1, alike=_NEARLY)
        if near:
            raise InputError(f"There is no variable '{name}'. Did you mean '{near[0]}{name[len(stem) :]}'?")
