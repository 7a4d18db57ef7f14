"""An emulated Octopus Tentacle, as strict as the real one: its command line, its files and its listening port.

`run` is one run of the program, `Agent` is what its service runs. Both work on a `tests.lab.machine.Machine`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .program import run

if TYPE_CHECKING:
    from .agent import Agent, AgentFailed

__all__ = ["Agent", "AgentFailed", "run"]


def __getattr__(name: str) -> object:
    """Import the agent when it is asked for: its cryptography would make every short command slow."""
    if name in {"Agent", "AgentFailed"}:
        from . import agent

        found: object = getattr(agent, name)
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
