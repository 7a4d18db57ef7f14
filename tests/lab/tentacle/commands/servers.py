"""server-comms and the offline part of poll-server (tentacle.md 1.8)."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import urlsplit

from ..command import StandardCommand
from ..context import Context
from ..errors import ControlledFailure, UnexpectedError, controlled, format_error, unresolved
from ..options import parse_int
from ..trust import ACTIVE, NONE, PASSIVE, STYLES, TrustedServer, add_or_update, load_trust, new_subscription_id, same_address, save_trust
from .api import ApiOptions

DEFAULT_PORT = 10943
_WEB_SOCKET = (
    "When using active communication over websockets, the address of the Octopus Server, eg 'wss://example.com/OctopusComms'. "
    "Refer to http://g.octopushq.com/WebSocketComms"
)


class ServerCommsCommand(StandardCommand):
    name = "server-comms"
    description = "Configure how the Tentacle communicates with an Octopus Server"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.thumbprint = self.style = self.host = self.web_socket = ""
        self.port = DEFAULT_PORT
        self.options.add(
            "thumbprint=",
            "The thumbprint of the Octopus Server to configure communication with; if only one Octopus Server is configured, this may be "
            "omitted",
            lambda value: setattr(self, "thumbprint", value),
        )
        self.options.add(
            "style=",
            "The communication style to use with the Octopus Server - either TentacleActive or TentaclePassive",
            lambda value: setattr(self, "style", value),
        )
        self.options.add(
            "host=", "When using active communication, the host name of the Octopus Server", lambda value: setattr(self, "host", value)
        )
        self.options.add(
            "port=",
            f"When using active communication, the communications port of the Octopus Server; the default is {DEFAULT_PORT}",
            lambda value: setattr(self, "port", parse_int(value)),
        )
        self.options.add("web-socket=", _WEB_SOCKET, lambda value: setattr(self, "web_socket", value))

    def run(self) -> None:
        """Work, unless there is no instance: this command finds it while its own parts are made, and says that as an exception."""
        try:
            _ = self.context.instance
        except ControlledFailure as failure:
            raise _not_made(failure) from failure
        self.work()

    def work(self) -> None:
        servers = load_trust(self.context.configuration)
        thumbprint = self._choose_thumbprint({server.thumbprint for server in servers})
        active = self._is_active()
        own = [server for server in servers if server.thumbprint == thumbprint]
        if not own:
            raise ControlledFailure("No trusted server was found with the supplied thumbprint")
        changed = self._make_active(own, thumbprint) if active else _make_passive(own, thumbprint)
        save_trust(self.context.configuration, add_or_update(servers, changed))
        self.restart_needed = True
        self.console.info("Updated server communications configuration")

    def _choose_thumbprint(self, trusted: set[str]) -> str:
        if not trusted:
            raise ControlledFailure("Before server communications can be modified, trust must be established with the configure command")
        if self.thumbprint.strip():
            return self.thumbprint
        if len(trusted) != 1:
            raise ControlledFailure(
                "More than one server is trusted; please provide the thumbprint of the server to configure, e.g. --thumbprint=..."
            )
        return next(iter(trusted))

    def _is_active(self) -> bool:
        style = self.style.strip().lower()
        number = int(style) if re.fullmatch(r"[+-]?[0-9]+", style) else STYLES.get(style)
        if number is None:
            raise ControlledFailure("Please specify a valid communications style, e.g. --style=TentaclePassive")
        return number == ACTIVE

    def _make_active(self, own: list[TrustedServer], thumbprint: str) -> TrustedServer:
        """Choose the entry with this address, else one without a style, else a new one; a subscription id is inherited or made."""
        address = self._address()
        at_address = next((server for server in own if same_address(server.address, address)), None)
        unstyled = next((server for server in own if server.style == NONE), None)
        server = replace(at_address or unstyled or TrustedServer(thumbprint), address=address, style=ACTIVE)
        inherited = next((other.subscription_id for other in own if other.style == ACTIVE and other.subscription_id), None)
        return replace(server, subscription_id=server.subscription_id or inherited or new_subscription_id())

    def _address(self) -> str:
        has_host, has_web_socket = bool(self.host.strip()), bool(self.web_socket.strip())
        if not has_host and not has_web_socket:
            raise ControlledFailure("Please provide either the server hostname or websocket address, e.g. --host=OCTOPUS")
        if has_host and has_web_socket:
            raise ControlledFailure("The hostname and websocket options cannot be used together")
        return check_uri(f"https://{self.host}:{self.port}") if has_host else web_socket_address(self.web_socket)


class PollServerCommand(StandardCommand):
    name = "poll-server"
    description = "Configures an Octopus Server that this Tentacle will poll"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.address = self.web_socket = ""
        self.port: int | None = None
        self.reuse = False
        self.api = ApiOptions(self.options)
        self.options.add(
            "server-comms-address=",
            "The comms address on the Octopus Server; the address of the Octopus Server will be used if omitted.",
            lambda value: setattr(self, "address", value),
        )
        self.options.add(
            "server-comms-port=",
            f"The comms port on the Octopus Server; the default is {DEFAULT_PORT}. If specified, this will take precedence over any port "
            "number in server-comms-address.",
            lambda value: setattr(self, "port", parse_int(value)),
        )
        self.options.add("server-web-socket=", _WEB_SOCKET, lambda value: setattr(self, "web_socket", value))
        self.options.add(
            "reuse-server-thumbprint",
            "Reuse the Server Thumbprint from the first trusted server instance currently configured",
            lambda _: setattr(self, "reuse", True),
        )

    def work(self) -> None:
        """Add an address for the first trusted server. Asking a server's API, which the product does otherwise, is not emulated."""
        if not self.reuse:
            self.api.validate()
            raise ControlledFailure("The lab's Tentacle emulates poll-server with --reuse-server-thumbprint only.")
        if self.web_socket and self.address:
            raise ControlledFailure("Please specify a --server-web-socket, or a --server-comms-address - not both.")
        address = web_socket_address(self.web_socket) if self.web_socket.strip() else self._comms_address()
        servers = load_trust(self.context.configuration)
        if not servers:
            raise UnexpectedError("Sequence contains no elements", "System.InvalidOperationException")
        save_trust(self.context.configuration, add_or_update(servers, replace(servers[0], address=address, squid=None)))
        self.restart_needed = True
        self.console.info("Polling endpoint configured")

    def _comms_address(self) -> str:
        if not self.address:
            raise UnexpectedError("You must specify either a WebSocketAddress or a ServerCommsAddress", "System.InvalidOperationException")
        parts = urlsplit(check_uri(self.address))
        port = self.port or parts.port or {"http": 80}.get(parts.scheme, 443)
        return f"https://{parts.hostname}:{port}"


def check_uri(text: str) -> str:
    """Return an absolute URI unchanged, as .NET keeps it. Raises UnexpectedError for what is none."""
    try:
        parts = urlsplit(text)
        valid = bool(parts.scheme and parts.hostname) and not re.search(r"\s", text) and (parts.port is None or parts.port >= 0)
    except ValueError:
        valid = False
    if not valid:
        raise format_error("Invalid URI: The hostname could not be parsed.")
    return text


def web_socket_address(text: str) -> str:
    """Return a wss address; https is rewritten to it. Raises ControlledFailure for another scheme."""
    scheme, _, rest = check_uri(text).partition(":")
    if scheme.lower() not in {"https", "wss"}:
        raise ControlledFailure("The websocket address must start with wss://")
    return f"wss:{rest}"


def _not_made(failure: ControlledFailure) -> UnexpectedError:
    parts = "Octopus.Tentacle.Configuration"
    home = unresolved(
        f"An exception was thrown while invoking the constructor 'Void .ctor({parts}.Instances.IApplicationInstanceSelector)' "
        "on type 'HomeConfiguration'.",
        controlled(failure),
    )
    return unresolved(f"An exception was thrown while activating {parts}.WritableTentacleConfiguration -> {parts}.HomeConfiguration.", home)


def _make_passive(own: list[TrustedServer], thumbprint: str) -> TrustedServer:
    return replace(next((server for server in own if server.address is None), TrustedServer(thumbprint)), style=PASSIVE)
