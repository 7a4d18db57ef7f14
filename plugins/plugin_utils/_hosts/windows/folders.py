# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What was seen of folders: who may use them, and whether they may be the instance's. Pure.

An owner counts for more than the rules: he may change them at any time (WRITE_DAC), and what he opened before they were changed stays
open to him.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..._core.errors import HostError
from ..._core.tentacle.answers import find_instance
from ..._core.tentacle.folders import Folder
from ..._core.tentacle.instance import Access, Configuration, Instance
from ..._core.tentacle.observation import Expected
from ..._core.tentacle.paths import path_key, same_path
from ..._core.text import shown
from . import names

FULL_CONTROL = 2032127
READ_AND_EXECUTE = 1179817
"""FileSystemRights of .NET; reading always comes with Synchronize."""

STATE_ACCESS = Access(full=frozenset({names.SYSTEM, names.ADMINISTRATORS}), exclusive=True)
PARENT_ACCESS = Access(full=STATE_ACCESS.full, readers=frozenset({names.USERS}), exclusive=True)
"""Of a folder that is made because the instance's is to be in it."""


def access_of(found: Mapping[str, Any]) -> Access | None:
    """Return who may use a folder; None when there is no such folder."""
    if not found["folder"]:
        return None
    full = {rule["sid"] for rule in found["rules"] if rule["allow"] and rule["rights"] == FULL_CONTROL}
    readers = {rule["sid"] for rule in found["rules"] if rule["allow"] and rule["rights"] == READ_AND_EXECUTE}
    others = [rule for rule in found["rules"] if not rule["allow"] or rule["rights"] not in (FULL_CONTROL, READ_AND_EXECUTE)]
    return Access(
        full=frozenset(full),
        readers=frozenset(readers),
        exclusive=bool(found["protected"]) and not others,
        owner=None if found["owner"] in names.TRUSTED else found["owner"] or "unknown",
    )


@dataclass(frozen=True)
class Folders:
    """An instance's folders as they were found, and who of those who own them may."""

    home: Folder
    application: Folder
    owners: frozenset[str]


def folders_of(
    wanted: Instance,
    seen: Mapping[str, Any],
    expected: Expected,
    *,
    account_sid: str,
    configuration: Configuration | None,
    in_home: bool,
) -> Folders:
    """Return what counts for whether the instance may have its folders.

    The service's account may own them: it may do anything in them as it is. The instance's is what the configuration names, what has
    exactly the access that we give, and what is in such a home; and a home that holds its configuration, by its name or by what the
    index says (`in_home`). Tentacle keeps what is in a configuration that is there, trust too, so nobody else may have put it there.
    """
    home, application, file = seen["home"], seen["application"], seen["file"]
    owners = (*names.TRUSTED, account_sid)
    known = (expected.home_access, expected.application_access, PARENT_ACCESS)
    own_home = configuration is not None and same_path(configuration.home, wanted.home)
    own_application = configuration is not None and same_path(configuration.application_directory, wanted.application_directory)
    is_home = own_home or in_home or file["exists"] or access_of(home) in known
    is_application = (is_home and is_within(wanted.application_directory, wanted.home)) or access_of(application) in known
    # Whose the home is has been settled before, and it becomes the administrators'.
    planted = [{**file, "path": names.configuration_path(wanted.name, wanted.home)}] if file["exists"] else []
    above = [folder for folder in application["above"] if not same_path(folder["path"], wanted.home)]
    return Folders(
        _folder(wanted.home, home, [*home["above"], *planted], owners, own=own_home, tentacles=is_home),
        _folder(wanted.application_directory, application, above, owners, own=own_application, tentacles=is_application),
        frozenset(whose(found) for found in (home, application) if found["owner"] in owners),
    )


def is_within(path: str, folder: str) -> bool:
    """Tell whether a path is in a folder, however deep."""
    return path_key(path).startswith(f"{path_key(folder)}\\")


def _folder(
    path: str, found: Mapping[str, Any], above: Sequence[Mapping[str, Any]], owners: Collection[str], *, own: bool, tentacles: bool
) -> Folder:
    way = [*([{**found, "path": path}] if found["exists"] else []), *above]
    detours = [place for place in above if place["link"] and place in found["above"]]
    straight = [place for place in way if place not in detours]
    foreign = [place for place in straight if place["owner"] is None or (place["path"] != path and place["owner"] not in owners)]
    return Folder(
        exists=found["exists"],
        is_folder=found["folder"] or not found["exists"],
        owner=whose(found) if found["exists"] else "",
        link=next((folder["path"] for folder in straight if folder["link"]), None),
        detour=detours[0]["path"] if detours else None,
        exposed=(foreign[0]["path"], whose(foreign[0])) if foreign else None,
        holds=tuple(found["holds"]),
        tentacles=tentacles,
        seized=own and found["exists"] and found["owner"] not in owners,
        missing=_missing(path, found["above"]),
    )


def state_misfit(found: Mapping[str, Any]) -> str | None:
    """Return what is wrong with our own folder; None when it is as we make it, or not there."""
    if not found["exists"]:
        return None
    if found["link"] or not found["folder"]:
        return "a link" if found["link"] else "a file"
    if access_of(found) == STATE_ACCESS:
        return None
    return f"owned by {whose(found)}" if found["owner"] not in names.TRUSTED else "open to others"


def is_ours(found: Mapping[str, Any]) -> bool:
    """Tell whether what is in our own folder was written by us."""
    return bool(found["folder"] and not found["link"] and found["owner"] in names.TRUSTED)


def require_trusted_index(instance: str, index: str, files: Sequence[Mapping[str, Any]], found: Mapping[str, Any]) -> None:
    """Raise HostError when the instance's entry, the index or a folder above it belongs to somebody who could write his own.

    `C:\\ProgramData` lets everybody make folders, and in them files; and what the index names is run as SYSTEM.
    """
    entries = [file for file in files if file["owner"] not in names.TRUSTED and _names(instance, file)]
    places = (
        *({**file, "path": f"{index}\\{file['name']}", "link": False} for file in entries),
        *([{**found, "path": index}] if found["exists"] else []),
        *found["above"],
    )
    for place in places:
        if place["link"] or place["owner"] not in names.TRUSTED:
            why = "is a link" if place["link"] else f"belongs to {whose(place)}"
            raise HostError(
                f"Tentacle's index of instances cannot be trusted: {shown(place['path'], 200)} {why}, and who can write there has his own "
                "configuration run as SYSTEM. Look at what is in it, then remove it or make it the administrators' (icacls /setowner)."
            )


def _names(instance: str, file: Mapping[str, Any]) -> bool:
    """Tell whether a file of the index is an entry of the instance's, or one that cannot be read."""
    found = find_instance(instance, [file], "")
    return found.configuration_path is not None or found.broken is not None


def whose(found: Mapping[str, Any]) -> str:
    """Return who owns a file or folder, in words."""
    return shown(str(found["owner_name"] or found["owner"] or "an unknown account"), 100)


def _missing(path: str, above: Collection[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the folders above a path that are not there, from the outermost inwards."""
    there = {folder["path"].lower() for folder in above}
    missing: list[str] = []
    parent = path.rpartition("\\")[0]
    while "\\" in parent.lstrip("\\") and parent.lower() not in there:
        missing.append(parent)
        parent = parent.rpartition("\\")[0]
    return tuple(reversed(missing))
