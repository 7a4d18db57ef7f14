# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Files of the host. Content travels as base64. Every step raises OSError or ValueError."""

import base64
import contextlib
import fnmatch
import hashlib
import json
import os
import re
import shutil
import stat
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from . import accounts, ways
from .limit import LIMIT, limited

_CHUNK = 1 << 20
_LONGEST_TEXT = 4 * LIMIT
"""In bytes: in UTF-8 and UTF-16 no character has more than four."""

_NEWLINE = re.compile(r"\r\n|\r|\n")


def exists(step: "Mapping[str, Any]") -> bool:
    """Tell whether `path` is there."""
    return os.path.lexists(step["path"])


def file(step: "Mapping[str, Any]") -> "str | None":
    """Return the content of `path`; None when there is no such file."""
    content = _end(step["path"], LIMIT)
    return None if content is None else base64.b64encode(content).decode("ascii")


def tail(step: "Mapping[str, Any]") -> "str | None":
    """Return the last `lines` of a text; None when there is no such file. `encoding`: `utf-8`, or `utf-16` as Windows writes it."""
    content = _end(step["path"], _LONGEST_TEXT)
    if content is None:
        return None
    encoding = {"utf-8": "utf-8", "utf-16": "utf-16-le"}[step.get("encoding", "utf-8")]
    lines = _NEWLINE.split(content.decode(encoding, "replace").lstrip("\ufeff"))
    if not lines[-1]:
        lines.pop()
    return limited("\n".join(lines[max(len(lines) - step["lines"], 0) :]))


def _end(path: str, most: int) -> "bytes | None":
    """Return the last bytes of a file; None when there is no such file."""
    with ways.read(path) as descriptor:
        if descriptor is None:
            return None
        with os.fdopen(os.dup(descriptor), "rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(size - most, 0))
            return stream.read(most)


def instances(step: "Mapping[str, Any]") -> "dict[str, Any]":
    """Return the files of the index of instances, and for the instance `name` its configuration, and whose that is.

    A link that leads nowhere is an empty file. The configuration is his who owns the file, unless somebody else than root could exchange
    a folder on the way to it: then it is that one's.
    """
    found = [*contents({"path": step["path"], "pattern": "*"}), *_dangling(step["path"])]
    paths = (_configuration(entry["content"], step["name"]) for entry in found)
    configuration = next((path for path in paths if path), None)
    owner = _keeper(configuration) if configuration else "root"
    return {"files": found, "configuration": configuration, "owner": owner}


def _dangling(folder: str) -> "list[dict[str, str]]":
    names = os.listdir(folder) if os.path.isdir(folder) else []
    return [{"name": name, "content": ""} for name in names if not os.path.exists(os.path.join(folder, name))]


def _keeper(path: str) -> str:
    with ways.way(path, whole=True) as found:
        if found.owner is not None:
            return accounts.name_of(found.owner)
        status = found.status
        return accounts.name_of(status.st_uid) if status else "root"


def _configuration(content: str, name: str) -> "str | None":
    with contextlib.suppress(ValueError, KeyError, TypeError):
        entry = json.loads(base64.b64decode(content).decode("utf-8-sig"))
        if entry["Name"].lower() == name.lower():
            return str(entry["ConfigurationFilePath"])
    return None


def contents(step: "Mapping[str, Any]") -> "list[dict[str, str]]":
    """Return the files of the folder `path` whose names are like `pattern`; none when there is no such folder."""
    names = sorted(os.listdir(step["path"])) if os.path.isdir(step["path"]) else []
    paths = {name: os.path.join(step["path"], name) for name in names if fnmatch.fnmatchcase(name, step["pattern"])}
    return [{"name": name, "content": file({"path": path}) or ""} for name, path in paths.items() if os.path.isfile(path)]


def settings(step: "Mapping[str, Any]") -> "dict[str, Any]":
    """Return the settings `keys` of the configuration `path` (tentacle.md 2.2), and no other: the private key is one of them.

    `damage` says why the file is no configuration at all. A file that cannot be read is an OSError.
    """
    nothing: dict[str, Any] = {"there": False, "damage": None, "values": {}}
    with ways.read(step["path"]) as descriptor:
        if descriptor is None:
            return nothing
        with os.fdopen(os.dup(descriptor), "rb") as stream:
            text = stream.read()
    try:
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, LookupError, ValueError) as error:  # the others for an encoding that nobody knows
        return {**nothing, "there": True, "damage": f"it is not XML: {error}"}
    if root.tag != "octopus-settings":
        return {**nothing, "there": True, "damage": f"it holds <{root.tag[:60]}> in place of <octopus-settings>"}
    wanted = {key.lower(): key for key in step["keys"]}
    found = {wanted.get(entry.get("key", "").lower(), ""): entry.text or "" for entry in root.iter("set")}
    return {**nothing, "there": True, "values": {key: value for key, value in found.items() if key and value.strip()}}


def checksum(step: "Mapping[str, Any]") -> None:
    """Refuse a file whose SHA-256 is not `sha256`."""
    digest = hashlib.sha256()
    with open(step["path"], "rb") as stream:
        for chunk in iter(lambda: stream.read(_CHUNK), b""):
            digest.update(chunk)
    if digest.hexdigest() != step["sha256"].lower():
        raise ValueError(f"its SHA-256 is {digest.hexdigest()}, not {step['sha256'].lower()}")


def write(step: "Mapping[str, Any]") -> None:
    """Write a file so that a crash leaves the old one or the new one; `mode` is 0600 and `owner` root unless they are said."""
    owner = accounts.known(step["owner"]) if step.get("owner") else None
    with ways.way(step["path"]) as found:
        folder, name = found.require().folder, found.name
        temporary = name + ".new"
        with contextlib.suppress(FileNotFoundError):
            os.remove(temporary, dir_fd=folder)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=folder)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(base64.b64decode(step["content"], validate=True))
            os.fchmod(descriptor, int(step.get("mode") or "600", 8))
            if owner is not None:
                os.fchown(descriptor, owner.pw_uid, owner.pw_gid)
            stream.flush()
            os.fsync(descriptor)
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)


def move(step: "Mapping[str, Any]") -> None:
    """Move a file or folder to `target`; a file that stands there is replaced."""
    with ways.way(step["path"]) as here, ways.way(step["target"]) as there:
        os.rename(here.require().name, there.require().name, src_dir_fd=here.folder, dst_dir_fd=there.folder)


def set_aside(step: "Mapping[str, Any]") -> "str | None":
    """Move a file to `target`, or to the first of `target.1`, `target.2` … that is free; return that name, None without such a file."""
    with ways.way(step["path"]) as here, ways.way(step["target"]) as there:
        if here.require().status is None:
            return None
        name, number = there.require().name, 0
        while _is_taken(name, there.folder):
            number += 1
            name = f"{there.name}.{number}"
        os.rename(here.name, name, src_dir_fd=here.folder, dst_dir_fd=there.folder)
    return os.path.join(os.path.dirname(step["target"]), name)


def _is_taken(name: str, folder: int) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def link(step: "Mapping[str, Any]") -> None:
    """Make `path` a symbolic link to `target`, in place of a link that stands there."""
    if os.path.islink(step["path"]):
        os.remove(step["path"])
    os.symlink(step["target"], step["path"])


def remove(step: "Mapping[str, Any]") -> None:
    """Remove a file, or a folder and what is in it; nothing is there afterwards in any case. `numbered`: and `path.1`, `path.2` … too."""
    with ways.way(step["path"]) as found:
        names = [found.require().name]
        if step.get("numbered") and len(found.names) == 1:
            numbered = re.compile(re.escape(found.name) + r"\.[0-9]+")
            names += filter(numbered.fullmatch, os.listdir(found.folder))
        for name in names:
            _remove(found._replace(names=(*found.names[:-1], name)))


def _remove(found: ways.Way) -> None:
    status = found.status
    if status is None:
        return
    if stat.S_ISDIR(status.st_mode):
        shutil.rmtree(f"/proc/self/fd/{found.folder}/{found.name}")  # rmtree itself goes by handles from there
    else:
        os.remove(found.name, dir_fd=found.folder)
