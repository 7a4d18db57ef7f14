"""An emulated Octopus Tentacle, as strict as the real one: its command line, its files and its listening port.

`run` is one run of the program, `Agent` is what its service runs. Both work on a `tests.lab.machine.Machine`.
"""

from __future__ import annotations

from .agent import Agent, AgentFailed
from .program import run

__all__ = ["Agent", "AgentFailed", "run"]
