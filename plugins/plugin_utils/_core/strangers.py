# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Variables that look like ours and are not: a typing mistake would silently say nothing."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

from .errors import InputError
from .near import near_misses
from .options import known_variables, merged_variables

_PREFIXES = ("octopus_", "tentacle_")
_PART = re.compile(r"(.+?)__.+")
_NEARLY = 0.85
_FILLERS = frozenset({"name", "names", "id", "ids", "list", "value", "server", "deploy"})
"""Words that add nothing to the name of a variable: octopus_space_name."""

_OTHER_WORDS = {
    "tentacle_polling": "tentacle_communication_style",
    "tentacle_listening": "tentacle_communication_style",
    "tentacle_user": "tentacle_service_user",
    "tentacle_thumbprint": "tentacle_trust",
    "tentacle_proxy_server": "tentacle_proxy_host",
    "octopus_machine_proxy": "octopus_proxy",
    "octopus_tenanted_deployment_participation": "octopus_tenanted_participation",
    "octopus_server": "octopus_url",
    "octopus_token": "octopus_access_token",
}
"""What others call what we have."""


def refuse_strangers(names: Iterable[str], allowed: Container[str] = ()) -> None:
    """Raise InputError for the variables that are nearly ours, or ours with parts where none are merged, unless they are `allowed`."""
    told = [said for said in (_stranger(name) for name in sorted(names) if name not in allowed) if said]
    if told:
        raise InputError(" ".join(told))


def _stranger(name: str) -> str | None:
    if not name.startswith(_PREFIXES) or name in known_variables():
        return None
    part = _PART.fullmatch(name)
    stem = part[1] if part else name
    if part and stem in merged_variables():
        return None
    if part and stem in known_variables():
        return f"'{name}' adds to '{stem}', which cannot be given in parts: set '{stem}' itself."
    meant = _nearest(stem)
    if meant is None:
        return None
    if part and meant in merged_variables():
        meant = f"{meant}{name[len(stem) :]}"
    return f"There is no variable '{name}'. Did you mean '{meant}'? If it is yours, add it to 'octopus_allow_variables'."


def _nearest(name: str) -> str | None:
    if name in _OTHER_WORDS:
        return _OTHER_WORDS[name]
    known = known_variables()
    alike = near_misses(name, known, limit=1, alike=_NEARLY)
    if alike:
        return alike[0]
    return next(iter(near_misses(name, [other for other in known if _same_words(name, other)], limit=1)), None)


def _same_words(name: str, other: str) -> bool:
    """Tell whether one of the names has all words of the other: tentacle_home and tentacle_home_directory."""
    (prefix, *words), (other_prefix, *other_words) = name.split("_"), other.split("_")
    one, two = frozenset(words), frozenset(other_words)
    return prefix == other_prefix and (one < two or (two < one and one - two <= _FILLERS))
