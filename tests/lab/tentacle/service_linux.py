"""Tentacle as a systemd service: what `service` does through bash, sudo and systemctl (tentacle.md 6.2).

Checked against Startup/LinuxServiceConfigurator.cs and Util/SystemCtlHelper.cs of OctopusTentacle at a321dc6c. Nothing reloads
systemd: enabling a unit does so by itself, and a unit that is changed or deleted behind systemd's back stays as systemd knows it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ..machine import Result, posix_of
from .context import Context
from .errors import ControlledFailure, UnexpectedError
from .paths import executable_of
from .service_state import DESCRIPTION, ServiceState

_BASH = "/bin/bash"
_NEEDS_ELEVATION = ("Interactive authentication required", "Failed to", "Access denied", "Permission denied")
_UNNAMED = "OctopusDeploy-Tentacle"

_UNIT = """\
[Unit]
Description={description}
After={after}

[Service]
Type=simple
User={user}
ExecStart={executable} run {identifier} --noninteractive
Restart=always

[Install]
WantedBy=multi-user.target
"""


def unit_name(instance: str | None) -> str:
    """Return the name of an instance's unit, in the case of its instance: slashes go, blanks become dashes."""
    return _UNNAMED if instance is None else re.sub(r"\s+", "-", instance.replace("/", ""))


@dataclass(frozen=True)
class LinuxService:
    """The unit of an instance, None for one without a name; its process knows it by `identifier`, in the unit without quotes."""

    context: Context
    instance: str | None
    identifier: str

    def apply(self, wanted: ServiceState) -> None:
        """Carry out what is asked for, in the product's order whatever the order of the options.

        Raises ControlledFailure for what the system lacks, and UnexpectedError for a unit that cannot be written. What systemctl refuses
        is said, and is no failure.
        """
        self._require()
        if wanted.restart:
            self._restart()
        if wanted.stop:
            self._stop()
        if wanted.uninstall:
            self._uninstall()
        if wanted.install:
            self._install(wanted)
        if wanted.reconfigure:
            self._reconfigure(wanted)
        if wanted.start:
            self._start()

    @property
    def name(self) -> str:
        return unit_name(self.instance)

    @property
    def _unit_file(self) -> str:
        return f"/etc/systemd/system/{self.name}.service"

    def _require(self) -> None:
        """Insist on bash, on a sudo that asks for nothing, for root too, and on systemd."""
        if not self.context.machine.files.exists(_BASH):
            raise ControlledFailure("Could not detect bash. bash is required to run tentacle.")
        if self._bash("sudo -vn 2> /dev/null").rc != 0:
            raise ControlledFailure("Requires elevated privileges. Please run command as sudo.")
        if self._bash("command -v systemctl >/dev/null").rc != 0:
            raise ControlledFailure("Could not detect systemd. systemd is required to run Tentacle as a service")

    def _restart(self) -> None:
        console = self.context.console
        console.info(f"Restarting service: {self.name}")
        if self._systemctl("restart", console.warn):
            console.info("Service has been restarted")
        else:
            console.error("The service could not be restarted")

    def _stop(self) -> None:
        console = self.context.console
        console.info(f"Stopping service: {self.name}")
        if self._systemctl("stop", console.warn):
            console.info("Service stopped")
        else:
            console.error("The service could not be stopped")

    def _start(self) -> None:
        console = self.context.console
        if self._systemctl("start", console.error):
            console.info(f"Service started: {self.name}")
        else:
            console.error(f"Could not start the systemd service: {self.name}")

    def _uninstall(self) -> None:
        self.context.console.info(f"Removing systemd service: {self.name}")
        with self._saying_failure(f"Could not remove the systemd service: {self.name}"):
            self._remove()
            self.context.console.info("Service uninstalled")

    def _install(self, wanted: ServiceState) -> None:
        with self._saying_failure(f"Could not install the systemd service: {self.name}"):
            self._add(wanted)

    def _reconfigure(self, wanted: ServiceState) -> None:
        self.context.console.info(f"Attempting to remove old service: {self.name}")
        with self._saying_failure(f"Could not reconfigure the systemd service: {self.instance or ''}"):
            self._remove()
            self._add(wanted)

    def _remove(self) -> None:
        self._systemctl("stop", self.context.console.warn)
        self._systemctl("disable", self.context.console.warn)
        if self.context.machine.files.exists(self._unit_file):
            self.context.machine.files.delete(self._unit_file)

    def _add(self, wanted: ServiceState) -> None:
        """Write the unit, over one that is there, and enable it; whether that worked is not looked at."""
        self.context.machine.files.write(self._unit_file, self._unit(wanted).encode())
        changed = self._bash(f"chmod 644 {self._unit_file}")
        if changed.rc != 0:
            raise UnexpectedError(f"Exception of type 'Octopus.Tentacle.Util.CommandLineException' was thrown. Exit code: {changed.rc}")
        self._systemctl("enable", self.context.console.error)
        self.context.console.info(f"Service installed: {self.name}")

    def _unit(self, wanted: ServiceState) -> str:
        extra = f" {wanted.depend_on}" if wanted.depend_on.strip() else ""
        return _UNIT.format(
            description=DESCRIPTION,
            after=f"network.target{extra}",
            user="root" if wanted.username is None else wanted.username,
            executable=executable_of(self.context.process),
            identifier=self.identifier,
        )

    @contextmanager
    def _saying_failure(self, what: str) -> Iterator[None]:
        """Say what failed before the process ends of it."""
        try:
            yield
        except OSError as error:
            unexpected = UnexpectedError.of(error)
            self.context.console.error(f"{what}\n{unexpected.kind}: {unexpected}")
            raise unexpected from error
        except UnexpectedError as error:
            self.context.console.error(f"{what}\n{error.kind}: {error}")
            raise

    def _systemctl(self, verb: str, say_failure: Callable[[str], None]) -> bool:
        """Run systemctl, once more with sudo when it failed in words that may mean missing rights; tell whether it worked."""
        command = f"systemctl {verb} {self.name}"
        result = self._bash(command)
        if result.rc != 0 and any(word in result.stderr for word in _NEEDS_ELEVATION):
            self.context.console.info(f"Permission denied. Retrying '{command}' with sudo...")
            command = f"sudo {command}"
            result = self._bash(command)
        if result.rc == 0:
            return True
        say_failure(f"The command '{command}' failed with exit code: {result.rc}")
        for line in result.stderr.splitlines():
            say_failure(line)
        return False

    def _bash(self, command: str) -> Result:
        return posix_of(self.context.machine).execute([_BASH, "-c", command])
