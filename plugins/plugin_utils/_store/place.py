# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Whether a directory outlives the run, as the place of an identity store has to."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

# What AWX's job and ansible-runner set to their private data directory or to a folder inside it (ansible-anchors.md 11.1).
_PRIVATE_DATA = ("AWX_PRIVATE_DATA_DIR", "AWX_ISOLATED_DATA_DIR")


def vanishes(directory: str | Path | None, environ: Mapping[str, str]) -> str | None:
    """Return why identities made in the directory would be lost after the run, as half a sentence, or None when they would not.

    `environ` is the environment of the run.
    """
    if not directory or not str(directory).strip():
        return "no directory is set for the identity store"
    place = Path(os.path.realpath(directory))
    for private in _private_directories(environ):
        if place == private or private in place.parents:
            return f"{directory} lies in {private}, which AWX or ansible-runner deletes after the job"
    return None


def _private_directories(environ: Mapping[str, str]) -> list[Path]:
    found = []
    for variable in _PRIVATE_DATA:
        if value := environ.get(variable):
            path = Path(os.path.realpath(value))
            # ansible-runner names its artifacts/<id>; the private data directory is two levels above.
            found.append(path.parent.parent if path.parent.name == "artifacts" else path)
    if environ.get("JOB_ID"):  # inside AWX's execution environment the private data directory is always mounted here
        found.append(Path("/runner"))
    return found
