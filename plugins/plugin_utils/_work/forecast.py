# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The look over the fleet, before any machine is touched: whoever comes first reads every host's variables for all of them.

What another host's variables say is a forecast. It finds machines that would overwrite one another; what it cannot resolve is no
finding, as each host reads its own variables again in its own task, and that reading decides.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._core.errors import OperatorError
from .._core.fleet import Claims, claims_of, doubles
from .._core.inputs import HostInputs

_TOLD = 5


@dataclass(frozen=True)
class Forecast:
    """What was found, by host: why it must not go on (`doubled`), and what is wrong with its own inputs (`wrong`)."""

    doubled: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)

    def rows(self) -> dict[str, Any]:
        """Return the forecast as the rows of a notebook."""
        return {"doubled": dict(self.doubled), "wrong": dict(self.wrong)}


def look_over(
    hosts: Iterable[str],
    read: Callable[[str], HostInputs],
    claims: Callable[[str], Claims],
    check: Callable[[HostInputs], None] | None = None,
    *,
    running: Collection[str],
) -> Forecast:
    """Read hosts, look for doubles, and `check` what was read.

    Of a host that does not run, and of one whose inputs are wrong, no more is read than what it has that no other may have (`claims`).
    """
    claimed: dict[str, Claims] = {}
    wrong: dict[str, str] = {}
    for host in hosts:
        try:
            inputs = read(host) if host in running else None
            claimed[host] = claims_of(inputs) if inputs else claims(host)
            if check is not None and inputs:
                check(inputs)
        except OperatorError as error:
            wrong[host] = str(error)
            claimed.setdefault(host, claims(host))
    return Forecast(doubles(claimed), wrong)


def refusal(forecast: Forecast, host: str, *, running: Collection[str], strict: bool) -> str | None:
    """Return why a host must not go on by what was forecast, or None. `strict`: nor may it when another host's inputs are wrong."""
    if host in forecast.doubled:
        return forecast.doubled[host]
    if not strict:
        return None
    bad = {name: why for name, why in {**forecast.wrong, **forecast.doubled}.items() if name in running}
    if not bad:
        return None
    reasons: dict[str, list[str]] = {}
    for name, why in bad.items():
        reasons.setdefault(why, []).append(name)
    told = [f"{', '.join(names[:_TOLD])}{' and more' if len(names) > _TOLD else ''}: {why}" for why, names in reasons.items()]
    more = f" There are {len(told) - _TOLD} more mistakes." if len(told) > _TOLD else ""
    hosts = "1 host" if len(bad) == 1 else f"{len(bad)} hosts"
    why = f"'octopus_preflight_strict' is set and the inputs of {hosts} are wrong"
    return f"No machine is touched, because {why}. {' '.join(told[:_TOLD])}{more}"
