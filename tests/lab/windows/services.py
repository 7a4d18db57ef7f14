"""The service manager of a virtual Windows host."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from ..machine import Service, ServiceError

BUILT_IN = ("localsystem", "nt authority\\system", "nt authority\\networkservice", "nt authority\\localservice")


class Services:
    """Services by name. `launch` starts a service's process and returns what stops it; it raises ServiceError.

    `lag` says how many seconds a service is pending when it is told to `start` or `stop`.
    """

    def __init__(
        self,
        launch: Callable[[Service], Callable[[], None]],
        knows_account: Callable[[str], bool],
        lag: Callable[[Literal["start", "stop"]], float] = lambda what: 0.0,
    ) -> None:
        self._launch = launch
        self._lag = lag
        self._knows_account = knows_account
        self._services: dict[str, Service] = {}
        self._stops: dict[str, Callable[[], None]] = {}
        self._passwords: dict[str, str | None] = {}
        self._marked_for_deletion: set[str] = set()
        self._pids = itertools.count(2000, 4)
        self._lock = threading.RLock()

    def names(self) -> list[str]:
        return sorted(service.name for service in self._services.values())

    def query(self, name: str) -> Service:
        return self._services[name.lower()]

    def create(self, service: Service) -> None:
        if service.name.lower() in self._marked_for_deletion:
            raise ServiceError("[SC] CreateService FAILED 1072: The specified service has been marked for deletion.", 1072)
        if service.name.lower() in self._services:
            raise ServiceError("[SC] CreateService FAILED 1073: The specified service already exists.", 1073)
        self._services[service.name.lower()] = service

    def delete(self, name: str) -> None:
        """Delete a service; one that runs is marked, and gone when it stops."""
        with self._lock:
            if self.query(name).state == "Stopped":
                del self._services[name.lower()]
            else:
                self._marked_for_deletion.add(name.lower())

    def configure(
        self,
        name: str,
        *,
        account: str | None = None,
        password: str | None = None,
        command_line: str | None = None,
        start_mode: Literal["Auto", "Manual", "Disabled"] | None = None,
        depends_on: tuple[str, ...] | None = None,
    ) -> None:
        service = self.query(name)
        if account is not None and not self._knows_account(account):
            raise ServiceError("[SC] ChangeServiceConfig FAILED 1057: The account name is invalid or does not exist.", 1057)
        self._services[name.lower()] = replace(
            service,
            account=account or service.account,
            command_line=command_line or service.command_line,
            start_mode=start_mode or service.start_mode,
            depends_on=service.depends_on if depends_on is None else depends_on,
        )
        if account is not None:
            self._passwords[name.lower()] = password

    def start(self, name: str) -> None:
        """Start a service, or let it be pending for a while. Raises ServiceError with the words of Windows for the error's code."""
        with self._lock:
            service = self.query(name)
            if service.state != "Stopped":
                return
            if service.start_mode == "Disabled":
                raise ServiceError("The service cannot be started, because it is disabled.", 1058)
            self._log_on(service)
            if not self._later(service, "start", self._run):
                self._run(name)

    def stop(self, name: str) -> None:
        """Stop a service, or let it be pending for a while."""
        with self._lock:
            service = self.query(name)
            if service.state != "Stop Pending" and not self._later(service, "stop", self._end):
                self._end(name)

    def wait(self, name: str, state: str, seconds: float) -> Service:
        """Wait until a service is in a state, or no longer than `seconds`; return how it is then.

        One that is to run and has stopped has died as it started: there is nothing left to wait for.
        """
        until = time.monotonic() + seconds
        while True:
            service = self.query(name)
            died = state == "Running" and service.state == "Stopped"
            if service.state == state or died or time.monotonic() >= until:
                return service
            time.sleep(0.05)

    def stop_all(self) -> None:
        """Stop everything at once, as a machine does that is destroyed."""
        for name in self.names():
            self._end(name)

    def _later(self, service: Service, what: Literal["start", "stop"], act: Callable[[str], None]) -> bool:
        """Make a service pending and act when its time is over; return False when it acts at once."""
        seconds = self._lag(what)
        if seconds <= 0 or (what == "stop" and service.state == "Stopped"):
            return False
        pending = replace(service, state="Start Pending" if what == "start" else "Stop Pending")
        self._services[service.name.lower()] = pending

        def when_due() -> None:
            with self._lock, contextlib.suppress(ServiceError):
                if self._services.get(service.name.lower()) is pending:
                    act(service.name)

        timer = threading.Timer(seconds, when_due)
        timer.daemon = True
        timer.start()
        return True

    def _run(self, name: str) -> None:
        service = self.query(name)
        try:
            self._stops[name.lower()] = self._launch(service)
        except ServiceError:
            self._services[name.lower()] = replace(service, state="Stopped")
            raise
        self._services[name.lower()] = replace(service, state="Running", pid=next(self._pids))

    def _end(self, name: str) -> None:
        with self._lock:
            service = self.query(name)
            stop = self._stops.pop(name.lower(), None)
            if stop is not None:
                stop()
            self._services[name.lower()] = replace(service, state="Stopped", pid=0)
            if name.lower() in self._marked_for_deletion:
                self._marked_for_deletion.discard(name.lower())
                del self._services[name.lower()]

    def _log_on(self, service: Service) -> None:
        """A domain user needs a password; a gMSA (its name ends with a dollar sign) and built-in accounts do not."""
        account = service.account.lower()
        if account in BUILT_IN or account.endswith("$"):
            return
        if not self._passwords.get(service.name.lower()):
            raise ServiceError("The service did not start due to a logon failure.", 1069)
