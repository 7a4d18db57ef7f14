# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Whether git leaves out what a directory holds."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_SECONDS = 5.0
PROBES = ("host.pem", "host.key")
"""Names as the store gives them: rules such as `*.key` are about files, and not about the folder."""


def ignored_by(directory: str | Path) -> str | None:
    """Return the rule by which git ignores an identity in the directory, None when there is none, no work tree, no git, or no answer.

    git is asked only inside of a work tree, and waited for no longer than a moment.
    """
    place = Path(os.path.realpath(directory))
    inside = next((each for each in (place, *place.parents) if each.is_dir()), None)
    if inside is None or not any((each / ".git").exists() for each in (inside, *inside.parents)):
        return None
    # What a hook of git sets would name another work tree.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-c", "core.fsmonitor=false", "check-ignore", "--verbose", *(str(place / name) for name in PROBES)]
    try:
        asked = subprocess.run(
            command, cwd=inside, env=environ, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    rules = (line.partition("\t")[0] for line in asked.stdout.decode(errors="replace").splitlines())
    return next((rule for rule in rules if not rule.rpartition(":")[2].startswith("!")), None)
