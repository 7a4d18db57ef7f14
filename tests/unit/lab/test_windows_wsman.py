"""WS-Man as pywinrm speaks it: what real hosts refuse, and how they answer when there is nothing to say yet."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
import winrm
from winrm.exceptions import InvalidCredentialsError, WinRMError, WinRMOperationTimeoutError, WSManFaultError

from tests.lab.control import LabControl
from tests.lab.fleet import Lab, running
from tests.lab.windows import wsman
from tests.lab.windows.host import WindowsHost
from tests.lab.windows.runner import Runner
from tests.lab.windows.wsman import Endpoint


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with running(Lab(["ntlm01", "basic01"], auth="mixed")) as lab:
        yield lab


def protocol(lab: Lab, name: str, *, password: str | None = None, **options: Any) -> winrm.Protocol:
    host = lab.windows.hosts[name]
    arguments = {
        "endpoint": f"https://{host.address}:5986/wsman",
        "transport": "ntlm" if name.startswith("ntlm") else "basic",
        "username": host.username,
        "password": password or host.password,
        "ca_trust_path": str(lab.windows.authority),
    }
    return winrm.Protocol(**{**arguments, **options})


@pytest.mark.parametrize("name", ["ntlm01", "basic01"])
def test_pywinrm_opens_a_shell_and_a_wrong_password_does_not(lab: Lab, name: str) -> None:
    shell = protocol(lab, name).open_shell()
    protocol(lab, name).close_shell(shell)
    with pytest.raises(InvalidCredentialsError):
        protocol(lab, name, password="wrong").open_shell()


def test_basic_is_refused_where_ntlm_is_wanted(lab: Lab) -> None:
    with pytest.raises(InvalidCredentialsError):
        protocol(lab, "ntlm01", transport="basic").open_shell()


def test_plain_http_and_another_authority_are_refused(lab: Lab) -> None:
    with pytest.raises(requests.ConnectionError):
        requests.post(f"http://{lab.windows.hosts['basic01'].address}:5986/wsman", data=b"<x/>", timeout=5)
    with pytest.raises(requests.exceptions.SSLError):
        protocol(lab, "basic01", ca_trust_path=None).open_shell()


def test_an_unreachable_host_refuses_connections_until_it_is_mended(lab: Lab) -> None:
    control = LabControl(lab.control.url)
    for _ in range(2):
        control.set_fault("basic01", "unreachable")
        with pytest.raises(requests.ConnectionError, match="Connection refused"):
            protocol(lab, "basic01").open_shell()
        control.clear_faults("basic01")
        assert protocol(lab, "basic01").open_shell()


def test_a_second_lab_of_the_same_process_knows_its_own_passwords(lab: Lab) -> None:
    for _ in range(2):
        with running(Lab(["ntlm01"], auth="ntlm")) as other:
            assert protocol(other, "ntlm01").open_shell()
    assert protocol(lab, "ntlm01").open_shell()


def test_a_stopped_lab_leaves_no_listener_behind() -> None:
    with running(Lab(["gone01", "gone02"])) as lab:
        address = lab.windows.hosts["gone01"].address
    waiting = [thread for thread in threading.enumerate() if thread.name.startswith("winrm-gone")]
    for thread in waiting:
        thread.join(5)
    assert not any(thread.is_alive() for thread in waiting)
    with pytest.raises(requests.ConnectionError):
        requests.get(f"https://{address}:5986/", timeout=5)


def test_labs_that_are_made_before_another_starts_have_addresses_of_their_own() -> None:
    first, second = Lab(["win01"]), Lab(["win01"])
    with running(first), running(second):
        assert first.windows.hosts["win01"].address != second.windows.hosts["win01"].address


def test_a_lab_that_cannot_start_says_why_and_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.lab.windows.fleet.know_ntlm_users", lambda hosts: (_ for _ in ()).throw(OSError("no room")))
    lab = Lab(["win01"])
    with pytest.raises(OSError, match="no room"), running(lab):
        pass
    assert not Path(lab.directory).exists()
    with pytest.raises(requests.ConnectionError):
        requests.get(lab.server.url, timeout=5)


class Slow:
    """A runner whose one command takes its time."""

    def __init__(self, seconds: float = 5) -> None:
        self.host = SimpleNamespace(name="slow", sid="S-1")
        self.seconds = seconds
        self.ended = threading.Event()

    def run(self, call: object) -> tuple[int, str]:
        self.ended.wait(self.seconds)
        return 0, "done"


def envelope(action: str, body: str = "", *, shell: str = "") -> bytes:
    names = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in wsman._NAMES.items())
    selector = f'<w:SelectorSet><w:Selector Name="ShellId">{shell}</w:Selector></w:SelectorSet>'
    return (
        f"<env:Envelope {names}><env:Header><a:Action>x/{action}</a:Action><a:MessageID>uuid:7</a:MessageID>{selector}</env:Header>"
        f"<env:Body>{body}</env:Body></env:Envelope>"
    ).encode()


def between(answer: bytes, start: str, end: str) -> str:
    return answer.decode().partition(start)[2].partition(end)[0]


def test_a_command_that_says_nothing_within_the_operation_timeout_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wsman, "OPERATION_SECONDS", 0.05)
    monkeypatch.setattr(wsman, "read_command", lambda line, stdin: stdin)
    runner = Slow()
    endpoint = Endpoint(runner)  # type: ignore[arg-type]
    shell = between(endpoint.answer(envelope("Create"))[1], "<rsp:ShellId>", "<")
    command = between(endpoint.answer(envelope("Command", "<rsp:CommandLine/>", shell=shell))[1], "<rsp:CommandId>", "<")
    stdin = base64.b64encode(b"x").decode()
    stream = f'<rsp:Stream Name="stdin" CommandId="{command}" End="true">{stdin}</rsp:Stream>'
    assert endpoint.answer(envelope("Send", stream, shell=shell))[0] == 200
    receive = envelope("Receive", f'<rsp:DesiredStream CommandId="{command}">stdout</rsp:DesiredStream>', shell=shell)
    status, answer = endpoint.answer(receive)
    assert (status, b'Code="2150858793"' in answer, b"w:TimedOut" in answer) == (500, True, True)
    assert b"<a:RelatesTo>uuid:7</a:RelatesTo>" in answer
    runner.ended.set()
    until = time.monotonic() + 5
    while status == 500 and time.monotonic() < until:
        status, answer = endpoint.answer(receive)
    assert base64.b64encode(b"done") in answer
    assert b"CommandState/Done" in answer


def test_pywinrm_takes_the_timeout_for_what_it_is(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wsman, "OPERATION_SECONDS", 0.05)
    monkeypatch.setattr(wsman, "read_command", lambda line, stdin: stdin)
    monkeypatch.setattr(Runner, "run", Slow(seconds=0.3).run)
    client = protocol(lab, "basic01")
    shell = client.open_shell()
    command = client.run_command(shell, "powershell")
    client.send_command_input(shell, command, "x", end=True)
    with pytest.raises(WinRMOperationTimeoutError):
        client.get_command_output_raw(shell, command)
    assert client.get_command_output(shell, command)[0] == b"done"


def test_shells_have_a_quota_and_a_wiped_machine_has_none_open(lab: Lab) -> None:
    client = protocol(lab, "basic01")
    lab.windows.hosts["basic01"].wipe()
    shells = [client.open_shell() for _ in range(wsman.SHELLS_PER_USER)]
    with pytest.raises(WSManFaultError, match="maximum number"):
        client.open_shell()
    client.close_shell(shells[0])
    assert client.open_shell()
    lab.windows.hosts["basic01"].wipe()
    with pytest.raises(WinRMError, match="selectors"):
        client.run_command(shells[1], "whoami")


def test_a_message_that_is_too_large_and_a_command_that_is_not_there_are_faults() -> None:
    endpoint = Endpoint(Runner(WindowsHost("win01", "127.0.0.1"), install_seconds=0))
    assert b"w:EncodingLimit" in endpoint.answer(b"x" * (wsman.ENVELOPE_BYTES + 1))[1]
    shell = between(endpoint.answer(envelope("Create"))[1], "<rsp:ShellId>", "<")
    status, answer = endpoint.answer(envelope("Receive", '<rsp:DesiredStream CommandId="1"/>', shell=shell))
    assert (status, b"was not found" in answer) == (500, True)


def test_an_unknown_fault_is_refused(lab: Lab) -> None:
    with pytest.raises(ValueError, match="slow_start"):
        LabControl(lab.control.url).set_fault("basic01", "slow_strat", 1)
