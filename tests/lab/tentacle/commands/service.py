"""service, watchdog and checkservices (tentacle.md 6)."""

from __future__ import annotations

import re

from ...machine import ServiceError, windows_of
from ..command import Command
from ..context import Context
from ..errors import ControlledFailure, UnexpectedError
from ..options import parse_int
from ..paths import executable_of
from ..service_linux import LinuxService
from ..service_state import ServiceState
from ..service_windows import WindowsService, require_elevation, service_name
from ..watchdog import delete_watchdog, write_watchdog

_WINDOWS_ONLY = "This command is only supported on Windows."
_USER_DESCRIPTION = (
    "Username to run the service under (DOMAIN\\Username format for Windows). Only used when --install or --reconfigure are used.  "
    "Can also be passed via an environment variable OCTOPUS_SERVICE_USERNAME. Defaults to 'root' for Systemd services."
)
_PASSWORD_DESCRIPTION = (
    "Password for the username specified with --username. Only used when --install or --reconfigure are used. "
    "Can also be passed via an environment variable OCTOPUS_SERVICE_PASSWORD."
)


class ServiceCommand(Command):
    name = "service"
    description = "Start, stop, install and configure the Tentacle service"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.instance = ""
        self.wanted = ServiceState(
            username=context.paths.variable("OCTOPUS_SERVICE_USERNAME"),
            password=context.paths.variable("OCTOPUS_SERVICE_PASSWORD") or "",
        )
        self._flag("start", "Start the service if it is not already running")
        self._flag("stop", "Stop the service if it is running")
        self._flag("restart", "Restart the service if it is running")
        self._flag("reconfigure", "Reconfigure the service")
        self._flag("install", "Install the service")
        self.options.add("username=|user=", _USER_DESCRIPTION, lambda value: setattr(self.wanted, "username", value))
        self._flag("uninstall", "Uninstall the service")
        self.options.add("password=", _PASSWORD_DESCRIPTION, lambda value: setattr(self.wanted, "password", value), sensitive=True)
        self.options.add("dependOn=", "", lambda value: setattr(self.wanted, "depend_on", value))
        self.options.add(
            "instance=", "Name of the instance to use, or * to use all instances", lambda value: setattr(self, "instance", value)
        )

    def _flag(self, name: str, description: str) -> None:
        self.options.add(name, description, lambda _: setattr(self.wanted, name, True))

    def run(self) -> None:
        if self.instance == "*":
            self._run_for_all()
            return
        instance = self.context.instance
        if instance.name is not None:
            self._apply(instance.name, "instance", instance.name)
            return
        if self.wanted.install or self.wanted.reconfigure:
            self.console.warn(
                "Please note, currently there can only be one un-named instance configured as a service on a machine at a time."
            )
        self._apply(None, "config", instance.configuration_path)

    def _run_for_all(self) -> None:
        if self.wanted.reconfigure or self.wanted.install or self.wanted.uninstall:
            raise ControlledFailure("--instance=* can only be used for --start, --stop, and --restart flags")
        failures: list[str] = []
        for instance in self.context.index.all():
            try:
                self._apply(instance.name, "instance", instance.name or "")
            except (ControlledFailure, UnexpectedError) as error:
                failures.append(str(error))
        if failures:
            text = " ".join(f"({failure})" for failure in failures)
            raise UnexpectedError(f"One or more errors occurred. {text}", "System.AggregateException")

    def _apply(self, instance: str | None, option: str, value: str) -> None:
        if self.context.machine.platform == "windows":
            WindowsService(self.context, service_name(instance), f'--{option}="{value}"').apply(self.wanted)
        else:
            LinuxService(self.context, instance, f"--{option}={value}").apply(self.wanted)


class WatchdogCommand(Command):
    name = "watchdog"
    description = "Configure a scheduled task to monitor the Tentacle service(s)"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.create = self.delete = False
        self.interval = 5
        self.instances = "*"
        self.options.add("create", "Create the watchdog task for the given instances", lambda _: self._choose("create", "Creating"))
        self.options.add("delete", "Delete the watchdog task for the given instances", lambda _: self._choose("delete", "Removing"))
        self.options.add(
            "interval=", "The interval, in minutes, at which that the service(s) should be checked (default: 5)", self._set_interval
        )
        self.options.add(
            "instances=",
            "Comma separated list of instances to be checked, or * to check all instances (default: *)",
            lambda value: setattr(self, "instances", ",".join(dict.fromkeys(re.split("[,;]", value)))),
        )

    def _choose(self, what: str, word: str) -> None:
        setattr(self, what, True)
        self.console.info(f"{word} watchdog task")

    def _set_interval(self, value: str) -> None:
        self.console.info(f"Setting watchdog task interval to {value} minutes")
        self.interval = parse_int(value)

    def run(self) -> None:
        machine = self.context.machine
        if machine.platform != "windows":
            raise ControlledFailure(_WINDOWS_ONLY)
        require_elevation(self.context)
        self.console.info("ApplicationName: Tentacle")
        self.console.info(f"Instances: {self.instances}")
        if self.delete:
            delete_watchdog(machine)
        elif self.create:
            write_watchdog(machine, executable_of(self.context.process), self.instances, self.interval)
        else:
            raise ControlledFailure("Invalid arguments. Please specify either --create or --delete.")


class CheckServicesCommand(Command):
    name = "checkservices"
    description = "Checks the Tentacle instances are running"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.instances: list[str] | None = None
        self.options.add(
            "instances=",
            "Comma-separated list of instances to check, or * to check all instances",
            lambda value: setattr(self, "instances", re.split("[,;]", value)),
        )

    def run(self) -> None:
        if self.instances is None:
            raise ControlledFailure(
                "Use --instances argument to specify which instances to check. Use --instances=* to check all instances."
            )
        if self.context.machine.platform != "windows":
            raise ControlledFailure(_WINDOWS_ONLY)
        require_elevation(self.context)
        for instance in self.context.index.all():
            if self.instances == ["*"] or instance.name in self.instances:
                self._check(service_name(instance.name))

    def _check(self, name: str) -> None:
        services = windows_of(self.context.machine).services
        if name not in services.names() or services.query(name).state in {"Running", "Start Pending"}:
            return
        try:
            services.start(name)
        except ServiceError as error:
            self.console.error(f"Service {name} could not be started - {error}")
            return
        self.console.info(f"Service {name} starting")
        if services.query(name).state == "Running":
            self.console.info(f"Service {name} started")
