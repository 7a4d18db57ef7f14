# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The copies of a private key that .NET keeps, without a password, for every user who has read it (tentacle.md 2.4)."""

import contextlib
import os
import pwd
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from . import accounts, ways

_THUMBPRINT = re.compile(r"[0-9A-Fa-f]{40}")
USERS = "/etc/passwd"
"""The machine's own users. A directory service may know thousands, and every look at a home of theirs may mount it."""


def forget(step: "Mapping[str, Any]") -> None:
    """Remove the copies of the certificates `thumbprints` that this machine's users, and `users`, have; but not `keeper`'s.

    One that is reached by a user's own link stays: nobody but the user knows where that leads. Raises OSError and ValueError.
    """
    for thumbprint in step["thumbprints"]:
        if not _THUMBPRINT.fullmatch(thumbprint):
            raise ValueError(f"'{thumbprint}' is no thumbprint")
    copy = re.compile(rf"(?:{'|'.join(step['thumbprints'])})(?:\.[0-9]+)?\.pfx", re.IGNORECASE)  # .NET numbers what is there already
    for home in _homes(step.get("users", ()), step.get("keeper")):
        with _store(home) as folder:
            for name in os.listdir(folder) if folder is not None else ():
                if copy.fullmatch(name):
                    with contextlib.suppress(FileNotFoundError, IsADirectoryError):
                        os.remove(name, dir_fd=folder)


def _homes(users: "Iterable[str]", keeper: "str | None") -> "list[str]":
    with open(USERS, encoding="utf-8", errors="surrogateescape") as stream:
        fields = [line.rstrip("\n").split(":") for line in stream]
    homes = [each[5] for each in fields if len(each) == 7] + [found.pw_dir for name in users for found in _found(name)]
    kept = [os.path.realpath(found.pw_dir) for found in _found(keeper)]
    return [home for home in dict.fromkeys(homes) if os.path.realpath(home) not in kept]


def _found(name: "str | None") -> "list[pwd.struct_passwd]":
    with contextlib.suppress(KeyError):
        return [pwd.getpwnam(name)] if name else []
    return []


@contextlib.contextmanager
def _store(home: str) -> "Iterator[int | None]":
    """Open the folder of a user's certificates; None where there is none, and where not even root may look."""
    with contextlib.ExitStack() as stack:
        folder = None
        with contextlib.suppress(OSError, ValueError):
            found = stack.enter_context(ways.way(os.path.join(home, *accounts.STORE, "any")))
            folder = found.folder if found.link is None and len(found.names) == 1 else None
        yield folder
