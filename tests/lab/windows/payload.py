"""What Ansible has PowerShell do (winrm-payload.md): its command line and standard input, read without running anything.

Cores differ: up to 2.18 one JSON document follows the wrapper, and helpers of the connection are scripts on the command line
(scripts.py); from 2.19 there are two documents, helpers among them; from 2.22 the second is compressed, and a module's
arguments are a JSON text in it.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from typing import Any

from .call import Call, UnknownPayload, decoded, lines_of
from .scripts import helper, script_of

_MARK = b"\0\0\0\0"
_SEPARATOR = b"\n" + _MARK + b"\n"


def read_command(line: str, stdin: bytes) -> Call | None:
    """Read one execution; None for one that changes nothing here. Raises UnknownPayload."""
    script = script_of(line)
    if (found := helper(script, stdin)) is not None:
        return found
    if stdin:
        return read_payload(stdin)
    if "Remove-Item" in script:
        return None
    raise UnknownPayload("The lab runs no PowerShell of its own.")


def read_payload(stdin: bytes) -> Call:
    """Read the input of one execution of a module, or from 2.19 on of a helper. Raises UnknownPayload."""
    bootstrap, *parts = stdin.split(_SEPARATOR, 2)
    if parts:
        return _read_actions(bootstrap, *parts)
    _wrapper, found, manifest = stdin.partition(_MARK)
    if not found:
        raise UnknownPayload("the input is that of no known ansible-core")
    return _read_manifest(json.loads(manifest))


def _read_manifest(manifest: Mapping[str, Any]) -> Call:
    """Read what cores up to 2.18 send."""
    arguments = manifest["module_args"]
    actions = manifest["actions"]
    return _call(
        str(arguments["_ansible_module_name"]),
        arguments,
        become_user=manifest["become_user"] if "become_wrapper" in actions else None,
        job=manifest["async_jid"] if "async_wrapper" in actions else None,
        job_directory=manifest["environment"]["ANSIBLE_ASYNC_DIR"] if "async_wrapper" in actions else "",
        says_numbers=True,
    )


def _read_actions(bootstrap: bytes, manifest: bytes, data: bytes = b"") -> Call:
    """Read what cores from 2.19 on send."""
    compressed = json.loads(bootstrap).get("params", {}).get("DecompressInput")
    actions = json.loads(gzip.decompress(decoded(manifest)) if compressed else manifest)["actions"]
    by_name = {action["name"]: action for action in actions}
    last = actions[-1]
    if last["name"] != "module_wrapper.ps1":
        return Call(last["name"], dict(last.get("params") or {}), data=lines_of(data))
    parameters = last["params"]
    become = by_name.get("become_wrapper.ps1")
    background = by_name.get("async_wrapper.ps1")
    script = parameters["Script"].removesuffix(".ps1").removeprefix("ansible_collections.")
    return _call(
        script.replace(".plugins.modules.", "."),
        _arguments(parameters),
        become_user=become["params"]["BecomeUser"] if become else None,
        job=background["params"]["AsyncJid"] if background else None,
        job_directory=background["params"]["AsyncDir"] if background else "",
    )


def _arguments(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a module's arguments: a JSON text of their own from 2.22 on, before that a variable of the script's."""
    if "ArgumentJSON" in parameters:
        arguments: Mapping[str, Any] = json.loads(parameters["ArgumentJSON"])
        return arguments
    return {variable["Name"]: variable["Value"] for variable in parameters["Variables"]}["complex_args"]


def _call(module: str, arguments: Mapping[str, Any], **more: Any) -> Call:
    return Call(
        module=module,
        arguments={key: value for key, value in arguments.items() if not key.startswith("_ansible_")},
        check_mode=bool(arguments.get("_ansible_check_mode")),
        no_log=bool(arguments.get("_ansible_no_log")),
        **more,
    )
