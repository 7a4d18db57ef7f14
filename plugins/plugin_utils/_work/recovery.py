# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""An installation that fails leaves nothing stopped."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .._core.errors import OperatorError
from .._core.tentacle.observation import Observation
from .ports import Host


@contextlib.contextmanager
def recovering(host: Host, observe: Callable[[], Observation], change: Mapping[str, Any], warnings: list[str]) -> Iterator[None]:
    """Start what was stopped for an installation when what is done here fails. `change`: the version before.

    Why that failed is the matter: what fails then is said beside it, in `warnings`.
    """
    try:
        yield
    except OperatorError:
        try:
            observation = observe()
            version = observation.package.version
            host.recover_services(observation.awaiting, replaced=(str(version) if version else None) != change["before"])
        except OperatorError as error:
            warnings.append(f"Services that were stopped for the installation may not run yet; the next run starts them. {error}")
        raise
