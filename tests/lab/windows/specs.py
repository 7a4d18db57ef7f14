"""The real modules' argument specifications, read from their documentation, and their refusals."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

MODULES = ("async_status", "win_command", "win_copy", "win_file", "win_package", "win_ping", "win_powershell", "win_stat")
_CACHE = Path(__file__).parents[3] / "build"

# What the documentation leaves out: arguments that the action of the same name adds.
_INTERNAL = {
    "ansible.windows.win_copy": {"_copy_mode", "_original_basename"},
    "ansible.windows.win_command": {"_raw_params"},
    "ansible.windows.async_status": {"_async_dir"},
}


class BadArguments(ValueError):  # noqa: N818 - said to the client in words
    """The real module would refuse these arguments."""


def check_arguments(module: str, arguments: dict[str, Any]) -> None:
    """Refuse what the real module would refuse: unknown names, missing ones, wrong choices and types. Raises BadArguments."""
    options = documented()[module]
    known = set(options) | _INTERNAL.get(module, set())
    aliases = {alias for option in options.values() for alias in option.get("aliases", ())}
    unknown = sorted(name for name in arguments if name not in known | aliases)
    if unknown:
        supported = ", ".join(options)
        raise BadArguments(f"Unsupported parameters for ({module}) module: {', '.join(unknown)}. Supported parameters include: {supported}")
    missing = sorted(name for name, option in options.items() if option.get("required") and arguments.get(name) is None)
    if missing:
        raise BadArguments(f"missing required arguments: {', '.join(missing)}")
    for name, value in arguments.items():
        if name in options and value is not None:
            _check_value(name, options[name], value)


def _check_value(name: str, option: dict[str, Any], value: Any) -> None:
    choices = option.get("choices")
    if choices and not isinstance(value, list) and str(value) not in [str(choice) for choice in choices]:
        raise BadArguments(f"value of {name} must be one of: {', '.join(map(str, choices))}. Got no match for: {value}")
    kinds: dict[str, tuple[type, ...]] = {"dict": (dict,), "list": (list, str), "int": (int, str), "bool": (bool, str, int)}
    kind = option.get("type", "str")
    if kind in kinds and not isinstance(value, kinds[kind]):
        raise BadArguments(f"argument for {name} is of type {type(value).__name__} and we were unable to convert to {kind}")


@cache
def documented() -> dict[str, dict[str, Any]]:
    """Return the options of every module that the lab emulates, as `ansible-doc` tells them; kept on disk for the next lab."""
    file = _CACHE / f"windows-modules-{version('ansible-core')}.json"
    if not file.exists():
        names = [f"ansible.windows.{name}" for name in MODULES]
        command = [str(Path(sys.executable).with_name("ansible-doc")), "--type", "module", "--json", *names]
        told = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
        file.parent.mkdir(exist_ok=True)
        unfinished = file.with_suffix(f".{os.getpid()}")
        unfinished.write_text(json.dumps({name: entry["doc"].get("options") or {} for name, entry in told.items()}))
        unfinished.replace(file)
    options: dict[str, dict[str, Any]] = json.loads(file.read_text())
    return options
