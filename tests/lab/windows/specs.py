"""The real modules' argument specifications: `$spec` in their code, or their documentation where they have none."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from .powershell_literal import read_literal

MODULES = (
    "async_status",
    "win_command",
    "win_copy",
    "win_file",
    "win_get_url",
    "win_package",
    "win_ping",
    "win_powershell",
    "win_stat",
)
_CACHE = Path(__file__).parents[3] / "build"
_START = "\n$spec = @{"

# What the documentation leaves out: arguments that the action of the same name adds.
_INTERNAL = {
    "ansible.windows.win_copy": {"_copy_mode", "_original_basename", "files", "directories", "symlinks"},
    "ansible.windows.async_status": {"_async_dir"},
}


@cache
def specification(module: str) -> dict[str, Any]:
    """Return a module's specification, as its code states it for Ansible.Basic. Raises KeyError for a module that the lab does not know."""
    told = documented()[module]
    code = Path(told["filename"]).with_suffix(".ps1").read_text(encoding="utf-8-sig")
    if _START in code:
        spec: dict[str, Any] = read_literal(code[code.index(_START) + len(_START) - 2 :])
        # The documentation knows what the module adds from elsewhere: win_package and win_get_url the options of a web request.
        said = {name: told["options"].get(name, {}) | option for name, option in spec["options"].items()}
        return {**spec, "options": told["options"] | said}
    # An older module asks for its arguments one by one.
    internal: dict[str, Any] = {name: {"type": "raw"} for name in _INTERNAL.get(module, ())}
    return {"options": told["options"] | internal, "supports_check_mode": True}


@cache
def documented() -> dict[str, dict[str, Any]]:
    """Return file name and options of every module that the lab emulates, as `ansible-doc` tells them; kept on disk for the next lab."""
    environment = hashlib.sha256(sys.prefix.encode()).hexdigest()[:8]  # each has its own modules
    file = _CACHE / f"windows-module-files-{version('ansible-core')}-{environment}.json"
    names = [f"ansible.windows.{name}" for name in MODULES]
    if file.exists():
        known: dict[str, dict[str, Any]] = json.loads(file.read_text())
        if set(known) == set(names) and all(Path(told["filename"]).exists() for told in known.values()):
            return known
    command = [str(Path(sys.executable).with_name("ansible-doc")), "--type", "module", "--json", *names]
    told = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    known = {name: {"filename": entry["doc"]["filename"], "options": entry["doc"].get("options") or {}} for name, entry in told.items()}
    file.parent.mkdir(exist_ok=True)
    unfinished = file.with_suffix(f".{os.getpid()}")
    unfinished.write_text(json.dumps(known))
    unfinished.replace(file)
    return known
