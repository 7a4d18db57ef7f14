"""Commands that Tentacle knows and the lab has no use for: they say what is wrong with their options, and then what they are not."""

from __future__ import annotations

from typing import ClassVar

from ..agent_files import HEARTBEAT
from ..command import Command, StandardCommand
from ..context import Context
from ..errors import ControlledFailure
from .api import ApiOptions


class NotEmulatedCommand(StandardCommand):
    """A command that needs a server's API or Kubernetes."""

    def unrecognized(self, arguments: list[str]) -> None:
        """Take anything: the command fails in any case."""

    def work(self) -> None:
        raise ControlledFailure(f"The lab's Tentacle does not emulate {self.name}.")


class ServerCommand(NotEmulatedCommand):
    """One that calls a server's API."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.api = ApiOptions(self.options)

    def validate(self) -> None:
        self.api.validate()


class RegisterWithCommand(ServerCommand):
    name = "register-with"
    description = "Registers this machine as a deployment target with an Octopus Server"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.environments: list[str] = []
        self.roles: list[str] = []
        self.options.add("env|environment=", "The environment name, slug or Id to add the machine to", self.environments.append)
        self.options.add("r|role=", "The machine role that the machine will assume", self.roles.append)

    def work(self) -> None:
        if not any(self.environments[:1]):
            raise ControlledFailure("Please specify an environment name, slug or Id, e.g., --environment=Development")
        if not any(self.roles[:1]):
            raise ControlledFailure("Please specify a role name, e.g., --role=web-server")
        super().work()


class LivezCommand(StandardCommand):
    """Looks for the file that a running agent keeps young; its age is not looked at here, since the lab's agent writes it once."""

    name = "livez"
    description = "Checks that the Tentacle agent process is alive (suitable for a Kubernetes liveness probe)."

    def work(self) -> None:
        path = self.context.paths.join(self.context.home, HEARTBEAT)
        if not self.context.machine.files.exists(path):
            raise ControlledFailure(f"Liveness heartbeat file not found at {path}; the Tentacle agent may not be running.")


_FOR_A_SERVER: dict[str, str] = {
    "register-worker": "Registers this machine as a worker with an Octopus Server",
    "deregister-from": "Deregisters this deployment target from an Octopus Server",
    "deregister-worker": "Deregisters this worker from an Octopus Server",
}
_NOT_EMULATED: dict[str, str] = {
    "register-k8s-cluster": '[Obsolete: Please use the "register-k8s-target" command instead] Registers this kubernetes cluster as a '
    "deployment target with an Octopus Server",
    "register-k8s-target": "Registers this kubernetes agent as a deployment target with an Octopus Server",
    "register-k8s-worker": "Registers this kubernetes agent as a worker with an Octopus Server",
    "extract": "Extracts a NuGet package",
}


def _not_emulated(base: type[NotEmulatedCommand], name_of_it: str, description_of_it: str) -> type[Command]:
    class Known(base):  # type: ignore[misc, valid-type]
        name: ClassVar[str] = name_of_it
        description: ClassVar[str] = description_of_it

    return Known


NOT_EMULATED: tuple[type[Command], ...] = (
    RegisterWithCommand,
    LivezCommand,
    *(_not_emulated(ServerCommand, name, description) for name, description in _FOR_A_SERVER.items()),
    *(_not_emulated(NotEmulatedCommand, name, description) for name, description in _NOT_EMULATED.items()),
)
