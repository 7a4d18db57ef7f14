# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""All that is wanted of a host, as others foresee it from its variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._core.errors import InputError, OperatorError
from .._core.inputs import HostInputs, InstanceInputs
from .._core.options import TENTACLE, TENTACLE_RULES
from .._core.tentacle.proxy import said_proxies
from .._core.tentacle.wanted import wanted_package
from .inputs import HostVariables, read, read_run
from .nodes import read_nodes
from .registrations import read_registrations


def read_host(variables: HostVariables, given: Mapping[str, Any], environment: Mapping[str, str]) -> HostInputs:
    """Read all that the variables of a host say of it, as others forecast it. `given`: what a task says of the server.

    Raises InputError.
    """
    run = read_run(variables, environment)
    tentacle = read(TENTACLE, variables, given={}, environment=environment, rules=TENTACLE_RULES)
    try:
        wanted_package(tentacle.values)
        said_proxies(tentacle.values)
        registrations = read_registrations(variables, given, environment)
        read_nodes(variables, environment, server=given)
    except OperatorError as error:
        raise InputError(tentacle.told(error)) from None
    return HostInputs(variables.host, (InstanceInputs(tentacle.values["instance"], {**run.values, **tentacle.values}, registrations),))
