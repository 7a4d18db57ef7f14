"""Tentacle as a Windows service: what `service` does through sc.exe and the service manager (tentacle.md 6.3).

Checked against Startup/WindowsServiceConfigurator.cs of OctopusTentacle at a321dc6c.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..machine import Service, ServiceError, ServiceManager, sleep_of, windows_of
from .context import Context
from .errors import ControlledFailure, UnexpectedError
from .paths import executable_of
from .service_state import DESCRIPTION, ServiceState

_DEPENDENCIES = ("LanmanWorkstation", "TCPIP")
_START_RETRIES = 5
_POLL_SECONDS = 0.3
_POLLS = 152


def service_name(instance: str | None) -> str:
    """Return the name of an instance's service; the default instance's has no suffix."""
    return "OctopusDeploy Tentacle" if instance in {None, "Tentacle"} else f"OctopusDeploy Tentacle: {instance}"


def require_elevation(context: Context) -> None:
    if not context.process.user.elevated:
        raise ControlledFailure(
            "This command requires elevation. Please re-run from an elevated shell / as a user that is a member of the local "
            "administrators group."
        )


@dataclass
class WindowsService:
    """The service of one instance, identified on its command line by `identifier`."""

    context: Context
    name: str
    identifier: str

    @property
    def services(self) -> ServiceManager:
        return windows_of(self.context.machine).services

    def apply(self, wanted: ServiceState) -> None:
        """Carry out what is asked for, in the product's order whatever the order of the options.

        Raises ControlledFailure and UnexpectedError. What sc.exe refuses goes to stderr and is no failure.
        """
        require_elevation(self.context)
        existed = self._exists()
        if wanted.restart and existed:
            self._restart()
        if wanted.stop and existed:
            self._stop()
        if wanted.uninstall and existed:
            self._sc(lambda: self.services.delete(self.name))
            self.context.console.info("Service uninstalled")
        dependencies = self._dependencies(wanted.depend_on)
        if wanted.install:
            self._install(existed, dependencies)
        if wanted.reconfigure or (wanted.install and existed):
            self._reconfigure(dependencies)
        if (wanted.install or wanted.reconfigure) and wanted.username is not None and wanted.username.strip():
            self._set_credentials(wanted.username, wanted.password)
        if wanted.start:
            self._start(known=existed or wanted.install)

    def _exists(self) -> bool:
        return self.name in self.services.names()

    def _query(self) -> Service:
        return self.services.query(self.name)

    @property
    def _command_line(self) -> str:
        return f'"{executable_of(self.context.process)}" run {self.identifier}'

    def _dependencies(self, extra: str) -> tuple[str, ...]:
        if not extra.strip():
            return _DEPENDENCIES
        if extra.lower() not in {name.lower() for name in self.services.names()}:
            raise ControlledFailure(f"Unable to set dependency on service '{extra}' as no service was found with that name.")
        return (*_DEPENDENCIES, extra)

    def _install(self, existed: bool, dependencies: tuple[str, ...]) -> None:
        if not existed:
            service = Service(self.name, self._command_line, description=DESCRIPTION, depends_on=dependencies)
            self._sc(lambda: self.services.create(service))
        self.context.console.info("Service installed")

    def _reconfigure(self, dependencies: tuple[str, ...]) -> None:
        self._sc(lambda: self.services.configure(self.name, depends_on=dependencies, command_line=self._command_line))
        self.context.console.info("Service reconfigured")

    def _set_credentials(self, username: str, password: str) -> None:
        console = self.context.console
        if password.strip():
            console.info(f"Granting log on as a service right to {username}")
            try:
                self.services.configure(self.name, account=username, password=password)
            except ServiceError as error:
                console.error(f"Unable to set username/password on service '{self.name}'. WMI returned {error.code}.")
        else:
            self._sc(lambda: self.services.configure(self.name, account=username))
        console.info("Service credentials set")

    def _sc(self, operation: Callable[[], None]) -> None:
        """Run one call of sc.exe: its refusal is said on stderr, and nothing else."""
        try:
            operation()
        except ServiceError as error:
            self.context.console.error(str(error))
        except KeyError:
            self.context.console.error("[SC] OpenService FAILED 1060:\n\nThe specified service does not exist as an installed service.\n")

    def _restart(self) -> None:
        console = self.context.console
        console.info(f"Restarting service {self.name}")
        if self._stop():
            self._start(known=True)
        else:
            console.info(f"Service {self.name} wasn't restarted as it is not running.")

    def _stop(self) -> bool:
        """Stop a service that runs, and wait for it; return whether it ran and has stopped."""
        console = self.context.console
        if self._query().state in {"Stopped", "Stop Pending"}:
            return False
        console.info("Stopping service...")
        try:
            self.services.stop(self.name)
        except ServiceError as error:
            raise UnexpectedError(
                f"Cannot stop '{self.name}' service on computer '.'. {error}", "System.InvalidOperationException"
            ) from error
        if not self._wait_for("Stopped"):
            console.error("The service could not be stopped")
            return False
        console.info("Service stopped")
        return True

    def _start(self, *, known: bool) -> None:
        if not known or not self._exists():
            raise ControlledFailure(f"Start requested for service {self.name}, but no service with this name was found.")
        state = self._query().state
        if state == "Running":
            return
        if state != "Start Pending":
            self._start_with_retries()
        if not self._wait_for("Running"):
            raise UnexpectedError("Exceeded max retries")
        self.context.console.info("Service started")

    def _start_with_retries(self) -> None:
        """Ask the service manager to start, six times at most. The pauses between are said and not slept: they take 90 s."""
        for attempt in range(1, _START_RETRIES + 2):
            try:
                self.services.start(self.name)
                return
            except ServiceError as error:
                if attempt > _START_RETRIES:
                    message = f"Cannot start service '{self.name}' on computer '.'. {error}"
                    raise UnexpectedError(message, "System.InvalidOperationException") from error
                pause = (attempt + 1) ** 2
                self.context.console.warn(f"Failed to start the windows service. Trying again in...00:00:{pause:02d} ")

    def _wait_for(self, state: str) -> bool:
        """Wait until the service is in a state, 45 s at most.

        A service that is not pending stays as it is on this machine, so waiting for it is said and not slept.
        """
        for _ in range(_POLLS):
            current = self._query().state
            self.context.console.info(f"Waiting for service to become {state}. Current status: {current.replace(' ', '')}")
            if current == state:
                return True
            if current.endswith("Pending"):
                sleep_of(self.context.machine)(_POLL_SECONDS)
        return False
