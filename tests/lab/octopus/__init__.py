"""An Octopus Server as its clients see it: the REST API, the task queue and the health check.

What it does and refuses is written in octopus-api.md; sections are named where a fact is used. Wordings that are unknown there (its
section 14) stand in `texts`, so that no client is written against an invention by accident.
"""

from __future__ import annotations

from tests.lab.octopus.server import OctopusServer

__all__ = ["OctopusServer"]
