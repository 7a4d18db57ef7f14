# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Users of the host."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable, Mapping
from typing import Any


def account(step: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the home of the user `account`, whether it is there, and whether it is the user's; None when this machine has none such."""
    try:
        found = pwd.getpwnam(step["account"])
    except KeyError:
        return None
    there = os.path.isdir(found.pw_dir)
    return {"home": found.pw_dir, "home_exists": there, "home_owned": there and os.stat(found.pw_dir).st_uid == found.pw_uid}


def name_of(uid: int) -> str:
    """Return a user's name; the number of one that has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def known(name: str) -> pwd.struct_passwd:
    """Return a user. Raises ValueError."""
    try:
        return pwd.getpwnam(name)
    except KeyError:
        raise ValueError(f"this machine knows no user named '{name}'") from None


def becoming(user: pwd.struct_passwd) -> Callable[[], None]:
    """Return what a child process calls to run as the user, with the user's groups."""

    def become() -> None:
        os.initgroups(user.pw_name, user.pw_gid)
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)

    return become
