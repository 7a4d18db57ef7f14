# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Whose the folders of an instance are on a Linux host, and who may use them. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..._core.errors import HostError
from ..._core.tentacle.folders import Folder
from ..._core.tentacle.instance import Access, Instance
from ..._core.tentacle.paths import same_path
from ..._core.text import shown
from .. import contract as do
from ..driver import literal_in_steps
from ..outcomes import Outcome
from ..step import Step
from . import names

_OTHERS = 0o077
_READ_BY_OTHERS = 0o004


def home_mode(home: str) -> str:
    """Return the mode of a home directory: the owner's alone, but that others may pass through to the index of instances."""
    return "0711" if names.holds_the_index(home) else "0700"


def folder_steps(wanted: Instance) -> dict[str, Step]:
    """Return the steps that look at the folders; `<configuration>` is where the index says."""
    wanted = literal_in_steps(wanted)
    owner = wanted.service_account or names.ROOT
    return {
        "home": do.linux_access([wanted.home, "<configuration>", names.logs(wanted.home)]),
        "home_folder": do.linux_folder(wanted.home, owner, _marks(wanted)),
        "application_folder": do.linux_folder(wanted.application_directory, owner, ()),
        "entry_folder": do.linux_folder(names.entry(wanted.name), owner, ()),
        "entry": do.linux_access([names.entry(wanted.name)]),
    }


def _marks(wanted: Instance) -> list[str]:
    """Return files that only Tentacle leaves in the home directory of an instance of this name."""
    configuration = posixpath.basename(names.configuration_path(wanted.name, wanted.home))
    return [configuration, f"{posixpath.basename(names.logs(wanted.home))}/{names.LOG}.txt"]


def home_folder(wanted: Instance, configuration: str | None, found: Mapping[str, Any]) -> Folder:
    """Return what the home directory is. An instance's own configuration in it, or its log, tells that it is Tentacle's."""
    holds_its_configuration = configuration is not None and posixpath.dirname(configuration) == wanted.home
    return _folder(found, tentacles=found["marked"] or holds_its_configuration or names.is_conventional(wanted.home))


def application_folder(wanted: Instance, found: Mapping[str, Any]) -> Folder:
    """Return what the application directory is. Anything can be in one, so that its place alone tells whether it is Tentacle's.

    One in the home directory is in the hands of who has that, which is judged for itself.
    """
    folder = _folder(found, tentacles=names.is_conventional(wanted.application_directory))
    return replace(folder, exposed=None) if folder.exposed and folder.exposed[0] == wanted.home else folder


def application_access(found: Mapping[str, Any]) -> Access | None:
    """Return who has the application directory; None when there is none."""
    return owned_by(found["owner"]) if found["exists"] else None


def _folder(found: Mapping[str, Any], *, tentacles: bool) -> Folder:
    return Folder(
        exists=found["exists"],
        is_folder=found["is_folder"],
        owner=found["owner"],
        link=found["link"],
        exposed=(found["exposed"][0], found["exposed"][1]) if found["exposed"] else None,
        holds=tuple(found["holds"]),
        tentacles=tentacles,
    )


def unreachable_paths(wanted: Instance, outcomes: Mapping[str, Outcome]) -> tuple[str, ...]:
    """Return what is ours and the service's user cannot pass or read. Raises HostError for what is another's.

    The instance's own folders are made his in any case.
    """
    ways = [outcomes[name].value["closed"] for name in ("home_folder", "application_folder", "entry_folder")]
    entries = [item["path"] for item in outcomes["entry"].value if wanted.service_account and not item["mode"] & _READ_BY_OTHERS]
    own = (wanted.home, wanted.application_directory)
    found = tuple(dict.fromkeys(path for path in (*(path for closed in ways for path in closed), *entries) if path not in own))
    foreign = next((path for path in found if path not in (*names.shared_folders(), *entries)), None)
    if foreign is not None:
        raise HostError(
            f"The user '{wanted.service_account}' ('tentacle_service_user') cannot pass the folder '{shown(foreign, 200)}', "
            "behind which a folder of the instance is. Let it pass (chmod o+x), or choose another folder."
        )
    return found


def home_access(wanted: Instance, found: Sequence[Mapping[str, Any]]) -> Access | None:
    """Sum up who may use the home directory, the configuration and the logs."""
    if not found or not same_path(found[0]["path"], wanted.home):
        return None
    home, *inner = found
    rights = [home["mode"] & ~int(home_mode(wanted.home), 8), *(item["mode"] for item in inner)]
    return Access(full=frozenset(item["owner"] for item in found), exclusive=not any(mode & _OTHERS for mode in rights))


def owned_by(owner: str) -> Access:
    """Return the access of a folder of deployed applications: its owner. Who else may use it is the site's own matter."""
    return Access(full=frozenset({owner}), exclusive=True)
