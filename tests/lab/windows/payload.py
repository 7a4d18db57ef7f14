"""What Ansible sends on the standard input of PowerShell (winrm-payload.md), read without running it."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_SEPARATOR = b"\n\0\0\0\0\n"


class UnknownPayload(ValueError):
    """The lab does not know what this would do."""


@dataclass(frozen=True)
class Call:
    """A module to be run, or a helper script of the connection (`module` is then its file name)."""

    module: str
    arguments: dict[str, Any]
    check_mode: bool = False
    no_log: bool = False
    become_user: str | None = None
    job: str | None = None
    job_directory: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    data: bytes = b""


def read_payload(stdin: bytes) -> Call:
    """Read the input of one execution. Raises UnknownPayload."""
    parts = stdin.split(_SEPARATOR, 2)
    if len(parts) < 2:
        raise UnknownPayload("the input is not that of ansible-core 2.19 or newer")
    actions = json.loads(parts[1])["actions"]
    by_name = {action["name"]: action for action in actions}
    last = actions[-1]
    if last["name"] != "module_wrapper.ps1":
        return Call(last["name"], dict(last.get("params") or {}), data=_lines(parts[2]) if len(parts) > 2 else b"")
    parameters = last["params"]
    variables = {variable["Name"]: variable for variable in parameters["Variables"]}
    arguments = dict(variables["complex_args"]["Value"])
    become = by_name.get("become_wrapper.ps1")
    background = by_name.get("async_wrapper.ps1")
    script = parameters["Script"].removesuffix(".ps1").removeprefix("ansible_collections.")
    return Call(
        module=script.replace(".plugins.modules.", "."),
        arguments={key: value for key, value in arguments.items() if not key.startswith("_ansible_")},
        check_mode=bool(arguments.get("_ansible_check_mode")),
        no_log=bool(arguments.get("_ansible_no_log")),
        become_user=become["params"]["BecomeUser"] if become else None,
        job=background["params"]["AsyncJid"] if background else None,
        job_directory=background["params"]["AsyncDir"] if background else "",
    )


def _lines(data: bytes) -> bytes:
    """Decode a file that is being put: base64, piece by piece. Raises UnknownPayload."""
    try:
        return b"".join(base64.b64decode(line, validate=True) for line in data.split() if line)
    except binascii.Error as error:
        raise UnknownPayload(f"the file that is put is no base64: {error}") from error
