"""The forms in which releases of ansible-core have PowerShell do something."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest

from tests.lab.windows.call import Call, UnknownPayload
from tests.lab.windows.host import WindowsHost
from tests.lab.windows.payload import read_command, read_payload
from tests.lab.windows.runner import Runner

LINE = b"\n\0\0\0\0\n"
ARGUMENTS = {"path": "C:\\x", "_ansible_check_mode": True, "_ansible_no_log": True, "_ansible_module_name": "ansible.windows.win_stat"}
STAT = Call("ansible.windows.win_stat", {"path": "C:\\x"}, check_mode=True, no_log=True)


def until_2_18(**more: Any) -> bytes:
    told = {"module_entry": "", "module_args": ARGUMENTS, "actions": ["module_powershell_wrapper"], "environment": {}, **more}
    return b"begin {}\n\n\0\0\0\0" + json.dumps(told).encode()


def from_2_19(*before: dict[str, Any], compressed: bool = False) -> bytes:
    script = "ansible_collections.ansible.windows.plugins.modules.win_stat.ps1"
    given = {"ArgumentJSON": json.dumps(ARGUMENTS)} if compressed else {"Variables": [{"Name": "complex_args", "Value": ARGUMENTS}]}
    actions = [*before, {"name": "module_wrapper.ps1", "params": {"Script": script, **given}}]
    manifest = json.dumps({"scripts": {}, "actions": actions}).encode()
    params = {"TempPath": None} | ({"DecompressInput": True} if compressed else {})
    bootstrap = json.dumps({"name": "exec_wrapper", "script": "", "params": params}).encode()
    return bootstrap + LINE + (base64.b64encode(gzip.compress(manifest)) if compressed else manifest)


BECOME = {"name": "become_wrapper.ps1", "params": {"BecomeUser": "SYSTEM"}}
BACKGROUND = {"name": "async_wrapper.ps1", "params": {"AsyncJid": "j1", "AsyncDir": "%USERPROFILE%\\.ansible_async"}}


def test_the_same_call_of_a_module_is_read_from_each_form() -> None:
    old = read_payload(until_2_18())
    assert old == Call(**{**vars(STAT), "says_numbers": True})
    assert read_payload(from_2_19()) == STAT
    assert read_payload(from_2_19(compressed=True)) == STAT


def test_become_and_the_background_are_read_from_each_form() -> None:
    folder = "%USERPROFILE%\\.ansible_async"
    old = read_payload(
        until_2_18(
            actions=["become_wrapper", "async_wrapper", "async_watchdog", "module_powershell_wrapper"],
            become_user="SYSTEM",
            async_jid="j1",
            environment={"ANSIBLE_ASYNC_DIR": folder},
        )
    )
    for call in (old, read_payload(from_2_19(BECOME, BACKGROUND)), read_payload(from_2_19(BECOME, BACKGROUND, compressed=True))):
        assert (call.become_user, call.job, call.job_directory) == ("SYSTEM", "j1", folder)


@pytest.mark.parametrize("old", [True, False])
def test_a_job_says_as_its_wrapper_does_that_it_has_begun(old: bool) -> None:
    call = Call("ansible.windows.win_ping", {}, job="j1", job_directory="C:\\jobs", says_numbers=old)
    answer = json.loads(Runner(WindowsHost("win01", "127.0.0.1"), install_seconds=0).run(call)[1])
    assert (repr(answer["started"]), repr(answer["finished"])) == (("1", "0") if old else ("True", "False"))


def encoded(script: str) -> str:
    return f"PowerShell -NoProfile -EncodedCommand {base64.b64encode(script.encode('utf-16-le')).decode()}"


MAKE = """Set-StrictMode -Version Latest
$tmp_path = [System.Environment]::ExpandEnvironmentVariables('%TEMP%')
$tmp = New-Item -Type Directory -Path $tmp_path -Name 'ansible-tmp-1'
Write-Output -InputObject $tmp.FullName"""
PUT = "begin {\n$path = 'C:\\it''s'\n$fd = [System.IO.File]::Create($path)\n}"


@pytest.mark.parametrize(
    ("line", "stdin", "call"),
    [
        (encoded(encoded(MAKE)), b"", Call("powershell_mkdtemp.ps1", {"Directory": "%TEMP%", "Name": "ansible-tmp-1"})),
        (encoded(encoded("Write-Output ((Get-Location).Path + '\\.a')")), b"", Call("powershell_expand_user.ps1", {"Path": "~\\.a"})),
        (encoded(encoded("Write-Output (Get-Location).Path")), b"", Call("powershell_expand_user.ps1", {"Path": "~"})),
        (encoded(encoded("Write-Output 'C:\\it''s'")), b"", Call("powershell_expand_user.ps1", {"Path": "C:\\it's"})),
        (encoded(PUT), b"QUJD\r\nRA==\r\n", Call("winrm_put_file.ps1", {"Path": "C:\\it's"}, data=b"ABCD")),
        (encoded(encoded("Remove-Item 'C:\\x' -Force -Recurse;")), b"", None),
        (encoded("Remove-Item 'C:\\x' -Force -Recurse;"), b"", None),
        (encoded("bootstrap"), from_2_19(), STAT),
    ],
)
def test_scripts_on_the_command_line_are_known_by_their_text(line: str, stdin: bytes, call: Call | None) -> None:
    assert read_command(line, stdin) == call


@pytest.mark.parametrize(("line", "stdin"), [("powershell", b"Get-Process"), (encoded("Get-Process"), b""), ("whoami", b"")])
def test_what_is_none_of_these_is_refused(line: str, stdin: bytes) -> None:
    with pytest.raises(UnknownPayload):
        read_command(line, stdin)


def test_a_file_that_is_put_is_base64() -> None:
    actions = b'{"actions": [{"name": "put_file.ps1", "params": {}}]}'
    assert read_payload(LINE.join([b"{}", actions, b"QUJD\r\nRA=="])).data == b"ABCD"
    with pytest.raises(UnknownPayload, match="is none"):
        read_payload(LINE.join([b"{}", actions, b"QUJ!"]))
