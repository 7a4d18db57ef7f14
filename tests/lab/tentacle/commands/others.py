"""Commands that Tentacle knows and the lab has no use for: they answer for what they are, and fail in a controlled way."""

from __future__ import annotations

from typing import ClassVar

from ..command import Command, StandardCommand
from ..errors import ControlledFailure


class NotEmulatedCommand(StandardCommand):
    """A command that needs a server's API or Kubernetes."""

    def unrecognized(self, arguments: list[str]) -> None:
        """Take anything: the command fails in any case."""

    def work(self) -> None:
        raise ControlledFailure(f"The lab's Tentacle does not emulate {self.name}.")


_NOT_EMULATED: dict[str, str] = {
    "register-with": "Registers this machine as a deployment target with an Octopus Server",
    "register-worker": "Registers this machine as a worker with an Octopus Server",
    "register-k8s-cluster": '[Obsolete: Please use the "register-k8s-target" command instead] Registers this kubernetes cluster as a '
    "deployment target with an Octopus Server",
    "register-k8s-target": "Registers this kubernetes agent as a deployment target with an Octopus Server",
    "register-k8s-worker": "Registers this kubernetes agent as a worker with an Octopus Server",
    "migrate-preinstalled-k8s-config": "Migrates the configuration from the pre-install hook to the running agent instance",
    "extract": "Extracts a NuGet package",
    "deregister-from": "Deregisters this deployment target from an Octopus Server",
    "deregister-worker": "Deregisters this worker from an Octopus Server",
    "livez": "Checks that the Tentacle agent process is alive (suitable for a Kubernetes liveness probe).",
}


def _not_emulated(name_of_it: str, description_of_it: str) -> type[Command]:
    class Known(NotEmulatedCommand):
        name: ClassVar[str] = name_of_it
        description: ClassVar[str] = description_of_it

    return Known


NOT_EMULATED: tuple[type[Command], ...] = tuple(_not_emulated(name, description) for name, description in _NOT_EMULATED.items())
