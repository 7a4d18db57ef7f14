"""The service manager of a virtual Windows host."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from ..machine import Service, ServiceError

BUILT_IN = ("localsystem", "nt authority\\system", "nt authority\\networkservice", "nt authority\\localservice")


class Services:
    """Services by name. `launch` starts a service's process and returns what stops it; it raises ServiceError."""

    def __init__(self, launch: Callable[[Service], Callable[[], None]], knows_account: Callable[[str], bool]) -> None:
        self._launch = launch
        self._knows_account = knows_account
        self._services: dict[str, Service] = {}
        self._stops: dict[str, Callable[[], None]] = {}
        self._passwords: dict[str, str | None] = {}
        self._pids = itertools.count(2000, 4)
        self._lock = threading.RLock()

    def names(self) -> list[str]:
        return sorted(service.name for service in self._services.values())

    def query(self, name: str) -> Service:
        return self._services[name.lower()]

    def create(self, service: Service) -> None:
        if service.name.lower() in self._services:
            raise ServiceError("[SC] CreateService FAILED 1073: The specified service already exists.", 1073)
        self._services[service.name.lower()] = service

    def delete(self, name: str) -> None:
        self.stop(name)
        del self._services[name.lower()]

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
        with self._lock:
            service = self.query(name)
            if service.state != "Stopped":
                return
            try:
                self._log_on(service)
                self._stops[name.lower()] = self._launch(service)
            except ServiceError as error:
                raise ServiceError(f"Cannot start service '{service.name}' on computer '.'. {error}", error.code) from error
            self._services[name.lower()] = replace(service, state="Running", pid=next(self._pids))

    def stop(self, name: str) -> None:
        with self._lock:
            service = self.query(name)
            stop = self._stops.pop(name.lower(), None)
            if stop is not None:
                stop()
            self._services[name.lower()] = replace(service, state="Stopped", pid=0)

    def stop_all(self) -> None:
        """Stop everything, as a machine does that is destroyed."""
        for name in self.names():
            self.stop(name)

    def _log_on(self, service: Service) -> None:
        """A domain user needs a password; a gMSA (its name ends with a dollar sign) and built-in accounts do not."""
        account = service.account.lower()
        if account in BUILT_IN or account.endswith("$"):
            return
        if not self._passwords.get(service.name.lower()):
            raise ServiceError("The service did not start due to a logon failure.", 1069)
