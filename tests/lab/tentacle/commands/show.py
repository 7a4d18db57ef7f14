"""show-configuration (tentacle.md 1.9)."""

from __future__ import annotations

import json

from ..command import StandardCommand
from ..configuration import LISTEN_IP, NO_LISTEN, POLLING_CONNECTIONS, PORT, THUMBPRINT
from ..context import Context
from ..errors import ControlledFailure, UnexpectedError
from ..trust import load_trust
from ..watchdog import read_watchdog

DEFAULT_LISTENING_PORT = 10933


class ShowConfigurationCommand(StandardCommand):
    name = "show-configuration"
    description = "Outputs the Tentacle configuration"
    answers = True

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.file = self.server = ""
        self.options.add(
            "file=",
            "Exports the server configuration to a file. If not specified output goes to the console",
            lambda value: setattr(self, "file", value),
        )
        self.options.add(
            "space=",
            "The space from which the server data configuration will be retrieved for, - e.g. 'Finance Department' where Finance "
            "Department is the name of an existing space; the default value is the Default space, if one is designated.",
            lambda _: None,
        )
        self.options.add("server=", "The Octopus Server - e.g., 'http://octopus'", lambda value: setattr(self, "server", value))

    def validate(self) -> None:
        if self.server.strip():
            raise ControlledFailure("The lab's Tentacle shows what the host knows: it does not emulate show-configuration --server.")

    def work(self) -> None:
        text = json.dumps(self._collect(), indent=2, ensure_ascii=False)
        if self.file.strip():
            self._export(text)
            return
        if self.context.faults.pop("broken_show_configuration", None):
            text = text[: len(text) // 2]
        self.console.write(text + "\n")

    def _export(self, text: str) -> None:
        if not self.context.paths.directory(self.file):
            raise UnexpectedError("The path is empty. (Parameter 'path')", "System.ArgumentException")
        path = self.context.paths.full(self.file)
        self.context.machine.files.make_dirs(self.context.paths.directory(path))
        self.context.machine.files.write(path, text.replace("\n", self.console.newline).encode())

    def _thumbprint(self) -> str | None:
        """Return the thumbprint of the certificate itself, which the product decrypts for it: on another machine that fails.

        The lab's Windows hosts take the one that stands beside the certificate.
        """
        if self.context.machine.platform == "windows":
            return self.context.configuration.get(THUMBPRINT)
        from ..certificates import stored_identity

        identity = stored_identity(self.context.configuration)
        return identity.thumbprint if identity else None

    def _collect(self) -> dict[str, object]:
        """Return the effective values, defaults included, with sorted keys."""
        configuration = self.context.configuration
        communication: dict[str, object] = {"TrustedOctopusServers": [server.to_json() for server in load_trust(configuration)]}
        if self.context.features.polling_connection_count:
            count = configuration.get(POLLING_CONNECTIONS)
            communication = {"PollingConnectionCount": None if count is None else int(count), **communication}
        watchdog = read_watchdog(self.context.machine)
        return {
            "Octopus": {
                "Home": self.context.home,
                "Watchdog": {"Enabled": watchdog.enabled, "Instances": watchdog.instances, "Interval": watchdog.interval},
            },
            "Tentacle": {
                "CertificateThumbprint": self._thumbprint(),
                "Communication": communication,
                "Deployment": {"ApplicationDirectory": self.context.applications},
                "Services": {
                    "ListenIP": configuration.get(LISTEN_IP),
                    "NoListen": configuration.get_bool(NO_LISTEN),
                    "PortNumber": configuration.get_int(PORT, DEFAULT_LISTENING_PORT),
                },
            },
        }
