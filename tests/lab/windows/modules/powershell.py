"""ansible.windows.win_powershell, for the one script of the collection."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from ..batch import Batch
from ..call import Call
from .execution import Execution, ModuleFailed

_SCRIPT = Path(__file__).parents[4] / "plugins" / "plugin_utils" / "_hosts" / "windows" / "batch.ps1"
_SECRETS = {"Pfx": "pfx", "PfxPassword": "pfx_password", "ServicePassword": "service_password"}
_DEPTH = 2


@cache
def known_script() -> str:
    """Return the text of the script that the lab knows."""
    return _SCRIPT.read_text(encoding="utf-8")


def _is_known(script: object) -> bool:
    """Tell whether it is that script, whatever its indentation and comments."""
    return isinstance(script, str) and _bare(script) == _bare(known_script())


def _bare(script: str) -> list[str]:
    lines = (line.strip() for line in script.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def win_powershell(execution: Execution, call: Call) -> dict[str, Any]:
    """Do what the collection's script does; refuse any other script."""
    arguments = call.arguments
    if not _is_known(arguments.get("script")):
        raise ModuleFailed("The lab runs no PowerShell: it knows the collection's batch.ps1 only, and this is another script.")
    if call.check_mode and "SupportsShouldProcess" not in known_script():
        return {"changed": True, "msg": "skipped, running in check mode"}
    given = arguments.get("parameters") or {}
    if set(given) != {"Steps"} or not isinstance(given["Steps"], str):
        raise ModuleFailed(f"A parameter cannot be found that matches parameter name: {', '.join(sorted(given))}.")
    secrets = {_SECRETS[secret["name"]]: secret["value"] for secret in arguments.get("sensitive_parameters") or ()}
    batch = Batch(execution.host, execution.user, secrets, check_mode=call.check_mode)
    result = batch.run(json.loads(given["Steps"]))
    return {
        "changed": False,
        "result": _cut(result, _DEPTH),
        **dict.fromkeys(("host_out", "host_err"), ""),
        **{name: [] for name in ("output", "error", "warning", "verbose", "debug", "information")},
    }


def _cut(value: Any, depth: int) -> Any:
    """Cut a result at its depth and unroll lists of one, as PowerShell does to what is not one string."""
    if isinstance(value, dict):
        return {key: _cut(item, depth - 1) for key, item in value.items()} if depth >= 0 else "System.Collections.Hashtable"
    if isinstance(value, list):
        if len(value) == 1:
            return _cut(value[0], depth)
        return [_cut(item, depth - 1) for item in value] if depth >= 0 else "System.Object[]"
    return value
