# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Files and folders of the host. Content travels as base64. Every step raises OSError or ValueError."""

from __future__ import annotations

import base64
import contextlib
import errno
import hashlib
import itertools
import json
import os
import re
import shutil
import stat
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

from . import accounts
from .limit import LIMIT, limited

_CHUNK = 1 << 20
_LONGEST_TEXT = 4 * LIMIT
"""In bytes: in UTF-8 and UTF-16 no character has more than four."""

_NEWLINE = re.compile(r"\r\n|\r|\n")


def exists(step: Mapping[str, Any]) -> bool:
    """Tell whether `path` is there."""
    return os.path.lexists(step["path"])


def file(step: Mapping[str, Any]) -> str | None:
    """Return the content of `path`; None when there is no such file."""
    content = _end(step["path"], LIMIT)
    return None if content is None else base64.b64encode(content).decode("ascii")


def tail(step: Mapping[str, Any]) -> str | None:
    """Return the last `lines` of a text; None when there is no such file. `encoding`: `utf-8`, or `utf-16` as Windows writes it."""
    content = _end(step["path"], _LONGEST_TEXT)
    if content is None:
        return None
    encoding = {"utf-8": "utf-8", "utf-16": "utf-16-le"}[step.get("encoding", "utf-8")]
    lines = _NEWLINE.split(content.decode(encoding, "replace").lstrip("\ufeff"))
    if not lines[-1]:
        lines.pop()
    return limited("\n".join(lines[max(len(lines) - step["lines"], 0) :]))


def _end(path: str, most: int) -> bytes | None:
    """Return the last bytes of a file; None when there is no such file."""
    try:
        with open(path, "rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(size - most, 0))
            return stream.read(most)
    except FileNotFoundError:
        return None


def instances(step: Mapping[str, Any]) -> dict[str, Any]:
    """Return the files of the index of instances, and for the instance `name` its configuration, who owns that, and the owner's home."""
    found: list[dict[str, str]] = []
    configuration = None
    for name in sorted(os.listdir(step["path"])) if os.path.isdir(step["path"]) else []:
        path = os.path.join(step["path"], name)
        if os.path.isfile(path):
            content = file({"path": path})
            found.append({"name": name, "content": content or ""})
            configuration = configuration or _configuration(content, step["name"])
    owner = accounts.name_of(os.stat(configuration).st_uid) if configuration and os.path.isfile(configuration) else "root"
    account = accounts.account({"account": owner})
    return {"files": found, "configuration": configuration, "owner": owner, "home": account["home"] if account else None}


def _configuration(content: str | None, name: str) -> str | None:
    with contextlib.suppress(ValueError, KeyError, TypeError):
        entry = json.loads(base64.b64decode(content or "").decode("utf-8-sig"))
        if entry["Name"].lower() == name.lower():
            return str(entry["ConfigurationFilePath"])
    return None


def settings(step: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings `keys` of the configuration `path` (tentacle.md 2.2), and no other: the private key is one of them."""
    try:
        root = ElementTree.parse(step["path"]).getroot()
    except ElementTree.ParseError as error:
        raise ValueError(str(error)) from None
    wanted = {key.lower(): key for key in step["keys"]}
    found = {wanted.get(entry.get("key", "").lower(), ""): entry.text or "" for entry in root.iter("set")}
    return {key: value for key, value in found.items() if key and value.strip()}


def access(step: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return owner and mode of those of `paths` that are there."""
    found = []
    for path in step["paths"]:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            status = os.stat(path)
            found.append({"path": path, "owner": accounts.name_of(status.st_uid), "mode": stat.S_IMODE(status.st_mode)})
    return found


def checksum(step: Mapping[str, Any]) -> None:
    """Refuse a file whose SHA-256 is not `sha256`."""
    digest = hashlib.sha256()
    with open(step["path"], "rb") as stream:
        for chunk in iter(lambda: stream.read(_CHUNK), b""):
            digest.update(chunk)
    if digest.hexdigest() != step["sha256"].lower():
        raise ValueError(f"its SHA-256 is {digest.hexdigest()}, not {step['sha256'].lower()}")


def directory(step: Mapping[str, Any]) -> None:
    """Make a folder with its parents, and give it to `owner`.

    `mode` (octal digits) holds for a folder that is there too; `new_mode` only for one that is made. `content` gives what is in the
    folder to the owner as well, but for the folder `without`; the folder itself comes last: who finds it right finds all of it right.
    """
    path, owner = step["path"], accounts.known(step["owner"])
    made = not os.path.isdir(path)
    os.makedirs(path, mode=0o755, exist_ok=True)
    if step.get("content"):
        for inner in _content(path, step.get("without")):
            os.fchown(inner, owner.pw_uid, owner.pw_gid)
    mode = step.get("mode") or (step.get("new_mode") if made else None)
    if mode:
        os.chmod(path, int(mode, 8))
    os.chown(path, owner.pw_uid, owner.pw_gid)


def own(step: Mapping[str, Any]) -> None:
    """Give a file, or a folder and what is in it, to `owner`, and take every right from all others."""
    owner = accounts.known(step["owner"])
    inside = _content(step["path"], None) if os.path.isdir(step["path"]) else ()
    for descriptor in itertools.chain(inside, _opened([step["path"]], None)):
        os.fchown(descriptor, owner.pw_uid, owner.pw_gid)
        os.fchmod(descriptor, stat.S_IMODE(os.fstat(descriptor).st_mode) & 0o700)


def _content(path: str, passed_over: str | None) -> Iterator[int]:
    """Open what is in a folder, one after the other.

    No name is looked up twice, and no link followed: who owns the folder could put a link to another's file in the place of his own
    between two looks, and be given that.
    """
    for folder, names, files, descriptor in os.fwalk(path, topdown=True):
        names[:] = [name for name in names if os.path.join(folder, name) != passed_over]
        yield from _opened([*files, *names], descriptor)


def _opened(paths: list[str], folder: int | None) -> Iterator[int]:
    """Open paths, relative to an open folder, each until the next; links, sockets and what is not there are passed over."""
    for path in paths:
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENOENT, errno.ENXIO):
                continue
            raise
        try:
            yield descriptor
        finally:
            os.close(descriptor)


def write(step: Mapping[str, Any]) -> None:
    """Write a file of root's so that a crash leaves the old one or the new one; `mode` is 0600 unless it is said."""
    temporary = step["path"] + ".new"
    with contextlib.suppress(FileNotFoundError):
        os.remove(temporary)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(base64.b64decode(step["content"], validate=True))
        os.fchmod(descriptor, int(step.get("mode") or "600", 8))
        stream.flush()
        os.fsync(descriptor)
    os.rename(temporary, step["path"])


def move(step: Mapping[str, Any]) -> None:
    """Move a file or folder to `target`; a file that stands there is replaced."""
    os.rename(step["path"], step["target"])


def link(step: Mapping[str, Any]) -> None:
    """Make `path` a symbolic link to `target`, in place of a link that stands there."""
    if os.path.islink(step["path"]):
        os.remove(step["path"])
    os.symlink(step["target"], step["path"])


def remove(step: Mapping[str, Any]) -> None:
    """Remove a file, or a folder and what is in it; nothing is there afterwards in any case."""
    path = step["path"]
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.remove(path)
