"""The Tentacle agent: what the service runs (tentacle.md 1.15, 8.1)."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from ..machine import Machine, Process, User
from .certificates import Identity, generate, store_identity, stored_identity
from .commands.agent import AgentCommand
from .commands.show import DEFAULT_LISTENING_PORT
from .configuration import LISTEN_IP, NO_LISTEN, POLLING_CONNECTIONS, PORT
from .console import Console, Level, level_of
from .context import Context
from .errors import PORT_IN_USE, ControlledFailure, UnexpectedError
from .listener import Listener
from .paths import Paths
from .program import NEWEST_VERSION, ExitCode, open_context, say_unexpected, take_host_options
from .trust import ACTIVE, NONE, PASSIVE, TrustedServer, load_trust, save_trust

_SYSTEM = User("SYSTEM")


class AgentFailed(Exception):
    """The agent's process has ended: `exit_code`, and `str()` is what it wrote to stderr."""

    def __init__(self, exit_code: int, message: str) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@dataclass
class Agent:
    """A running agent, with the configuration that it started with: later changes on disk do not reach it."""

    identity: Identity
    servers: tuple[TrustedServer, ...]
    port: int
    listener: Listener | None = None

    @classmethod
    def start(cls, machine: Machine, command_line_arguments: list[str], *, version: str = NEWEST_VERSION) -> Agent:
        """Start the agent of a service's command line, given without the program: ``run --instance=X --noninteractive``.

        It makes a certificate when there is none, and opens its port. Raises AgentFailed when the process would end.
        """
        cwd = r"C:\Windows\system32" if machine.platform == "windows" else "/"
        process = Process(machine, _SYSTEM, cwd, list(command_line_arguments))
        paths = Paths.of(process)
        console = Console(machine.files, paths, level_of(paths), stdout_enabled=False)
        try:
            return cls._start(process, console, paths, version)
        except ControlledFailure as error:
            console.fatal(str(error))
            raise AgentFailed(ExitCode.ControlledFailure.value, console.stderr) from error
        except UnexpectedError as error:
            say_unexpected(console, error)
            raise AgentFailed(ExitCode.GeneralException.value, console.stderr) from error
        except OSError as error:
            say_unexpected(console, UnexpectedError.of(error))
            raise AgentFailed(ExitCode.GeneralException.value, console.stderr) from error
        finally:
            console.flush()

    @classmethod
    def _start(cls, process: Process, console: Console, paths: Paths, version: str) -> Agent:
        context = open_context(process, console, paths, version, process.arguments)
        command = AgentCommand(context)
        command.unrecognized(command.options.parse(take_host_options(process.arguments[1:], context)))
        _ = context.instance
        return cls.of(context)

    @classmethod
    def of(cls, context: Context) -> Agent:
        """Start the agent of the instance that is loaded. Raises UnexpectedError and OSError, as commands do."""
        if context.faults.get("agent_dies"):
            raise UnexpectedError("Unable to start the agent.")
        agent = cls(_own_identity(context), tuple(_read_trust(context)), context.configuration.get_int(PORT, DEFAULT_LISTENING_PORT))
        if not context.faults.get("agent_closed_port"):
            agent._listen(context)
        return agent

    def _listen(self, context: Context) -> None:
        if context.configuration.get_bool(NO_LISTEN):
            context.console.info("Agent will not listen on any TCP ports")
            return
        address = context.machine.bind_address(context.configuration.get(LISTEN_IP))
        try:
            self.listener = Listener(address, self.port, self.identity, frozenset(self.trust), _connection_log(context))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise _port_in_use(context.machine) from error
        self.port = self.listener.port
        context.console.info(f"Agent listening on: {f'[{address}]' if ':' in address else address}:{self.port}")

    @property
    def listening(self) -> bool:
        return self.listener is not None

    @property
    def thumbprint(self) -> str:
        return self.identity.thumbprint

    @property
    def trust(self) -> tuple[str, ...]:
        """The trusted thumbprints, in upper case: a listener compares them ignoring case."""
        return tuple(server.thumbprint.upper() for server in self.servers)

    def stop(self) -> None:
        """End the process: the port closes, and so does every connection."""
        if self.listener is not None:
            self.listener.close()
            self.listener = None


def _port_in_use(machine: Machine) -> UnexpectedError:
    """Make the exception of a port that is taken; the product's knowledge base knows the words of Windows alone."""
    kind = "System.Net.Sockets.SocketException"
    if machine.platform == "windows":
        message = "Only one usage of each socket address (protocol/network address/port) is normally permitted."
        return UnexpectedError(message, kind, PORT_IN_USE)
    return UnexpectedError("Address already in use", kind)


def _own_identity(context: Context) -> Identity:
    identity = stored_identity(context.configuration)
    if identity is None:
        identity = generate()
        store_identity(context.configuration, identity)
        context.console.info("A new certificate has been generated and installed as none were yet available. Thumbprint:")
        context.console.info(identity.thumbprint)
    return identity


def _read_trust(context: Context) -> list[TrustedServer]:
    """Read the trusted servers, say them, and mend those without a style when listening."""
    servers = load_trust(context.configuration)
    if not servers:
        context.console.info("The agent is not configured to trust any Octopus Servers.")
    for server in servers:
        context.console.info(f"Agent will trust Octopus Servers with the thumbprint: {server.thumbprint}")
    for server in servers:
        if server.style == ACTIVE and server.address:
            _say_polling(context, server)
    unstyled = [server for server in servers if server.style == NONE]
    if unstyled and not context.configuration.get_bool(NO_LISTEN):
        servers = [replace(server, style=PASSIVE) if server.style == NONE else server for server in servers]
        save_trust(context.configuration, servers)
        for server in unstyled:
            context.console.info(f"Fixed communication style for: {server.thumbprint}")
    return servers


def _say_polling(context: Context, server: TrustedServer) -> None:
    """Say which server would be polled; the poller itself is not emulated yet."""
    count = context.configuration.get_int(POLLING_CONNECTIONS, 1)
    context.console.info(
        f"Agent will poll Octopus Server at {server.address} for subscription {server.subscription_id} expecting thumbprint "
        f"{server.thumbprint}"
    )
    context.console.info(f"Starting {count} polling connections")


def _connection_log(context: Context) -> Callable[[Level, str], None]:
    """Return what the listener's threads log with: a line reaches the disk at once."""
    lock = threading.Lock()

    def log(level: Level, message: str) -> None:
        with lock:
            context.console.log(level, message)
            context.console.flush()

    return log
