"""All commands of Tentacle, and how one is found by the word on the command line (tentacle.md 1.4)."""

from __future__ import annotations

from dataclasses import dataclass

from ..command import Command
from ..context import Context
from ..options import OptionSet
from .agent import AgentCommand
from .certificates import ImportCertificateCommand, NewCertificateCommand, ShowThumbprintCommand
from .configure import ClearTrustedServersCommand, ConfigureCommand, SetPollingConnectionCountCommand, UpdateTrustCommand
from .info import HelpCommand, VersionCommand
from .instances import CreateInstanceCommand, DeleteInstanceCommand, ListInstancesCommand
from .others import NOT_EMULATED
from .proxy import PollingProxyCommand, ProxyCommand
from .servers import PollServerCommand, ServerCommsCommand
from .service import CheckServicesCommand, ServiceCommand, WatchdogCommand
from .show import ShowConfigurationCommand

_COMMANDS: tuple[type[Command], ...] = (
    CreateInstanceCommand,
    DeleteInstanceCommand,
    WatchdogCommand,
    CheckServicesCommand,
    AgentCommand,
    ConfigureCommand,
    SetPollingConnectionCountCommand,
    UpdateTrustCommand,
    NewCertificateCommand,
    ShowThumbprintCommand,
    ServiceCommand,
    ProxyCommand,
    PollingProxyCommand,
    ServerCommsCommand,
    ImportCertificateCommand,
    PollServerCommand,
    ClearTrustedServersCommand,
    ListInstancesCommand,
    VersionCommand,
    ShowConfigurationCommand,
    HelpCommand,
    *NOT_EMULATED,
)


@dataclass(frozen=True)
class Registry:
    """The commands of one release, in one run; `common` are the options that every command has."""

    context: Context
    common: OptionSet

    @property
    def listed(self) -> list[type[Command]]:
        """All commands by name."""
        known = [command for command in _COMMANDS if self.context.features.polling_connection_count or not _is_recent(command)]
        return sorted(known, key=lambda command: command.name)

    def find(self, name: str) -> type[Command] | None:
        """Return the command of a name or alias; case counts."""
        return next((command for command in self.listed if name == command.name or name in command.aliases), None)

    def help(self) -> HelpCommand:
        return HelpCommand(self.context, self, self.common)

    def make(self, command: type[Command]) -> Command:
        return self.help() if command is HelpCommand else command(self.context)


def _is_recent(command: type[Command]) -> bool:
    return command is SetPollingConnectionCountCommand
