# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Whose folders are, and giving them to somebody. Every step raises OSError or ValueError."""

import contextlib
import os
import pwd
import stat
from collections.abc import Collection, Mapping
from typing import Any

from . import accounts, ways

_FURTHER_RIGHTS = "system.posix_acl_access"
_SHOWN_NAMES = 4
_OF_THE_FILE_SYSTEM = "lost+found"
"""In the root of every ext file system, which is empty all the same."""


def folder(step: "Mapping[str, Any]") -> "dict[str, Any]":
    """Return whose the folder `path` is, whether `owner` and root alone have it and the way to it in their hands, and what it holds.

    `marked`: whether it holds a plain file of the names `marks`. `closed`: the folders on the way that `owner` cannot pass.
    """
    told: dict[str, Any] = {"exists": False, "is_folder": True, "owner": "", "holds": [], "marked": False}
    with ways.way(step["path"], _trusted(step["owner"])) as found:
        status = found.status
        told.update(link=found.link, exposed=list(found.exposed) if found.exposed else None, closed=_closed(found, step["owner"]))
        if status is None:
            return told
        is_link = stat.S_ISLNK(status.st_mode)
        told.update(exists=True, owner=accounts.name_of(status.st_uid), is_folder=stat.S_ISDIR(status.st_mode))
        told["link"] = step["path"] if is_link else None
        inner = ways.opened(found.name, found.folder) if told["is_folder"] else None
        if inner is not None:
            try:
                names = sorted(name for name in os.listdir(inner) if name != _OF_THE_FILE_SYSTEM)
                told["holds"] = [name.encode("utf-8", "replace").decode() for name in names[:_SHOWN_NAMES]]
                told["marked"] = any(_is_plain_file(mark, inner) for mark in step["marks"])
            finally:
                os.close(inner)
    return told


def access(step: "Mapping[str, Any]") -> "list[dict[str, Any]]":
    """Return owner and mode of those of `paths` that are there. A link is not there, nor what another's link leads to."""
    told = []
    for path in step["paths"]:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError), ways.way(path) as found:
            status = found.status
            if status is not None and not stat.S_ISLNK(status.st_mode):
                told.append({"path": path, "owner": accounts.name_of(status.st_uid), "mode": stat.S_IMODE(status.st_mode)})
    return told


def directory(step: "Mapping[str, Any]") -> None:
    """Make a folder with its parents, and give it to `owner`. The parents that are made are root's, and everybody may pass them.

    `mode` (octal digits) holds for a folder that is there too; `new_mode` only for one that is made. When the owner changes, what is
    in it by the names `content` goes with it. The folder itself comes last: who finds it right finds all of it right.
    """
    owner = accounts.known(step["owner"])
    with ways.way(step["path"], _trusted(step["owner"])) as found:
        status = found.require().status
        if status is not None and not stat.S_ISDIR(status.st_mode):
            raise ValueError(f"'{step['path']}' is a link" if stat.S_ISLNK(status.st_mode) else f"'{step['path']}' is no folder")
        inner, made = ways.made(found)
    try:
        former = os.fstat(inner).st_uid
        if former != owner.pw_uid:
            for name in os.listdir(inner):
                if name in step.get("content", ()):
                    _hand_over(name, inner, owner, {former})
        mode = step.get("mode") or (step.get("new_mode") if made else None)
        os.fchown(inner, owner.pw_uid, owner.pw_gid)
        if mode:
            os.fchmod(inner, int(mode, 8))
    finally:
        os.close(inner)


def own(step: "Mapping[str, Any]") -> None:
    """Give a file, or a folder and the files in it whose names begin with `files`, to `owner`, and take every right from all others.

    Only what is root's, `former`'s or its owner's.
    """
    owner = accounts.known(step["owner"])
    former = _trusted(step.get("former", "root"))
    with ways.way(step["path"], {owner.pw_uid, *former}) as found:
        top = _taken(found.require().name, found.folder, owner, former)
    if top is None:
        return
    try:
        if step.get("files") and stat.S_ISDIR(os.fstat(top).st_mode):
            for name in os.listdir(top):
                inner = _taken(name, top, owner, former) if name.startswith(step["files"]) else None
                if inner is not None:
                    _keep_to_owner(inner, owner)
                    os.close(inner)
        _keep_to_owner(top, owner)
    finally:
        os.close(top)


def _trusted(owner: str) -> "set[int]":
    with contextlib.suppress(ValueError):
        return {0, accounts.known(owner).pw_uid}
    return {0}


def _closed(found: ways.Way, name: str) -> "list[str]":
    """Return the folders on a way that a user's rights do not let him pass; a list of further rights may."""
    try:
        user = accounts.known(name)
    except ValueError:
        return []
    groups = os.getgrouplist(user.pw_name, user.pw_gid)
    closed = []
    for path, status in found.folders:
        bit = stat.S_IXUSR if status.st_uid == user.pw_uid else stat.S_IXGRP if status.st_gid in groups else stat.S_IXOTH
        if user.pw_uid and not status.st_mode & bit and not _has_further_rights(path):
            closed.append(path)
    return closed


def _has_further_rights(path: str) -> bool:
    try:
        return _FURTHER_RIGHTS in os.listxattr(path)
    except OSError:  # a file system that has none
        return False


def _is_plain_file(path: str, folder: int) -> bool:
    """Tell whether a path below an open folder is a plain file, with no link on the way."""
    name, _slash, rest = path.partition("/")
    descriptor = ways.opened(name, folder)
    if descriptor is None:
        return False
    try:
        if rest:
            return stat.S_ISDIR(os.fstat(descriptor).st_mode) and _is_plain_file(rest, descriptor)
        return stat.S_ISREG(os.fstat(descriptor).st_mode)
    finally:
        os.close(descriptor)


def _hand_over(name: str, folder: int, owner: pwd.struct_passwd, former: "Collection[int]") -> None:
    """Give a file, or a folder and all that is in it, to somebody; what is not of those who had it before stays whose it is."""
    descriptor = _taken(name, folder, owner, former)
    if descriptor is None:
        return
    try:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            for inner in os.listdir(descriptor):
                _hand_over(inner, descriptor, owner, former)
        os.fchown(descriptor, owner.pw_uid, owner.pw_gid)
    finally:
        os.close(descriptor)


def _taken(name: str, folder: int, owner: pwd.struct_passwd, former: "Collection[int]") -> "int | None":
    """Open what somebody may have; None for what he may not.

    A link, and a file with a second name elsewhere, may stand for a file of anybody's. Passing them over does no harm to a user, who
    could have made them himself; root would write through them.
    """
    descriptor = ways.opened(name, folder)
    if descriptor is not None:
        status = os.fstat(descriptor)
        elsewhere = stat.S_ISREG(status.st_mode) and status.st_nlink > 1
        its_own = status.st_uid == owner.pw_uid and (owner.pw_uid in former or owner.pw_uid != 0)
        if its_own or (status.st_uid in {owner.pw_uid, *former} and not elsewhere):
            return descriptor
        os.close(descriptor)
        if not elsewhere:
            return None
    if owner.pw_uid == 0 and _leads_elsewhere(name, folder):
        raise ValueError(f"'{name}' in it leads to a file or folder elsewhere, and root would write there")
    return None


def _leads_elsewhere(name: str, folder: int) -> bool:
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return bool(stat.S_ISLNK(status.st_mode) and status.st_uid) or (stat.S_ISREG(status.st_mode) and status.st_nlink > 1)


def _keep_to_owner(descriptor: int, owner: pwd.struct_passwd) -> None:
    os.fchown(descriptor, owner.pw_uid, owner.pw_gid)
    os.fchmod(descriptor, stat.S_IMODE(os.fstat(descriptor).st_mode) & 0o700)
