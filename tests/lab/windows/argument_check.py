"""Ansible.Basic's checks of a Windows module's arguments, in its order and words (module_utils/csharp/Ansible.Basic.cs of ansible-core)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

Spec = Mapping[str, Any]

_MASK, _MASKED_PART = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER", "********"
_BOOLEANS = frozenset({"y", "yes", "on", "1", "true", "t", "1.0", "n", "no", "off", "0", "false", "f", "0.0"})


class BadArguments(ValueError):
    """The real module would refuse these arguments."""


def check_arguments(module: str, spec: Spec, given: Mapping[str, Any]) -> None:
    """Refuse what the real module would refuse. Raises BadArguments in its words."""
    _check(module, spec, given, ())


def without_secrets(spec: Spec, given: Mapping[str, Any]) -> Any:
    """Return the arguments as the module writes them to the event log: values of no_log options are masked wherever they stand."""
    return _mask(dict(given), frozenset(_secrets(spec, given)))


def _check(module: str, spec: Spec, given: Mapping[str, Any], context: tuple[str, ...]) -> None:
    options = spec["options"]
    try:
        values = _without_aliases(options, given)
        _refuse_unknown(module, options, values)
        for names in spec.get("mutually_exclusive") or ():
            if sum(name in values for name in names) > 1:
                raise BadArguments(f"parameters are mutually exclusive: {', '.join(names)}")
        defaults = {name: option["default"] for name, option in options.items() if option.get("default") is not None}
        values = defaults | values
        missing = [name for name, option in options.items() if option.get("required") and name not in values]
        if missing:
            raise BadArguments(f"missing required arguments: {', '.join(missing)}")
        for name, option in options.items():
            if values.get(name) is not None:
                _check_value(name, option, values[name])
        _check_relations(spec, values)
    except BadArguments as error:
        raise BadArguments(f"{error} found in {' -> '.join(context)}" if context else str(error)) from None
    for name, option in options.items():
        for each in _nested(option, values.get(name)):
            _check(module, option, each, (*context, name))


def _without_aliases(options: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    names = {alias: name for name, option in options.items() for alias in _listed(option.get("aliases"))}
    return {names.get(name, name): value for name, value in given.items()}


def _listed(value: Any) -> list[Any]:
    """Return a list as PowerShell makes one of a single value."""
    return value if isinstance(value, list) else [value] if value else []


def _refuse_unknown(module: str, options: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    unknown = [name for name in values if name not in options]
    if unknown:
        supported = ", ".join(options)
        raise BadArguments(f"Unsupported parameters for ({module}) module: {', '.join(unknown)}. Supported parameters include: {supported}")


def _check_value(name: str, option: Mapping[str, Any], value: Any) -> None:
    kind = option.get("type", "str")
    _convert(f"argument for {name}", kind, value)
    if kind == "list" and option.get("elements") and option["elements"] != "dict":
        for element in value if isinstance(value, list) else [value]:
            _convert(f"argument for list entry {name}", option["elements"], element)
    choices = option.get("choices")
    known = [str(choice).lower() for choice in choices or ()]
    wrong = [str(each) for each in (value if isinstance(value, list) else [value]) if str(each).lower() not in known]
    if choices and None not in choices and wrong:
        which = "one or more of" if kind == "list" else "one of"
        raise BadArguments(f"value of {name} must be {which}: {', '.join(map(str, choices))}. Got no match for: {', '.join(wrong)}")


def _convert(what: str, kind: str, value: Any) -> None:
    if not _FITS.get(kind, lambda _value: True)(value):
        raise BadArguments(f"{what} is of type {type(value).__name__} and we were unable to convert to {kind}")


def _is_int(value: Any) -> bool:
    with suppress(ValueError, TypeError):
        return int(value) is not None
    return False


_FITS: dict[str, Callable[[Any], bool]] = {
    "bool": lambda value: str(value).lower().strip() in _BOOLEANS,
    "int": _is_int,
    "dict": lambda value: isinstance(value, dict) or (isinstance(value, str) and ("=" in value or value.startswith("{"))),
    "path": lambda value: isinstance(value, str),
}


def _check_relations(spec: Spec, values: Mapping[str, Any]) -> None:
    for names in spec.get("required_together") or ():
        if 0 < sum(name in values for name in names) < len(names):
            raise BadArguments(f"parameters are required together: {', '.join(names)}")
    for names in spec.get("required_one_of") or ():
        if not any(name in values for name in names):
            raise BadArguments(f"one of the following is required: {', '.join(names)}")
    for name, wanted, needed, *any_of_them in spec.get("required_if") or ():
        missing = [each for each in needed if each not in values]
        one_is_enough = bool(any_of_them and any_of_them[0])
        if str(values.get(name)) == str(wanted) and len(missing) >= (len(needed) if one_is_enough else 1):
            term = "any" if one_is_enough else "all"
            raise BadArguments(f"{name} is {wanted} but {term} of the following are missing: {', '.join(missing)}")
    for name, needed in (spec.get("required_by") or {}).items():
        missing = [each for each in ([needed] if isinstance(needed, str) else needed) if each not in values]
        if name in values and missing:
            raise BadArguments(f"missing parameter(s) required by '{name}': {', '.join(missing)}")


def _nested(option: Mapping[str, Any], value: Any) -> list[dict[str, Any]]:
    """Return the dictionaries that an option with options of its own holds."""
    if not option.get("options") or value is None:
        return []
    found = []
    for each in value if isinstance(value, list) else [value]:
        found.append(json.loads(each) if isinstance(each, str) else each)
    return found


def _secrets(spec: Spec, given: Mapping[str, Any]) -> set[str]:
    values = _without_aliases(spec["options"], given)
    found = {str(values[name]) for name, option in spec["options"].items() if option.get("no_log") and values.get(name)}
    for name, option in spec["options"].items():
        for each in _nested(option, values.get(name)):
            found |= _secrets(option, each)
    return found


def _mask(value: Any, secrets: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {key: _mask(each, secrets) for key, each in value.items()}
    if isinstance(value, list):
        return [_mask(each, secrets) for each in value]
    if str(value) in secrets:
        return _MASK
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, _MASKED_PART)
    return value
