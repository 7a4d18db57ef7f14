"""agent, also called run: what the service runs (tentacle.md 1.15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...machine import posix_of
from ..command import StandardCommand
from ..context import Context
from ..errors import ControlledFailure, CryptographicError

if TYPE_CHECKING:
    from ..agent import Agent


class AgentCommand(StandardCommand):
    name = "agent"
    description = "Starts the Tentacle Agent in debug mode"
    aliases = ("", "run")
    may_stay = True

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.agent: Agent | None = None
        self.options.add("wait=", "Delay (ms) before starting", lambda _: None)
        self.options.add("console", "Don't attempt to run as a service, even if the user is non-interactive", lambda _: None)

    def work(self) -> None:
        """Start the agent. A certificate store of somebody else's is said, and is no failure: the process just does not listen."""
        if self.context.machine.platform == "windows":
            raise ControlledFailure("The lab's Tentacle runs its agent as a service only.")
        from ..agent import Agent

        try:
            self.agent = Agent.of(self.context)
        except CryptographicError as error:
            self.console.error(
                "The owner of the x509stores is not the current user, please change ownership of the x509stores directory or run with "
                f"sudo. Details: {error}"
            )
            return
        if not self.context.noninteractive:
            self.console.write("Running. Press <enter> to shut down...\n")
            posix_of(self.context.machine).wait_for_enter()
            self.console.write("\n")
            self.agent.shut_down(self.context)

    def stop(self) -> None:
        if self.agent is not None:
            self.agent.stop()
