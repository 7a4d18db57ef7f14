"""Scripts that a server sends to the emulated Tentacle, beyond the one that was recorded (tests/unit/real/test_halibut.py)."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from tests.lab.halibut.bson import Document
from tests.lab.halibut.messages import request
from tests.lab.machine import Process, Result
from tests.lab.tentacle.console import Console
from tests.lab.tentacle.context import Context
from tests.lab.tentacle.instances import Request
from tests.lab.tentacle.paths import Paths
from tests.lab.tentacle.rpc import SCRIPT_SERVICE, Services
from tests.unit.lab.fake_linux import HOME, ROOT, FakeLinux
from tests.unit.lab.fake_machine import FakeMachine

TICKET = {"TaskId": "abc1"}
COMMAND = {
    "ScriptTicket": TICKET,
    "ScriptBody": "sleep 9",
    "TaskId": "ServerTasks-7",
    "DurationToWaitForScriptToFinish": "00:00:00",
    "Isolation": 1,
    "IsolationMutexName": "m",
    "Arguments": ["a b"],
}
SCRIPT = "/etc/octopus/web1/Work/abc1/Bootstrap.sh"


def services_of(machine: Any) -> Services:
    process = Process(machine, ROOT, HOME, [])
    paths = Paths.of(process)
    return Services.of(Context(process, "9.2.4304", Console(machine.files, paths), paths, Request(name="web1")))


def call(services: Services, method: str, parameter: object) -> Document:
    answer = services.answer(request("https://web1:10933/", "A" * 40, SCRIPT_SERVICE, method, [parameter]))
    assert answer["error"] is None, answer
    result: Document = answer["result"]
    return result


def test_a_script_that_takes_its_time_is_asked_for_again(tmp_path: Path) -> None:
    goes_on = threading.Event()

    def bash(_: str) -> Result:
        goes_on.wait(10)
        return Result(3, "out\n", "err\n")

    machine = FakeLinux(tmp_path, answers=bash).created()
    services = services_of(machine)
    first = call(services, "StartScript", COMMAND)
    assert first["State"] != 2
    assert call(services, "StartScript", COMMAND)["State"] != 2, "the same ticket starts nothing"
    goes_on.set()
    status = first
    lines = list(first["Logs"])
    while status["State"] != 2:
        status = call(services, "GetStatus", {"Ticket": TICKET, "LastLogSequence": status["NextLogSequence"]})
        lines += status["Logs"]
    assert status["ExitCode"] == 3
    assert len(lines) == status["NextLogSequence"]
    assert [line["Text"] for line in lines[-3:]] == ["out", "err", f"Process /bin/bash in {SCRIPT[:-13]} exited with code 3"]
    assert [line["Source"] for line in lines[-3:]] == [0, 1, 2]
    assert machine.executed == [f"cd {SCRIPT[:-13]} && exec /bin/bash Bootstrap.sh 'a b'"]
    assert machine.files.text(SCRIPT) == "sleep 9"
    assert call(services, "CompleteScript", {"Ticket": TICKET}) is None
    assert not machine.files.exists(SCRIPT)
    assert call(services, "GetStatus", {"Ticket": TICKET, "LastLogSequence": 0})["ExitCode"] != 0, "it is forgotten"


@pytest.mark.parametrize("ticket", ["../../etc", "", 7])
def test_a_ticket_names_a_folder_of_its_own(tmp_path: Path, ticket: object) -> None:
    machine = FakeLinux(tmp_path).created()
    wish = request("https://web1:10933/", "A" * 40, SCRIPT_SERVICE, "StartScript", [COMMAND | {"ScriptTicket": {"TaskId": ticket}}])
    assert "ticket" in services_of(machine).answer(wish)["error"]["message"]
    assert machine.executed == []


def test_a_virtual_host_runs_no_scripts() -> None:
    wish = request("https://web1:10933/", "A" * 40, SCRIPT_SERVICE, "StartScript", [COMMAND])
    assert "no scripts" in services_of(FakeMachine().created()).answer(wish)["error"]["message"]
