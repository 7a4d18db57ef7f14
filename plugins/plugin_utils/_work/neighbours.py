# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""An instance beside the others of its host: those that are there, and those that this run makes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .._core.tentacle.instance import Instance
from .._core.tentacle.neighbours import Neighbour, neighbour_to_be, require_own_place, takes_a_place
from .._core.tentacle.observation import Observation
from .ports import Host

Note = Callable[[Neighbour], Iterable[Neighbour]]
"""Note an instance as this run will leave it; return the others of its host that the run has noted."""


def settle_neighbours(host: Host, wanted: Instance, observation: Observation, note: Note) -> None:
    """Raise InputError for an instance that would have what another of its host has. The others are read when that can be.

    What the run has noted of another counts, and not what is on disk: in check mode the two differ.
    """
    looks = observation.others and takes_a_place(wanted, observation.instance)
    there = {each.name.casefold(): each for each in (host.neighbours(observation) if looks else ())}
    noted = {each.name.casefold(): each for each in note(neighbour_to_be(wanted))}
    require_own_place(wanted, (there | noted).values())
