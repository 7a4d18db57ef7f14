"""Helpers of the connection as cores up to 2.18 send them: scripts on the command line, recognised by their text."""

from __future__ import annotations

import base64
import binascii
import re

from .call import Call, lines_of

_ENCODED = re.compile(r"-EncodedCommand\s+([A-Za-z0-9+/=]+)")
_TEXT = r"'((?:[^']|'')*)'"

_MAKE = re.compile(rf"ExpandEnvironmentVariables\({_TEXT}\)\s*\$tmp = New-Item -Type Directory -Path \$tmp_path -Name {_TEXT}")
_EXPAND = re.compile(rf"Write-Output (?:\(\(Get-Location\)\.Path \+ {_TEXT}\)|{_TEXT}|\(Get-Location\)\.Path)")
_PUT = re.compile(rf"\$path = {_TEXT}.*\[System\.IO\.File\]::Create\(\$path\)", re.DOTALL)


def script_of(line: str) -> str:
    """Return the script of a command line with -EncodedCommand; of one that runs another such line, that one's."""
    while found := _ENCODED.search(line):
        try:
            line = base64.b64decode(found[1], validate=True).decode("utf-16-le")
        except (binascii.Error, UnicodeDecodeError):
            break
    return line


def helper(script: str, stdin: bytes) -> Call | None:
    """Return the helper that a script is, or None."""
    if found := _PUT.search(script):
        return Call("winrm_put_file.ps1", {"Path": _unquoted(found[1])}, data=lines_of(stdin))
    if found := _MAKE.search(script):
        return Call("powershell_mkdtemp.ps1", {"Directory": _unquoted(found[1]), "Name": _unquoted(found[2])})
    if not stdin and (found := _EXPAND.search(script)):
        below, whole = found.groups()
        path = _unquoted(whole) if whole is not None else f"~{_unquoted(below or '')}"
        return Call("powershell_expand_user.ps1", {"Path": path})
    return None


def _unquoted(text: str) -> str:
    return text.replace("''", "'")
