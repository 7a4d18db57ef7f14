# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Paths on a host, in whose notation they are, and when two of them are the same. Pure: no path is looked up."""

from __future__ import annotations

import re

from ..errors import InputError
from ..text import shown

_DRIVE = re.compile(r"^[A-Za-z]:[\\/]")
_SHARE = re.compile(r"^\\\\(?![.?][\\/])[^\\/]+[\\/]+[^\\/]+")
"""`\\\\server\\share`, and neither `\\\\.\\` nor `\\\\?\\`, which name devices."""

_VARIABLE = re.compile(r"\$[A-Za-z_{(]|%[^%\\/]+%")
_FORBIDDEN_ON_WINDOWS = re.compile(r'["|?*:]')


def check_hostpath(text: str) -> str:
    """Return a path that is absolute on Windows or on Linux, without the blanks around it. Raises InputError, with no name in it.

    Nothing expands a path on its way to a host, neither `~` nor a variable; `<` and `>` mean something in the steps of a visit.
    """
    path = text.strip()
    if not path:
        raise InputError("is empty; it must be an absolute path on the host.")
    said = f"and is '{shown(path, 200)}'."
    if not path.isprintable():
        raise InputError(f"must not hold control characters or invisible ones, {said}")
    if path.startswith("~") or _VARIABLE.search(path):
        raise InputError(f"must be written out, since '~' and variables are not expanded on the host, {said}")
    if "<" in path or ">" in path:
        raise InputError(f"must not hold '<' or '>', {said}")
    if not is_absolute(path):
        raise InputError(f"must be an absolute path on the host, such as '/etc/octopus' or 'C:\\Octopus', {said}")
    return path


def host_path(text: str, windows: bool) -> str:
    """Return the normalised form of a path on a host of this kind. Raises InputError, with no name in it."""
    path = check_hostpath(text)
    said = f"and is '{shown(path, 200)}'."
    if windows and path.startswith("/"):
        raise InputError(f"must be a path on Windows, such as 'C:\\Octopus', since this is a Windows host, {said}")
    if not windows and not path.startswith("/"):
        raise InputError(f"must be a path on Linux, such as '/etc/octopus', since this is a Linux host, {said}")
    if windows and _FORBIDDEN_ON_WINDOWS.search(path[2:]):
        raise InputError(f'must not hold any of " | ? * : after its drive, {said}')
    return normalised(path)


def is_absolute(path: str) -> bool:
    """Tell whether a path is absolute, on Windows or on Linux."""
    return path.startswith("/") or bool(_DRIVE.match(path) or _SHARE.match(path))


def is_windows(path: str) -> bool:
    """Tell whether an absolute path is one of Windows: the others begin with a slash."""
    return not path.startswith("/")


def normalised(path: str) -> str:
    """Return an absolute path without repeated and trailing separators, `.` and `..`; any other text as it is.

    As .NET's Path.GetFullPath does, by which Tentacle makes its paths full (tentacle.md 1.7): `..` is resolved by its letters, and
    on Windows blanks and dots at the end of a name are left out.
    """
    if not is_absolute(path):
        return path
    if path.startswith("/"):
        return "/" + "/".join(_resolved(path.split("/")))
    share = _SHARE.match(path)
    names = re.split(r"[\\/]+", path[share.end() :] if share else path[2:])
    inner = "\\".join(_resolved([name if name in (".", "..") else name.rstrip(" .") for name in names]))
    if share:
        root = "\\\\" + "\\".join(re.split(r"[\\/]+", share[0][2:]))
        return f"{root}\\{inner}" if inner else root
    return f"{path[0].upper()}:\\{inner}"


def same_path(one: str | None, other: str | None) -> bool:
    """Tell whether two paths of a host are the same to its operating system: on Windows, case does not count."""
    return one == other or (one is not None and other is not None and path_key(one) == path_key(other))


def path_key(path: str) -> str:
    """Return what is equal for paths that are the same."""
    plain = normalised(path)
    return "".join(map(_upper, plain)) if is_absolute(plain) and is_windows(plain) else plain


def _upper(letter: str) -> str:
    """Return a letter's capital as NTFS has it: always one letter."""
    upper = letter.upper()
    return upper if len(upper) == 1 else letter


def _resolved(names: list[str]) -> list[str]:
    kept: list[str] = []
    for name in names:
        if name == "..":
            del kept[-1:]
        elif name not in ("", "."):
            kept.append(name)
    return kept
