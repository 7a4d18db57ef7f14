# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""A run that came to no machine, as after a mistyped group or tag: Ansible itself calls that a success. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Cause = Literal["inventory", "pattern", "limit", "tasks"]


@dataclass(frozen=True)
class Nothing:
    """Why a play of ours came to no machine. `detail`: of the command line, what decided it."""

    cause: Cause
    pattern: str
    detail: str = ""


def told(nothing: Nothing, *, fails: bool) -> str:
    """Return the sentences that say so."""
    detail = f" ({nothing.detail})" if nothing.detail else ""
    why = {
        "inventory": f"the inventory{detail} holds no host. Is its file there, and read?",
        "pattern": f"no host of the inventory matches '{nothing.pattern}', the hosts that the play is for.",
        "limit": f"no host of '{nothing.pattern}', the hosts that the play is for, is within the limit{detail}.",
        "tasks": f"no task of the playbook was chosen{detail}.",
    }[nothing.cause]
    return f"The run came to no machine: {why}" + (
        " Where that is right, '-e octopus_fail_when_empty=false' lets it pass." if fails else ""
    )
