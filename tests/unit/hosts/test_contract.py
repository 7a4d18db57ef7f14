"""The contract of the steps, and the three that are held to it: batch.ps1, the Linux runner and the lab's twin of batch.ps1."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.module_utils._linux import port
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts import contract as do
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.linux.observe import observe_steps as linux_observe
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.step import LINUX, WINDOWS, always, optional
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.windows.observe import observe_steps as windows_observe
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.tentacle.certificates import generate
from tests.lab.tentacle.listener import Listener
from tests.lab.windows import schannel
from tests.tools.checkout import ROOT
from tests.tools.contract import fits
from tests.unit.hosts import linux_host, windows_host
from tests.unit.hosts.bad_ports import bad_ports
from tests.unit.hosts.contract_cases import LINUX_CASES, MARKS, Case, flow, meant
from tests.unit.hosts.contract_cases_processes import ORPHAN_CASES, PROCESS_CASES
from tests.unit.hosts.contract_cases_windows import POWERSHELL_CASES, WINDOWS_CASES
from tests.unit.hosts.contract_check import CONTRACT, check
from tests.unit.hosts.places import PWSH, Job, Linux, Place, PowerShell, Twin

_SLACK_SECONDS = 20
"""What PowerShell takes to start on a busy machine."""


def test_a_step_is_sent_with_what_was_said_and_no_more() -> None:
    assert do.tail("/x", 3) == do.tail("/x", lines=3, encoding="utf-8") == {"do": "tail", "path": "/x", "lines": 3}
    assert do.linux_access(("/x",)) == {"do": "access", "paths": ["/x"]}
    assert always(optional(do.remove("/x"))) == {"do": "remove", "path": "/x", "always": True, "optional": True}
    with pytest.raises(TypeError):
        do.remove("/x", mode="1")  # type: ignore[call-arg]


def test_what_the_drivers_tests_say_of_a_host_is_what_it_can_say() -> None:
    visits = (
        (WINDOWS, windows_observe(replace(windows_host.WANTED, firewall=True)), windows_host.BARE),
        (LINUX, linux_observe(replace(linux_host.WANTED, firewall=True)), linux_host.BARE),
    )
    for system, steps, bare in visits:
        told = {name: value for name, value in bare.items() if not isinstance(value, Exception)}
        assert told.keys() <= steps.keys()
        assert [name for name, value in told.items() if not fits(value, CONTRACT["steps"][system][steps[name]["do"]]["value"])] == []


def test_no_step_is_built_anywhere_else() -> None:
    rooms = (ROOT / "plugins/plugin_utils").rglob("*.py")
    assert [path.name for path in rooms if '"do":' in path.read_text(encoding="utf-8")] == ["step.py"]


def test_the_linux_runner_keeps_the_contract(shared: list[Case], tmp_path: Path) -> None:
    check(Linux(tmp_path), [*shared, *PROCESS_CASES, *ORPHAN_CASES, *LINUX_CASES])


def test_the_labs_twin_keeps_the_contract(shared: list[Case]) -> None:
    carried_out = check(Twin(), [*shared, *PROCESS_CASES, *WINDOWS_CASES])
    assert carried_out == CONTRACT["steps"][WINDOWS].keys() - {"start", "steady"}


@pytest.mark.skipif(PWSH is None, reason="there is no pwsh on this machine: batch.ps1 was not run")
@pytest.mark.parametrize("like51", [False, True])
def test_batch_ps1_keeps_the_contract(shared: list[Case], like51: bool, tmp_path: Path) -> None:
    in_time = () if like51 else (*PROCESS_CASES, *ORPHAN_CASES)
    carried_out = check(PowerShell(tmp_path, like51), [*shared, *in_time, *WINDOWS_CASES, *POWERSHELL_CASES])
    assert carried_out == CONTRACT["steps"][WINDOWS].keys()


def check_bad_ports(place: Place, ports: dict[str, int], seconds: int) -> None:
    """See that each way to present no certificate is told in its own words, within the seconds that this place has for all of it."""
    if place.system == LINUX:
        ports.pop("tls 1.3 only")  # there .NET speaks it too, so this port presents its certificate
    started = time.monotonic()
    steps = [optional(do.certificate("127.0.0.1", port, wait=0)) for port in ports.values()]
    (found,) = place.carry_out([Job(steps)])
    told = {kind: answer["error"].replace(str(port), "P") for (kind, port), answer in zip(ports.items(), found, strict=True)}
    assert told.pop("mute") == told.pop("drips") == f"127.0.0.1:P ended no TLS handshake within {seconds} seconds"
    assert len(set(told.values())) == len(told)
    assert all(text.startswith("127.0.0.1:P and this machine agreed on no TLS: ") for text in told.values())
    assert time.monotonic() - started < 2 * seconds + _SLACK_SECONDS


def test_the_linux_runner_says_why_a_port_presents_no_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(port, "_ANSWER_SECONDS", 2)
    with bad_ports() as ports:
        check_bad_ports(Linux(tmp_path), ports, 2)


def test_the_twin_says_why_a_port_presents_no_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schannel, "_ANSWER_SECONDS", 2)
    with bad_ports() as ports:
        check_bad_ports(Twin(), ports, 2)


@pytest.mark.skipif(PWSH is None, reason="there is no pwsh on this machine: batch.ps1 was not run")
def test_batch_ps1_says_why_a_port_presents_no_certificate(tmp_path: Path) -> None:
    with bad_ports() as ports:
        check_bad_ports(PowerShell(tmp_path, patience=4), ports, 4)


@pytest.mark.parametrize("name", ["twin", pytest.param("batch.ps1", marks=pytest.mark.skipif(PWSH is None, reason="there is no pwsh"))])
def test_a_look_at_a_port_leaves_no_trace_but_that_of_a_server_who_asks_for_a_thumbprint(name: str, tmp_path: Path) -> None:
    said: list[str] = []
    with contextlib.closing(Listener("127.0.0.1", 0, generate(), frozenset(), lambda level, message: said.append(message))) as listener:
        place = Twin() if name == "twin" else PowerShell(tmp_path)
        place.carry_out([Job([do.certificate("127.0.0.1", listener.port, wait=0)])])
    assert [message.partition(":")[0] for message in said] == ["Listener started", "Accepted TCP client"]


@given(chosen=st.lists(st.sampled_from(MARKS), max_size=8).filter(lambda chosen: not any("exits" in how for how, _a, _b in chosen)))
def test_any_list_of_steps_goes_the_same_way_on_linux_and_in_the_twin(chosen: list[tuple[str, bool, bool]], tmp_path_factory: Any) -> None:
    for place in (Linux(tmp_path_factory.getbasetemp()), Twin()):
        assert place.carry_out([Job(flow(place, chosen))]) == [meant(chosen)]
