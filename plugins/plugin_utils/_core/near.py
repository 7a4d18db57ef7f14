# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.

"""Say which names were probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

_ALIKE = 0.6
_SHOWN = 8


def near_misses(name: str, candidates: Iterable[str], limit: int = 3, alike: float = _ALIKE) -> list[str]:
    """Return at most `limit` candidates that resemble `name`, the nearest first; case and outer spaces do not count.

    `alike` is the least likeness, from 0 to 1.
    """
    wanted = name.strip().casefold()
    scored = [(SequenceMatcher(None, wanted, candidate.strip().casefold()).ratio(), candidate) for candidate in dict.fromkeys(candidates)]
    near = sorted((item for item in scored if item[0] >= alike), key=lambda item: (-item[0], item[1]))
    return [candidate for _score, candidate in near[:limit]]


def unknown(kind_words: str, name: str, candidates: Iterable[str], *, where: str = "", permission: str | None = None) -> str:
    """Say that there is no `kind_words` of that name, and which names were probably meant.

    `where` completes the first sentence ("in space 'Default'"). `permission` is what a key needs to see such things at all: Octopus
    filters lists instead of refusing them (octopus-api.md 1.4), so an empty list is more often a missing permission than an empty server.
    """
    known = list(dict.fromkeys(candidates))
    said = f"There is no {kind_words} named '{name}'{' ' + where if where else ''}."
    if not known:
        lacking = f"the permission {permission}" if permission else "the permission to see them"
        return f"{said} The server showed none at all: the key may lack {lacking}."
    if near := near_misses(name, known):
        return f"{said} Did you mean {_either(near)}?"
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return f"{said} There are {_quoted(known[:_SHOWN])}{more}."


def _quoted(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _either(names: list[str]) -> str:
    return _quoted(names) if len(names) == 1 else f"{_quoted(names[:-1])} or '{names[-1]}'"
