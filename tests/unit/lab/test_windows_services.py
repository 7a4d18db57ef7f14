"""The virtual service manager is as slow and as stubborn as the real one."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.lab.machine import Service, ServiceError, User
from tests.lab.windows.batch import Batch
from tests.lab.windows.host import SYSTEM_USER, WindowsHost
from tests.lab.windows.services import Services

NAME = "OctopusDeploy Tentacle"
PROGRAM = "C:\\Program Files\\Tentacle.exe"


class Program:
    """A service's program: counts how often it runs, and dies at once when it is told to."""

    def __init__(self) -> None:
        self.running = 0
        self.dies = False

    def launch(self, service: Service) -> Callable[[], None]:
        if self.dies:
            raise ServiceError("The process terminated unexpectedly.", 1067)
        self.running += 1
        return self.stop

    def stop(self) -> None:
        self.running -= 1


def services(program: Program, *, lag: float = 0.0) -> Services:
    found = Services(program.launch, lambda account: account.lower() in ("localsystem", "corp\\svc", "corp\\gmsa$"), lambda what: lag)
    found.create(Service(NAME, "x.exe"))
    return found


def test_names_have_no_case_and_starting_twice_starts_once() -> None:
    program = Program()
    found = services(program)
    found.start(NAME.upper())
    found.start(NAME)
    assert (found.query(NAME).state, program.running) == ("Running", 1)


def test_a_slow_service_is_pending_before_it_runs_and_before_it_has_stopped() -> None:
    program = Program()
    found = services(program, lag=0.1)
    found.start(NAME)
    assert (found.query(NAME).state, program.running) == ("Start Pending", 0)
    assert found.wait(NAME, "Running", 5).state == "Running"
    found.stop(NAME)
    assert (found.query(NAME).state, program.running) == ("Stop Pending", 1)
    assert found.wait(NAME, "Stopped", 5).state == "Stopped"
    assert program.running == 0


def test_a_slow_service_that_dies_is_found_stopped() -> None:
    program = Program()
    program.dies = True
    found = services(program, lag=0.05)
    found.start(NAME)
    assert found.wait(NAME, "Stopped", 5).state == "Stopped"


def test_a_destroyed_machine_starts_nothing_any_more() -> None:
    program = Program()
    found = services(program, lag=0.05)
    found.start(NAME)
    found.stop_all()
    assert found.wait(NAME, "Running", 0.2).state == "Stopped"
    assert program.running == 0


def test_a_service_that_runs_is_deleted_when_it_stops() -> None:
    found = services(Program())
    found.start(NAME)
    found.delete(NAME)
    assert found.query(NAME).state == "Running"
    with pytest.raises(ServiceError, match="marked for deletion"):
        found.create(Service(NAME, "y.exe"))
    found.stop(NAME)
    assert found.names() == []
    found.create(Service(NAME, "y.exe"))


@pytest.mark.parametrize(
    ("account", "password", "code"),
    [("CORP\\svc", None, 1069), ("CORP\\svc", "secret", 0), ("CORP\\gmsa$", None, 0), ("CORP\\nobody", "x", 1057)],
)
def test_an_account_must_be_known_and_a_users_password_given(account: str, password: str | None, code: int) -> None:
    found = services(Program())
    try:
        found.configure(NAME, account=account, password=password)
        found.start(NAME)
    except ServiceError as error:
        assert error.code == code
    else:
        assert code == 0


def test_a_disabled_service_does_not_start() -> None:
    found = services(Program())
    found.configure(NAME, start_mode="Disabled")
    with pytest.raises(ServiceError, match="disabled"):
        found.start(NAME)


def test_nobody_waits_for_a_service_that_has_died() -> None:
    host = WindowsHost("win01", "127.0.0.1")
    host.services.create(Service(NAME, "x.exe"))
    host.faults["slow_start"] = 0.1
    started = time.monotonic()
    assert step(host, do="start", timeout=30) == {"error": f"the service '{NAME}' is Stopped after 0 seconds, not Running"}
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("query", [False, True])
def test_a_process_that_takes_too_long_is_killed_before_it_has_done_its_work(query: bool) -> None:
    host = WindowsHost("win01", "127.0.0.1")
    host.files.write(PROGRAM, b"MZ")
    host.executables[PROGRAM.lower()] = "9.2.4304"
    call = {"do": "query" if query else "run", "file": PROGRAM, "arguments": ["create-instance", "--instance=a", "--config=C:\\a.config"]}
    host.faults["slow_process"] = 0.2
    killed = {"error": "the process did not end within 0.1 seconds and was killed"}
    assert step(host, **call) == killed
    assert not host.files.exists("C:\\a.config")
    assert step(host, **call, timeout=20)["value"]["rc"] == 0
    assert host.files.exists("C:\\a.config")


@pytest.mark.parametrize("content", ["A", "!!!!", "QUJD*"])
def test_what_is_no_base64_is_not_written(content: str) -> None:
    host = WindowsHost("win01", "127.0.0.1")
    assert "error" in step(host, do="write", path="C:\\x", content=content)
    assert not host.files.exists("C:\\x")
    assert step(host, do="write", path="C:\\x", content="QU\r\nJD") == {"value": None}
    assert host.files.read("C:\\x") == b"ABC"


def step(host: WindowsHost, **step: Any) -> dict[str, Any]:
    answers: list[dict[str, Any]] = json.loads(
        Batch(host, User(SYSTEM_USER), {}, check_mode=False).run([{"name": NAME, "timeout": 0.1, **step}])
    )
    return answers[0]


def test_the_batch_waits_for_a_slow_service_as_long_as_it_may() -> None:
    host = WindowsHost("win01", "127.0.0.1")
    host.services.create(Service(NAME, "x.exe"))
    host.faults["slow_start"] = 60
    assert step(host, do="start") == {"error": f"the service '{NAME}' is StartPending after 0 seconds, not Running"}
    host.services.stop_all()
    host.faults["slow_start"] = 0
    assert step(host, do="start") == {"error": "The system cannot find the file specified."}
