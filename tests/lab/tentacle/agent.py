"""The Tentacle agent: what the service runs (tentacle.md 1.15, 8.1, 8.4)."""

from __future__ import annotations

import contextlib
import errno
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ..machine import Machine, Process, User, patience_of
from .agent_files import HEARTBEAT
from .certificates import Identity, generate, store_identity, stored_identity
from .commands.agent import AgentCommand
from .commands.show import DEFAULT_LISTENING_PORT
from .configuration import LISTEN_IP, NO_LISTEN, POLLING_CONNECTIONS, PORT
from .console import Console, Level, level_of
from .context import Context
from .errors import PORT_IN_USE, ControlledFailure, UnexpectedError
from .listener import Listener
from .paths import Paths
from .poller import PolledServer, Poller
from .polling_proxy import polling_proxy
from .program import NEWEST_VERSION, ExitCode, open_context, say_unexpected, take_host_options
from .rpc import Services
from .trust import ACTIVE, NONE, PASSIVE, TrustedServer, load_trust, save_trust, uri_text

_SYSTEM = User("SYSTEM")
_TASKS = ("WorkspaceCleanerTask", "LivenessHeartbeatTask")


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
    pollers: list[Poller] = field(default_factory=list)

    @classmethod
    def start(cls, machine: Machine, command_line_arguments: list[str], *, version: str = NEWEST_VERSION) -> Agent:
        """Start the agent of a service's command line, given without the program: ``run --instance=X --noninteractive``.

        It makes a certificate when there is none, opens its port, and polls. Raises AgentFailed when the process would end.
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
            services = Services.of(context)
            agent._listen(context, services)
            agent._poll(context, services)
        agent._start_tasks(context)
        return agent

    def _start_tasks(self, context: Context) -> None:
        """Start what runs beside the port, whose one trace on the disk is the file that `livez` looks for."""
        for task in _TASKS:
            context.console.info(f"{task}.Start(): Starting")
        with contextlib.suppress(OSError):  # a task that fails does not end the agent
            context.machine.files.make_dirs(context.home)
            context.machine.files.write(context.paths.join(context.home, HEARTBEAT), b"")

    def _poll(self, context: Context, services: Services) -> None:
        """Poll each server that is to be polled, over as many connections as configured. Web sockets are not emulated."""
        proxy, patience = polling_proxy(context.configuration), patience_of(context.machine)
        for server in self.servers:
            if _is_polled(server) and not _is_web_socket(server):
                polled = PolledServer.of(server)
                log = _transport_log(context, polled.uri)
                for _ in range(context.configuration.get_int(POLLING_CONNECTIONS, 1)):
                    self.pollers.append(Poller(polled, self.identity, services, log, patience, proxy=proxy))
        for poller in self.pollers:
            poller.start()

    def _listen(self, context: Context, services: Services) -> None:
        if context.configuration.get_bool(NO_LISTEN):
            context.console.info("Agent will not listen on any TCP ports")
            return
        address = context.machine.bind_address(context.configuration.get(LISTEN_IP))
        shown = f"[{address}]" if ":" in address else address
        log = _transport_log(context, f"listen://{shown}:{self.port}/")
        try:
            self.listener = Listener(address, self.port, self.identity, frozenset(self.trust), log, services)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise _port_in_use(context.machine) from error
        self.port = self.listener.port
        context.console.info(f"Agent listening on: {shown}:{self.port}")

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

    def shut_down(self, context: Context) -> None:
        """End as a process does that is asked to, not killed: task by task, and in so many words."""
        for task in _TASKS:
            context.console.info(f"{task}.Stop(): Stopping")
            context.console.info(f"{task}.Stop(): Stopped")
        for task in reversed(_TASKS):
            context.console.info(f"{task}.Dispose(): Disposing")
        listener = self.listener
        self.stop()
        if listener is not None:
            listener.log(Level.Info, "Listener stopped")

    def stop(self) -> None:
        """End the process: the port closes, and so does every connection."""
        while self.pollers:
            self.pollers.pop().close()
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
        # It is used as it is stored: on Linux that is what puts it into the user's store.
        identity = stored_identity(context.configuration) or identity
    return identity


def _read_trust(context: Context) -> list[TrustedServer]:
    """Read the trusted servers, say them, and mend those without a style when listening."""
    servers = load_trust(context.configuration)
    if not servers:
        context.console.info("The agent is not configured to trust any Octopus Servers.")
    for server in servers:
        context.console.info(f"Agent will trust Octopus Servers with the thumbprint: {server.thumbprint}")
    for server in servers:
        if _is_polled(server):
            _say_polling(context, server)
    unstyled = [server for server in servers if server.style == NONE]
    if unstyled and not context.configuration.get_bool(NO_LISTEN):
        servers = [replace(server, style=PASSIVE) if server.style == NONE else server for server in servers]
        save_trust(context.configuration, servers)
        for server in unstyled:
            context.console.info(f"Fixed communication style for: {server.thumbprint}")
    return servers


def _is_polled(server: TrustedServer) -> bool:
    return server.style == ACTIVE and bool(server.address)


def _is_web_socket(server: TrustedServer) -> bool:
    return (server.address or "").lower().startswith("wss:")


def _say_polling(context: Context, server: TrustedServer) -> None:
    """Say which server is polled. Raises UnexpectedError for a web socket on Linux."""
    count = context.configuration.get(POLLING_CONNECTIONS)
    address = uri_text(server.address or "")
    context.console.info(
        f"Agent will poll Octopus Server at {address} for subscription {server.subscription_id} expecting thumbprint {server.thumbprint}"
    )
    if count is not None:
        context.console.info(f"Requested polling connection count (from Tentacle configuration): {count}")
    context.console.info(f"Starting {count or 1} polling connections")
    if _is_web_socket(server) and context.machine.platform == "linux":
        raise UnexpectedError(
            "The netstandard build of this library cannot act as the client in a WebSocket polling setup", "System.NotSupportedException"
        )


def _transport_log(context: Context, endpoint: str) -> Callable[[Level, str], None]:
    """Return what the transport at `endpoint` logs with, from any thread: a line reaches the disk at once."""
    lock = threading.Lock()

    def log(level: Level, message: str) -> None:
        with lock:
            context.console.log(level, f"{endpoint:<30} {threading.get_native_id() % 1000:>4}  {message}")
            context.console.flush()

    return log
