# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The one reader of what is wanted: from a task, then from variables, then from the environment, checked by the table of options."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from .._core.errors import InputError, OperatorError
from .._core.metadata import as_dictionaries, as_strings, gather
from .._core.near import near_misses
from .._core.option import Option, Options, Rule
from .._core.options import RUN
from .._core.secret import Secret
from .._core.strangers import refuse_strangers
from .._core.text import shown
from .cores import changed_texts, plain

Template = Callable[[Any], Any]

_WORDS = {"bool": "true or false", "int": "a whole number", "float": "a number", "dict": "a dictionary", "path": "a path"}
_SHOWN = 80
_MOST_DIGITS = 20
"""No number of ours has as many."""


class HostVariables:
    """The variables of one host, each templated when it is asked for."""

    def __init__(self, host: str, raw: Mapping[str, Any], template: Template) -> None:
        self.host = host
        self.raw = raw
        self._template = template

    def get(self, name: str) -> Any:
        """Return a variable without Ansible's tags; None for one that is not there. Raises InputError, with the variable as `option`.

        Resolving a template and decrypting, also of something deep in the value, are one step here: either may fail.
        """
        value = self.raw.get(name)
        if value is None:
            return None
        try:
            return plain(self._template(value))
        except Exception as error:  # every kind of failure of a user's template is that variable's failure
            raise InputError(f"cannot be resolved: {shown(str(error)).rstrip('.')}.", option=name) from None


@dataclass(frozen=True)
class Said:
    """What was read. `values`: by option, what was said or is the default; what is missing was not said.

    `names`: by which name the operator knows an option; `sources`: which variable gave each item of a list that groups may add to.
    """

    values: dict[str, Any] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    sources: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def told(self, error: OperatorError) -> str:
        """Return an error's sentence, with the name by which the operator knows the option at fault."""
        return error.said_of(error.option and self.names.get(error.option, error.option))


def read(
    options: Options,
    variables: HostVariables,
    *,
    given: Mapping[str, Any],
    environment: Mapping[str, str],
    rules: Iterable[Rule] = (),
) -> Said:
    """Read options: what the task gives (`given`), else the host's variables, else the environment. Blank and null say nothing.

    Raises InputError with one sentence for each option that is wrong.
    """
    said, wrong = Said(), []
    for option in options:
        said.names[option.name] = option.variables[0] if option.variables else option.name
        try:
            value = _find(option, variables, given, environment, said)
        except OperatorError as error:
            wrong.append(said.told(error) if error.option else error.said_of(said.names[option.name]))
            continue
        if value is None:
            value = option.default
        if value is not None:
            said.values[option.name] = value
        elif option.required:
            wrong.append(f"'{option.name}' is missing.")
    wrong += [_excluded(rule, said) for rule in rules if sum(name in said.values for name in rule.exclusive) > 1]
    if wrong:
        raise InputError(" ".join(wrong))
    return said


def refuse_unknown(options: Options, given: Iterable[str]) -> None:
    """Raise InputError for what a task gives and no option is called."""
    known = [name for option in options for name in (option.name, *option.aliases)]
    for name in given:
        if name not in known:
            near = near_misses(name, known, limit=1)
            raise InputError(f"There is no option '{name}'." + (f" Did you mean '{near[0]}'?" if near else ""))


def read_run(variables: HostVariables, environment: Mapping[str, str]) -> Said:
    """Read what the run is like, and refuse variables that are nearly ours. Raises InputError."""
    said = read(RUN, variables, given={}, environment=environment)
    refuse_strangers(variables.raw, said.values.get("allow_variables", ()))
    return said


def _find(option: Option, variables: HostVariables, given: Mapping[str, Any], environment: Mapping[str, str], said: Said) -> Any:
    """Return what was said of an option, of its type and checked, and note by which name; None when nothing was."""
    for name in (option.name, *option.aliases):
        if name in given:
            said.names[option.name] = name
            value = _converted(option, plain(given[name]))
            if value is not None:
                return value
    if option.parts:
        return _merged(option, variables, said)
    for name in option.variables:
        if variables.raw.get(name) is not None:
            said.names[option.name] = name
            value = _converted(option, variables.get(name))
            if value is not None:
                return value
    for name in option.environment:
        if environment.get(name):
            said.names[option.name] = name
            return _converted(option, environment[name])
    said.names[option.name] = option.variables[0] if option.variables else option.name
    return None


def _merged(option: Option, variables: HostVariables, said: Said) -> list[str] | None:
    stems = tuple(f"{name}__" for name in option.variables)
    names = [name for name in variables.raw if name in option.variables or name.startswith(stems)]
    gathered = gather(option.variables, {name: variables.get(name) for name in names})
    said.sources[option.name] = gathered.sources
    return list(gathered.values) if gathered.values is not None else None


def _converted(option: Option, value: Any) -> Any:
    """Return a value as its option's type, checked; None for one that says nothing. Raises InputError."""
    if option.type == "list":
        value = {"str": as_strings, "dict": as_dictionaries}.get(str(option.elements), plain)(value)
    elif isinstance(value, str) and not option.secret:
        value = value.strip()
    if value is None or (isinstance(value, str) and not value.strip() and not option.blank):
        return None
    value = value if option.type in ("list", "raw") else _typed(option, value)
    return option.check(value) if option.check else Secret(value) if option.secret else value


def _typed(option: Option, value: Any) -> Any:
    """Let Ansible's own validator convert the value, and say in our words what it must be."""
    kind = option.spec()["type"]
    no_text = kind in ("str", "path") and isinstance(value, (bool, list, dict))
    no_number = kind in ("int", "float") and _is_endless(value)
    result = None if no_text or no_number else _validator(option).validate({option.name: value})
    if result is not None and not result.error_messages:
        return plain(result.validated_parameters[option.name])
    if option.secret:
        raise InputError(f"must be text.{changed_texts()}")
    must = " or ".join(f"'{choice}'" for choice in option.choices or ()) or _WORDS.get(option.type, "text")
    raise InputError(f"must be {must}, and is {shown(repr(value), _SHOWN)}.")


def _is_endless(value: Any) -> bool:
    """Tell whether a value is a number that Ansible's validator must not get: it raises for an infinite one, and is lost in 1e999999999."""
    try:
        number = Decimal(value)
    except (ArithmeticError, TypeError, ValueError):
        return False
    return not number.is_finite() or number.adjusted() > _MOST_DIGITS


@cache
def _validator(option: Option) -> ArgumentSpecValidator:
    return ArgumentSpecValidator({option.name: {**option.spec(), "no_log": False, "required": False}})


def _excluded(rule: Rule, said: Said) -> str:
    names: Sequence[str] = [f"'{said.names[name]}'" for name in rule.exclusive if name in said.values]
    return f"{' and '.join(names)} cannot be set together: leave all but one of them out."
