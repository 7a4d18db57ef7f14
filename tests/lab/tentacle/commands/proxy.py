"""proxy and polling-proxy (tentacle.md 1.10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar
from urllib.parse import urlsplit

from ..command import StandardCommand
from ..context import Context
from ..errors import format_error
from ..options import parse_bool, parse_int


class ProxyCommand(StandardCommand):
    name = "proxy"
    description = "Configure the HTTP proxy used by Octopus"
    prefix: ClassVar[str] = "Octopus.Proxy."

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.operations: list[tuple[Callable[[str], None], str]] = []
        self.enable = False
        self.host: str | None = None
        self._queue("proxyEnable=", "Whether to use a proxy", self._set_enabled)
        self._queue("proxyUsername=", "Username to use when authenticating with the proxy", self._set_user)
        self._queue("proxyPassword=", "Password to use when authenticating with the proxy", self._set_password, sensitive=True)
        self._queue("proxyHost=", "The proxy host to use. Leave empty to use the default Internet Explorer proxy", self._set_host)
        self._queue("proxyPort=", "The proxy port to use in conjunction with the Host set with proxyHost", self._set_port)

    def _queue(self, prototype: str, description: str, operation: Callable[[str], None], *, sensitive: bool = False) -> None:
        self.options.add(prototype, description, lambda value: self.operations.append((operation, value)), sensitive=sensitive)

    def work(self) -> None:
        """Run the options in the order of the command line, then enable or disable. Asks for no restart, though one is needed."""
        for operation, value in self.operations:
            operation(value)
        host = self.host if self.enable else None
        self.context.configuration.set(self.prefix + "ProxyHost", host)
        self.context.configuration.set(self.prefix + "UseDefaultProxy", self.enable and host is None)
        if not self.enable:
            self.console.info("Proxy use is disabled")
        else:
            self.console.info("Using Internet Explorer Proxy" if host is None else f"Using custom proxy at: {host}")

    def _set_enabled(self, value: str) -> None:
        self.enable = parse_bool(value)

    def _set_user(self, value: str) -> None:
        self.context.configuration.set(self.prefix + "ProxyUsername", value)
        self.console.info(f"Proxy username set to: {value}" if value.strip() else "Proxy username cleared")

    def _set_password(self, value: str) -> None:
        self.context.configuration.set_protected(self.prefix + "ProxyPassword", value if value.strip() else None)
        self.console.info("Proxy password set to: *******" if value.strip() else "Proxy password cleared")

    def _set_host(self, value: str) -> None:
        if not value.strip():
            return
        self.host = urlsplit(value if "://" in value else f"http://{value}").hostname
        if self.host is None:
            raise format_error("Invalid URI: The hostname could not be parsed.")

    def _set_port(self, value: str) -> None:
        port = parse_int(value) if value.strip() else 80
        self.context.configuration.set(self.prefix + "ProxyPort", port)
        if self.host is not None:
            self.console.info(f"Proxy port set to: {port}")


class PollingProxyCommand(ProxyCommand):
    name = "polling-proxy"
    description = "Configure the HTTP proxy used by polling Tentacles to reach the Octopus Server"
    prefix = "Octopus.Server.Proxy."
