# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Folders that can be no instance's, on whatever host: the system's, and those of Tentacle's program. Pure: no path is looked up.

An instance's home directory is taken from everybody but its owner, and what deployments write goes to its application directory. What
else a folder holds, and whose it is, only the host knows (`folders.py`).
"""

from __future__ import annotations

import re

from ..errors import InputError
from ..text import shown
from .paths import check_hostpath, is_windows, normalised, path_key

_LINUX_TREES = (
    *("/bin", "/boot", "/dev", "/lib", "/lib32", "/lib64", "/libx32", "/lost+found", "/proc", "/run", "/sbin", "/sys", "/tmp"),  # noqa: S108 - not used, refused
    *(f"/etc/{name}" for name in ("apt", "cron.d", "pam.d", "security", "ssh", "ssl", "sudoers.d", "systemd")),
    *(f"/usr/{name}" for name in ("bin", "games", "include", "lib", "lib32", "lib64", "libexec", "libx32", "sbin", "share", "src")),
    *(f"/var/{name}" for name in ("backups", "lock", "run", "tmp", "lib/apt", "lib/dpkg", "lib/rpm", "lib/systemd")),
)
"""These, and all that is in them."""

_LINUX_FOLDERS = (
    *("/etc", "/home", "/media", "/mnt", "/opt", "/root", "/srv", "/usr", "/var"),
    *(f"/usr/local{name}" for name in ("", "/bin", "/etc", "/games", "/include", "/lib", "/man", "/sbin", "/share", "/src")),
    *(f"/var/{name}" for name in ("cache", "lib", "local", "log", "mail", "opt", "spool", "www")),
)
"""These alone: what people put into them is their own matter."""

_WINDOWS_TREES = (
    *("Boot", "Config.Msi", "Documents and Settings", "EFI", "MSOCache", "PerfLogs", "Recovery"),
    *("System Volume Information", "Windows", "Windows.old", "WinNT"),
    *("Program Files\\Common Files", "Program Files (x86)\\Common Files", "Program Files\\WindowsApps"),
    *(f"ProgramData\\{name}" for name in ("Microsoft", "Package Cache", "ssh")),
    *(f"Users\\{name}" for name in ("All Users", "Default", "Default User")),
)
_WINDOWS_FOLDERS = ("inetpub", "inetpub\\wwwroot", "Program Files", "Program Files (x86)", "ProgramData", "Users", "Users\\Public")

_TENTACLES_ON_LINUX = ("/etc/octopus/Tentacle", "/opt/octopus/tentacle", "/usr/bin/Tentacle", "/var/lib/octoboot")
_TENTACLES_ON_WINDOWS = ("Program Files\\Octopus Deploy\\Tentacle", "ProgramData\\Octopus\\Tentacle", "ProgramData\\octoboot")
"""The index of instances, the program, and our own folder: whose owner could write there, he would become root or SYSTEM."""

_WINDOWS_KEYS = tuple(tuple(name.upper() for name in names) for names in (_WINDOWS_TREES, _WINDOWS_FOLDERS, _TENTACLES_ON_WINDOWS))
"""What is equal for paths below a drive that are the same: these hold only ASCII, whose capitals are NTFS's too."""

_HOLDS_THE_INDEX = "/etc/octopus"
"""Above the index, and yet a home that Octopus's own users have: others keep the right to pass through it."""

_DRIVE_LETTER = re.compile(r"[A-Z]:\\|\\\\[^\\]+\\[A-Za-z]\$(?:\\|\Z)")
"""A drive, under its own name or as Windows shares it with administrators."""

_SHORT_NAME = re.compile(r"[^\\]{1,6}~\d")
"""An MS-DOS name (`PROGRA~1`), behind which any folder can be."""


def check_folder(text: str) -> str:
    """Return a path that an instance's home or application directory may have. Raises InputError, with no name in it."""
    path = check_hostpath(text)
    why = unfit(path)
    if why is not None:
        raise InputError(f"{why}, and is '{shown(path, 200)}'.")
    return path


def unfit(path: str) -> str | None:
    """Return why an absolute path can be no instance's folder, in words that begin with "must"; None when it can."""
    plain = normalised(path)
    if not is_windows(plain):
        return None if plain == _HOLDS_THE_INDEX else _judged(plain, _LINUX_TREES, _LINUX_FOLDERS, _TENTACLES_ON_LINUX, "/")
    drive = _DRIVE_LETTER.match(plain)
    inner = plain[drive.end() :] if drive else "\\".join(plain.split("\\")[4:])
    if not inner:
        return "must be a folder, not a whole drive or share"
    if not drive:
        return None
    if _SHORT_NAME.match(inner):
        return "must be written out, without short names such as 'PROGRA~1'"
    trees, folders, tentacles = _WINDOWS_KEYS
    return _judged(path_key(f"C:\\{inner}")[len("C:\\") :], trees, folders, tentacles, "\\")


def _judged(path: str, trees: tuple[str, ...], folders: tuple[str, ...], tentacles: tuple[str, ...], separator: str) -> str | None:
    def within(inner: str, outer: str) -> bool:
        return inner == outer or inner.startswith(outer.rstrip(separator) + separator)

    def holds_one_of(places: tuple[str, ...]) -> bool:
        return any(within(place, path) for place in places)

    if any(within(path, tree) for tree in trees) or holds_one_of(trees) or holds_one_of(folders):
        return "must be a folder of its own, not one of the operating system's"
    if any(within(path, tree) for tree in tentacles) or holds_one_of(tentacles):
        return "must be a folder of its own, not one of Tentacle's program or one that holds it"
    return None
