# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Ways to files and folders, gone by handles.

A user who owns a folder on the way could put a link, or another folder, in the place of one between two looks. So each name is opened
once, in the open folder that holds it, and no link is followed but one that root made where only root can make one. Every function
raises OSError or ValueError.
"""

import contextlib
import errno
import os
import stat
from collections.abc import Iterable, Iterator  # pylint: disable=unused-import  # it does not see what stands in quotes for Python 3.6
from typing import TYPE_CHECKING, NamedTuple

from . import accounts

if TYPE_CHECKING:
    Exposed = tuple[str, str]

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_ANY = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_MOST_LINKS = 40
_EVERYBODY = "everybody"


class Way(NamedTuple):
    """How far a path can be gone: the open folder `at`, and the names from there; where all its folders are there, that is one.

    `owner`: the first on the way who is not root, and could exchange all that follows; None: nobody. `exposed`: the part of the path
    that somebody could who must not, and who. `link`: the part that is a link which is not followed.
    """

    folder: int
    at: str
    names: "tuple[str, ...]"
    owner: "int | None"
    exposed: "Exposed | None"
    link: "str | None"
    folders: "tuple[tuple[str, os.stat_result], ...]"

    @property
    def name(self) -> str:
        """The name that the path ends with."""
        return self.names[-1] if self.names else "."

    @property
    def status(self) -> "os.stat_result | None":
        """What is there, a link for itself; None when nothing is."""
        if self.link is not None or len(self.names) > 1:
            return None
        try:
            return os.stat(self.name, dir_fd=self.folder, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def require(self) -> "Way":
        """Return it. Raises ValueError when it leads elsewhere, or others could exchange a part of it."""
        if self.link is not None:
            raise ValueError(f"'{self.link}' is a link")
        if self.exposed is not None:
            raise ValueError(f"'{self.exposed[0]}' is {self.exposed[1]}'s, who could exchange what is in it")
        return self


@contextlib.contextmanager
def way(path: str, trusted: "Iterable[int] | None" = None, *, whole: bool = False) -> "Iterator[Way]":
    """Go to the folder that holds `path`. `trusted`: the users who may own a part of the way; `whole`: follow root's link at its end."""
    found = _go(path, None if trusted is None else frozenset(trusted), whole)
    try:
        yield found
    finally:
        os.close(found.folder)


def _go(path: str, trusted: "frozenset[int] | None", whole: bool) -> Way:
    if not path.startswith("/"):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    folder, at, names = os.open("/", _FOLDER), "/", _split(path)
    owner = exposed = link = None
    folders: list[tuple[str, os.stat_result]] = []
    links = 0
    try:
        while True:
            status = os.fstat(folder)
            folders.append((at, status))
            owner = status.st_uid if owner is None and status.st_uid else owner
            exposed = exposed or _exposure(at, status, trusted)
            target = _root_link(folder, names[0], status) if len(names) > 1 or (names and whole) else None
            if target is not None:
                links += 1
                if links > _MOST_LINKS:
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
                names = (*_split(os.path.join(at, target)), *names[1:])
                folder, at = _exchanged(folder, "/", None), "/"
                continue
            if len(names) <= 1:
                break
            try:
                folder = _exchanged(folder, names[0], folder)
            except FileNotFoundError:
                break
            except OSError as error:
                if error.errno not in (errno.ELOOP, errno.ENOTDIR) or not _is_link(folder, names[0]):
                    raise
                link = os.path.join(at, names[0])
                break
            at, names = os.path.join(at, names[0]), names[1:]
    except BaseException:
        os.close(folder)
        raise
    return Way(folder, at, names, owner, exposed, link, tuple(folders))


def _split(path: str) -> "tuple[str, ...]":
    return tuple(name for name in os.path.normpath(path).split("/") if name)


def _exchanged(folder: int, name: str, base: "int | None") -> int:
    inner = os.open(name, _FOLDER, dir_fd=base)
    os.close(folder)
    return inner


def _exposure(at: str, status: os.stat_result, trusted: "frozenset[int] | None") -> "Exposed | None":
    if trusted is None:
        return None
    if status.st_uid not in trusted:
        return at, accounts.name_of(status.st_uid)
    return (at, _EVERYBODY) if _is_everybodys(status) else None


def _is_everybodys(status: os.stat_result) -> bool:
    return bool(status.st_mode & stat.S_IWOTH) and not status.st_mode & stat.S_ISVTX


def _is_link(folder: int, name: str) -> bool:
    return stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)


def _root_link(folder: int, name: str, holder: os.stat_result) -> "str | None":
    """Return where a link leads that only root can have made; None for anything else."""
    if holder.st_uid or holder.st_mode & stat.S_IWOTH:
        return None
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
        return os.readlink(name, dir_fd=folder) if stat.S_ISLNK(status.st_mode) and not status.st_uid else None
    except FileNotFoundError:
        return None


def opened(name: str, folder: "int | None") -> "int | None":
    """Open a file or folder in an open folder; None for a link, a socket, a device, and for what is not there."""
    try:
        descriptor = os.open(name, _ANY, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOENT, errno.ENXIO, errno.ENODEV):
            return None
        raise
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return descriptor
    os.close(descriptor)
    return None


def made(found: Way) -> "tuple[int, bool]":
    """Open the folder at the end of a way, making it and those before it; tell whether it was made. Those before it are 0755."""
    folder = os.dup(found.folder)
    new = False
    try:
        for name in found.names:
            if new:
                os.fchmod(folder, 0o755)
            try:
                os.mkdir(name, 0o700, dir_fd=folder)
                new = True
            except FileExistsError:
                new = False
            folder = _exchanged(folder, name, folder)
    except BaseException:
        os.close(folder)
        raise
    return folder, new


@contextlib.contextmanager
def read(path: str) -> "Iterator[int | None]":
    """Open a file to read; None when there is none. Raises ValueError for one that is reached by another's link, or is no file."""
    with way(path, whole=True) as found:
        if found.link is not None:
            raise ValueError(f"'{found.link}' is a link")
        status = found.status
        if status is None:
            yield None
            return
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        descriptor = opened(found.name, found.folder)
        if descriptor is None:
            raise ValueError(f"'{path}' is no plain file")
        try:
            yield descriptor
        finally:
            os.close(descriptor)
