"""contract.json: the contract of the steps as data, made from the functions of `_hosts/contract.py`. `make generate` writes it."""

from __future__ import annotations

import inspect
import json
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts import contract
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.step import BOTH, STEP_TYPES

FILE = "plugins/plugin_utils/_hosts/contract.json"
"""Its path in the checkout."""

_WORDS = {str: "text", int: "integer", float: "number", bool: "boolean", types.NoneType: "null"}
_KINDS: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (types.NoneType,),
}
_MARKS = {
    "do": "text",
    "optional": "boolean",
    "always": "boolean",
    "keep": {"each": {"or null": "text"}},
    "default": "text",
    "called": "text",
}


def shape(kind: Any) -> Any:
    """Return a type as the contract writes it."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return shape(arguments[0])
    if origin in (Union, types.UnionType):
        (known,) = (argument for argument in arguments if argument is not types.NoneType)
        return {"or null": shape(known)}
    if origin is Literal:
        return {"one of": list(arguments)}
    if origin is Sequence:
        return {"list of": shape(arguments[0])}
    if origin is Mapping:
        return {"each": shape(arguments[1])}
    if is_typeddict(kind):
        return {"members": {name: shape(member) for name, member in get_type_hints(kind).items()}}
    return _WORDS[kind]


def fits(what: Any, shape: Any) -> bool:
    """Tell whether a value has the shape that the contract gives it."""
    if isinstance(shape, str):
        return isinstance(what, _KINDS[shape]) and (shape == "boolean" or not isinstance(what, bool))
    ((kind, inner),) = shape.items()
    if kind == "or null":
        return what is None or fits(what, inner)
    if kind == "list of":
        return isinstance(what, list) and all(fits(item, inner) for item in what)
    if kind == "each":
        return isinstance(what, dict) and all(fits(item, inner) for item in what.values())
    return isinstance(what, dict) and what.keys() == inner.keys() and all(fits(what[name], inner[name]) for name in inner)


def _step(signature: Callable[..., object], system: str, *, reads: bool) -> dict[str, Any]:
    hints = {name: _said(hint) for name, hint in get_type_hints(signature, include_extras=True).items()}
    parameters = {name: parameter for name, parameter in inspect.signature(signature).parameters.items() if _here(hints[name], system)}
    return {
        "reads": reads,
        "says": inspect.cleandoc(str(signature.__doc__)),
        "arguments": {name: _argument(hints[name], parameter) for name, parameter in parameters.items()},
        "value": shape(hints["return"]),
    }


def _said(hint: Any) -> Any:
    """Return a type as it was written: Python 3.10 makes that of an argument which is None by default optional once more."""
    if get_origin(hint) is Union and get_origin(get_args(hint)[0]) is Annotated:
        return get_args(hint)[0]
    return hint


def _here(hint: Any, system: str) -> bool:
    return get_origin(hint) is not Annotated or get_args(hint)[1] == system


def _argument(hint: Any, parameter: inspect.Parameter) -> dict[str, Any]:
    given = {} if parameter.default is inspect.Parameter.empty else {"default": parameter.default}
    return {"type": shape(hint), **given}


def as_data() -> dict[str, Any]:
    """Return the contract."""
    return {
        "meaning": [" ".join(part.split()) for part in str(contract.__doc__).split("\n\n")[1:-1]],
        "limit": contract.LIMIT,
        "marks": _MARKS,
        "steps": {
            system: {
                kind.name: _step(kind.signature, system, reads=kind.reads)
                for kind in sorted(STEP_TYPES, key=lambda kind: kind.name)
                if system in kind.systems
            }
            for system in BOTH
        },
    }


def as_text() -> str:
    """Return the contract as the file holds it."""
    return json.dumps(as_data(), indent=2, ensure_ascii=False) + "\n"
