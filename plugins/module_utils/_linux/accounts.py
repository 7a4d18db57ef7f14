# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Users of the host."""

import os
import pwd
import stat
from collections.abc import Callable, Mapping
from typing import Any

STORE = (".dotnet", "corefx", "cryptography", "x509stores", "my")
"""Where in a user's home .NET keeps certificates with their keys (tentacle.md 2.4)."""


def account(step: "Mapping[str, Any]") -> "dict[str, Any] | None":
    """Return the home of the user `account`, whether it is there, and whether it is the user's; None when this machine has none such.

    `closed_store`: the folder in it that keeps the user's certificates out of .NET's store.
    """
    try:
        found = pwd.getpwnam(step["account"])
    except KeyError:
        return None
    there = os.path.isdir(found.pw_dir)
    owned = there and os.stat(found.pw_dir).st_uid == found.pw_uid
    return {"home": found.pw_dir, "home_exists": there, "home_owned": owned, "closed_store": _closed_store(found) if owned else None}


def _closed_store(user: pwd.struct_passwd) -> "str | None":
    """Return the last folder on the way to a user's store that is there, if the user may not make the rest of it and write there."""
    path = last = user.pw_dir
    status = os.stat(path)
    for name in STORE:
        path = os.path.join(path, name)
        try:
            status = os.stat(path)
        except OSError:  # it is still to be made
            break
        last = path
    usable = stat.S_ISDIR(status.st_mode) and status.st_uid == user.pw_uid and status.st_mode & stat.S_IRWXU == stat.S_IRWXU
    return None if usable else last


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


def becoming(user: pwd.struct_passwd) -> "Callable[[], None]":
    """Return what a child process calls to run as the user, with the user's groups."""

    def become() -> None:
        os.initgroups(user.pw_name, user.pw_gid)
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)

    return become
