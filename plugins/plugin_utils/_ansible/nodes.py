# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Where the servers of a host are polled, each at its own nodes, as the host's variables and its registrations say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .._core.errors import InputError
from .._core.options import INSTANCE
from .._core.tentacle.nodes import Nodes, of_one_server
from .inputs import HostVariables, read
from .registrations import Wish, is_elsewhere, url_of, wishes

_NAME = "server_addresses"
_OPTIONS = tuple(option for option in INSTANCE if option.name in (_NAME, "communication_style"))
_ALONE = tuple(replace(option, variables=()) for option in _OPTIONS if option.name == _NAME)
"""What an entry says itself."""


def read_nodes(
    variables: HostVariables, environment: Mapping[str, str], *, server: Mapping[str, Any], instance: Mapping[str, Any] | None = None
) -> dict[str, Nodes]:
    """Read where the servers of a host are polled, by their URLs; one of which nothing is said is missing.

    An entry's own addresses are its server's. Those of the instance are the host's own server's, or that of the only one that there is.
    `server`, `instance`: what a task says of each. Raises InputError.
    """
    said = read(_OPTIONS, variables, given=instance or {}, environment=environment)
    usual = Nodes(tuple(said.values.get(_NAME, ())), said.names[_NAME])
    wanted = [(wish, url_of(wish, variables, environment)) for wish in wishes(variables, server, environment)]
    only = len({url for _wish, url in wanted}) == 1
    at_home = {url for wish, url in wanted if only or not is_elsewhere(wish, variables, environment)}
    if usual.addresses and not at_home and said.values.get("communication_style") == "polling":
        raise InputError(
            f"is set, and none of the servers with which this machine is registered is that of 'octopus_url': say '{_NAME}' in the entry "
            "of 'octopus_registrations' whose server has them.",
            option=usual.name,
        )
    found: dict[str, Nodes] = {}
    for wish, url in wanted:
        nodes = _own(wish, variables, environment) or (usual if url in at_home and usual.addresses else None)
        if told := of_one_server(found.get(url), nodes):
            found[url] = told
    return found


def _own(wish: Wish, variables: HostVariables, environment: Mapping[str, str]) -> Nodes | None:
    if not wish.place:
        return None
    try:
        addresses = read(_ALONE, variables, given=wish.given, environment=environment).values.get(_NAME)
    except InputError as error:
        raise wish.at_fault(error) from None
    return Nodes(tuple(addresses), f"{wish.place}.{_NAME}") if addresses else None
