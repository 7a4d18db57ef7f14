# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What proves that a Tentacle is what it should be: the certificate at its port, a service that lives on, and its own word."""

from __future__ import annotations

from collections.abc import Sequence

from .._core.errors import HostError
from .._core.tentacle.answers import read_configuration
from .._core.tentacle.instance import Configuration, Instance
from . import contract as do
from .outcomes import Outcome, answer_of
from .step import Step, optional

_STEADY_SECONDS = 5
"""How long an agent has to live until it counts as one that has read its configuration: it starts within three seconds."""

_LOOPBACK = "127.0.0.1"


def certificate_step(wanted: Instance) -> dict[str, Step]:
    """Return the step that sees what the instance's port presents; none for one that polls, and opens no port."""
    at = wanted.listening
    return {"certificate": optional(do.certificate(at.address or _LOOPBACK, at.port, wait=0))} if at else {}


def came_up_step(wanted: Instance, service: str, seconds: int, unit: str | None = None) -> Step:
    """Return the step that sees that a restarted service reads the configuration and lives, within `seconds`.

    One that listens presents its certificate. One that polls shows itself to its servers alone, so it has to run on for a while: an
    agent that cannot use its configuration ends as it starts, and one that cannot reach its server goes on trying (tentacle.md 5).
    """
    at = wanted.listening
    if at is None:
        return do.steady(service, min(seconds, _STEADY_SECONDS))
    return do.certificate(at.address or _LOOPBACK, at.port, wait=seconds, expect=wanted.thumbprint, unit=unit)


def told_configuration(outcomes: Sequence[Outcome]) -> Configuration | None:
    """Return what Tentacle said of its configuration, None when nobody asked. Raises HostError for an answer that cannot be read."""
    answers = [
        answer_of(outcome) for outcome in outcomes if outcome.step["do"] == "query" and "show-configuration" in outcome.step["arguments"]
    ]
    if not answers:
        return None
    if answers[-1].rc != 0:
        raise HostError(answers[-1].failure())
    return read_configuration(answers[-1].stdout)
