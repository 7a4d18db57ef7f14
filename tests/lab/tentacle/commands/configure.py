"""configure, set-polling-connection-count, update-trust and clear-trusted-servers (tentacle.md 1.7)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import replace

from ..command import StandardCommand
from ..configuration import APPLICATIONS, HOME, LISTEN_IP, NO_LISTEN, POLLING_CONNECTIONS, PORT
from ..context import Context
from ..errors import ControlledFailure, UnexpectedError, format_error
from ..options import parse_bool, parse_int
from ..trust import PASSIVE, TrustedServer, add_or_update, load_trust, same_address, save_trust, style_name

_COUNT_DESCRIPTION = (
    "The number of polling connections this Tentacle should open to each Octopus Server it polls. Only applies to polling Tentacles."
)


class ConfigureCommand(StandardCommand):
    name = "configure"
    description = "Sets Tentacle settings such as the port number and thumbprints"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.operations: list[tuple[Callable[[str], str], str]] = []
        self.trusted: list[str] = []
        self.removed: list[str] = []
        self.reset = False
        self._queue("home=|homedir=", "Home directory", self._set_home)
        self._queue("app=|appdir=", "Default directory to deploy applications to", self._set_applications)
        self._queue("port=", "TCP port on which Tentacle should listen to connections", self._set_port)
        self._queue("noListen=", "Suppress listening on a TCP port (intended for polling Tentacles only)", self._set_no_listen)
        self._queue("listenIpAddress=", "IP address on which Tentacle should listen. Default: any", self._set_listen_ip)
        if context.features.polling_connection_count:
            self._queue("pollingConnectionCount=", _COUNT_DESCRIPTION, lambda value: set_polling_connections(self.context, value))
        self.options.add("trust=", "The thumbprint of the Octopus Server to trust", self.trusted.append)
        self.options.add("remove-trust=", "The thumbprint of the Octopus Server to remove from the trusted list", self.removed.append)
        self.options.add("reset-trust", "Removes all trusted Octopus Servers", lambda _: setattr(self, "reset", True))

    def _queue(self, prototype: str, description: str, operation: Callable[[str], str]) -> None:
        self.options.add(prototype, description, lambda value: self.operations.append((operation, value)))

    def work(self) -> None:
        """Trust first, then the other options in the order of the command line."""
        self._change_trust()
        for operation, value in self.operations:
            self.console.info(operation(value))
            self.restart_needed = True

    def _change_trust(self) -> None:
        configuration = self.context.configuration
        if self.reset:
            self.console.info("Removing all trusted Octopus Servers...")
            save_trust(configuration, [])
        if self.removed:
            self.console.info(f"Removing {len(self.removed)} trusted Octopus Servers")
            save_trust(configuration, [server for server in load_trust(configuration) if server.thumbprint not in self.removed])
        if self.trusted:
            self.console.info(f"Adding {len(self.trusted)} trusted Octopus Servers")
            for thumbprint in self.trusted:
                save_trust(configuration, add_or_update(load_trust(configuration), TrustedServer(thumbprint, PASSIVE)))
        self.restart_needed = self.reset or bool(self.removed or self.trusted)

    def _set_home(self, value: str) -> str:
        return f"Home directory set to: {self._set_directory(HOME, value)}"

    def _set_applications(self, value: str) -> str:
        return f"Application directory set to: {self._set_directory(APPLICATIONS, value)}"

    def _set_directory(self, key: str, value: str) -> str:
        path = self.context.paths.full(value)
        self.context.machine.files.make_dirs(path)
        self.context.configuration.set(key, path)
        return path

    def _set_port(self, value: str) -> str:
        self.context.configuration.set(PORT, parse_int(value))
        return f"Services listen port: {value}"

    def _set_no_listen(self, value: str) -> str:
        no_listen = parse_bool(value)
        self.context.configuration.set(NO_LISTEN, no_listen)
        return "Tentacle will not listen on a port" if no_listen else "Tentacle will listen on a TCP port"

    def _set_listen_ip(self, value: str) -> str:
        if value.lower() == "any":
            self.context.configuration.set(LISTEN_IP, None)
            return "Listen on any IP address"
        try:
            parsed = ipaddress.ip_address(value)
        except ValueError as error:
            inner = UnexpectedError("Invalid argument", "System.Net.Sockets.SocketException")
            raise format_error("An invalid IP address was specified.", [inner]) from error
        self.context.configuration.set(LISTEN_IP, value)
        return f"Listen on IP address: {parsed}"


class SetPollingConnectionCountCommand(StandardCommand):
    name = "set-polling-connection-count"
    description = "Sets the number of polling connections this Tentacle opens to each Octopus Server it polls"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.count = ""
        self.options.add("pollingConnectionCount=", _COUNT_DESCRIPTION, lambda value: setattr(self, "count", value))

    def work(self) -> None:
        if not self.count.strip():
            raise ControlledFailure("Please specify the number of polling connections, e.g. --pollingConnectionCount=5")
        self.console.info(set_polling_connections(self.context, self.count))
        self.restart_needed = True


def set_polling_connections(context: Context, value: str) -> str:
    """Store the number of polling connections, and return what to say. Raises ControlledFailure."""
    if not re.fullmatch(r"\s*[+-]?[0-9]+\s*", value):
        raise ControlledFailure(
            f"The polling connection count '{value}' is not a valid whole number. Specify a positive integer, "
            "e.g. --pollingConnectionCount=5"
        )
    count = int(value)
    if count < 1:
        raise ControlledFailure(f"The polling connection count must be greater than 0, but was {count}.")
    context.configuration.set(POLLING_CONNECTIONS, count)
    return f"Polling connection count set to: {count}"


class UpdateTrustCommand(StandardCommand):
    name = "update-trust"
    description = (
        "Replaces the trusted Octopus Server thumbprint of any matching polling or listening registrations with a new thumbprint to trust"
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.old = self.new = ""
        self.options.add(
            "oldThumbprint=", "The thumbprint of the old Octopus Server to be replaced", lambda value: setattr(self, "old", value)
        )
        self.options.add("newThumbprint=", "The thumbprint of the new Octopus Server", lambda value: setattr(self, "new", value))

    def work(self) -> None:
        if not self.old.strip():
            raise ControlledFailure("Please specify a thumbprint to replace, e.g., --oldThumbprint=VALUE")
        if not self.new.strip():
            raise ControlledFailure("Please specify a new thumbprint to trust, e.g., --newThumbprint=VALUE")
        self.console.info(f"Updating Octopus servers thumbprint from {self.old} to {self.new}")
        self.console.info(
            f"Finding existing Octopus Server registrations trusting the thumbprint {self.old} and updating them to trust the "
            f"thumbprint {self.new}:"
        )
        servers = load_trust(self.context.configuration)
        save_trust(self.context.configuration, [self._update(server) for server in servers])
        self.restart_needed = True

    def _update(self, server: TrustedServer) -> TrustedServer:
        what = f"{style_name(server.style)} {server.address or ''} {server.thumbprint}"
        if server.thumbprint.lower() != self.old.lower():
            self.console.info(f"Ignoring {what} - does not match old thumbprint")
            return server
        self.console.info(f"Updating {what} - changing to trust {self.new}")
        return replace(server, thumbprint=self.new)


class ClearTrustedServersCommand(StandardCommand):
    name = "clear-trusted-servers"
    description = "Clears trusted servers in the Tentacle Configuration"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.kept: list[str] = []
        self.options.add("keep=", "A comma separated list of Server Comms Addresses to keep as trusted servers", self._keep)

    def _keep(self, value: str) -> None:
        self.kept = [re.sub("^http:", "https:", address.strip()) for address in value.split(",") if address.strip()]

    def work(self) -> None:
        """Keep the servers of the addresses given. A listening server has none, and is stumbled over."""
        servers = load_trust(self.context.configuration)
        if any(server.address is None for server in servers):
            raise UnexpectedError("Object reference not set to an instance of an object.", "System.NullReferenceException")
        kept = [server for server in servers if any(same_address(server.address, address) for address in self.kept)]
        save_trust(self.context.configuration, kept)
