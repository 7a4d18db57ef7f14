# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Whether the folders that an instance is to have may be its own: a machine is not ours alone."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import InputError
from ..text import shown
from .places import unfit

_ADOPT = "tentacle_adopt_directories"


@dataclass(frozen=True)
class Folder:
    """What one visit saw of a folder, and of the way to it.

    `exists`: something is there, `is_folder`: and it is a folder. `owner` is who owns it, in the host's words. `link`: the part of the
    path that leads elsewhere, and may not; `detour`: one above the folder of which nobody can tell whose it is. `exposed`: what of the
    way, or in it, somebody else could exchange, and who. `holds`: some of the names in it. `tentacles`: it holds what only an instance
    of that name leaves, or Octopus's own conventions made it. `seized`: it is the instance's, and somebody owns it who may not.
    `missing`: the folders above it that are not there, from the outermost inwards.
    """

    exists: bool = False
    is_folder: bool = True
    owner: str = ""
    link: str | None = None
    detour: str | None = None
    exposed: tuple[str, str] | None = None
    holds: tuple[str, ...] = ()
    tentacles: bool = False
    seized: bool = False
    missing: tuple[str, ...] = ()


def settle_folder(option: str, path: str, folder: Folder, *, own: bool, owners: frozenset[str], adopt: bool) -> str | None:
    """Return what to warn of before an instance has this folder. Raises InputError when it may not have it; the text is the option's.

    `own`: the instance has it already; `owners` are those who may own an instance's folder; `adopt`: so may others.
    """
    why = unfit(path) or _unreachable(folder)
    if why:
        raise InputError(f"{why}, and is '{shown(path, 200)}'.", option=option)
    if folder.detour is not None and not adopt:
        raise InputError(
            f"must lead to its folder without a link, which '{shown(folder.detour, 200)}' is, and is '{shown(path, 200)}': who could turn "
            f"that elsewhere cannot be told. If it is an administrator's (a mounted volume, for example), set '{_ADOPT}: true'.",
            option=option,
        )
    if folder.seized and not adopt:
        raise InputError(
            f"must not be a folder of somebody else's: '{shown(path, 200)}' belongs to {shown(folder.owner, 60)}, who can give himself any "
            f"access to the private key in it. Look at what is in it, then make it the administrators', or set '{_ADOPT}: true'.",
            option=option,
        )
    if not folder.exists or own:
        return None
    foreign = folder.owner not in owners
    if not foreign and (folder.tentacles or not folder.holds):
        return None
    what = f"'{shown(path, 200)}' {_told(folder)}"
    if not adopt:
        raise InputError(
            f"must be a folder of Tentacle's or a new one: {what}. Set '{_ADOPT}: true' to have it all the same.", option=option
        )
    return f"{what}, and is made the instance's, as '{_ADOPT}' allows."


def _unreachable(folder: Folder) -> str | None:
    if folder.link is not None:
        return f"must lead to its folder without a link, which '{shown(folder.link, 200)}' is"
    if folder.exposed is not None:
        part, whose = folder.exposed
        return f"must be out of the reach of others, while '{shown(part, 200)}' is {shown(whose, 60)}'s to exchange"
    if folder.exists and not folder.is_folder:
        return "must be a folder, which what is there is not"
    return None


def _told(folder: Folder) -> str:
    holds = ", ".join(f"'{shown(name, 60)}'" for name in folder.holds[:3]) + (" and more" if len(folder.holds) > 3 else "")
    return f"belongs to {shown(folder.owner, 60)} and " + (f"holds {holds}" if folder.holds else "is empty")
