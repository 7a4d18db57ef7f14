# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Carry out a list of small steps in one visit: steps in, outcomes out, and no decision of its own.

All logic is on the controller (`plugin_utils/_hosts/linux/`). Runs on the host, with its Python's standard library alone.
"""

import contextlib
import fcntl
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from . import accounts, files, folders, keys, machine, packages, port, processes, services

if TYPE_CHECKING:  # Python 3.8 cannot subscript these
    Step = Mapping[str, Any]
    Action = Callable[[Step], Any]

READERS: "dict[str, Action]" = {
    "access": folders.access,
    "account": accounts.account,
    "certificate": port.certificate,
    "steady": services.steady,
    "exists": files.exists,
    "file": files.file,
    "contents": files.contents,
    "folder": folders.folder,
    "instances": files.instances,
    "machine": machine.machine,
    "query": processes.run,
    "running": processes.running,
    "settings": files.settings,
    "tail": files.tail,
    "units": services.units,
}
WRITERS: "dict[str, Action]" = {
    "checksum": files.checksum,
    "directory": folders.directory,
    "forget": keys.forget,
    "keyring": packages.keyring,
    "link": files.link,
    "move": files.move,
    "own": folders.own,
    "remove": files.remove,
    "run": processes.run,
    "set_aside": files.set_aside,
    "write": files.write,
}

LOCK = "/run/octoboot.lock"
"""Held while steps change the host: a visit whose connection broke goes on, and the next run must not work beside it."""

_ALWAYS = {"lt": "<", "empty": ""}
_WORD = re.compile(r"<([a-z_]+)>")


class Busy(Exception):
    """Another visit still changes this host."""


def carry_out(
    steps: "list[Step]", secrets: "Mapping[str, str]", *, check_mode: bool, alone: bool, lock_timeout: float
) -> "list[dict[str, Any]]":
    """Return what came of each step: `value`, `error` or `skipped`. `alone`: while no other visit changes the host. Raises Busy.

    What a step is, and what its marks mean, is said in `plugin_utils/_hosts/contract.py`.
    """
    os.umask(0o022)  # not what the host's administrators want of their own files: others have to reach what is made here
    writes = not check_mode and any(step.get("do") in WRITERS for step in steps)
    with contextlib.ExitStack() as held:
        if alone:
            held.enter_context(_alone(lock_timeout, writes=writes))
        return list(_each(steps, {**_ALWAYS, **secrets}, check_mode=check_mode))


def _each(steps: "list[Step]", kept: "dict[str, str]", *, check_mode: bool) -> "Iterator[dict[str, Any]]":
    failed = False
    for step in steps:
        if failed and not step.get("always"):
            yield {"skipped": True}
            continue
        try:
            value = _action(step.get("do", ""), check_mode=check_mode)(_expand(step, kept))
            _keep(step, value, kept)
            well, answer = step["do"] != "run" or value["rc"] == 0, {"value": value}
        except Exception as error:  # whatever it is: a step that is always carried out removes a key from the disk
            well, answer = False, {"error": _told(error)}
        failed = failed or not (well or step.get("optional"))
        yield answer


def _action(name: str, *, check_mode: bool) -> "Action":
    if name in READERS:
        return READERS[name]
    if name not in WRITERS:
        raise ValueError(f"there is no step '{name}'")
    if check_mode:
        raise ValueError(f"the step '{name}' writes, and this is check mode")
    return WRITERS[name]


def _keep(step: "Step", value: Any, kept: "dict[str, str]") -> None:
    for word, member in (step.get("keep") or {}).items():
        meant = value if member is None else (value or {}).get(member)
        kept[word] = step.get("default", "") if meant is None else str(meant)


def _expand(value: Any, kept: "Mapping[str, str]") -> Any:
    if isinstance(value, str):
        return _WORD.sub(lambda match: _meant(match.group(1), kept), value)
    if isinstance(value, list):
        return [_expand(item, kept) for item in value]
    if isinstance(value, dict):
        return {key: _expand(item, kept) for key, item in value.items()}
    return value


def _meant(word: str, kept: "Mapping[str, str]") -> str:
    if word not in kept:
        raise ValueError(f"the step names <{word}>, which no earlier step kept")
    return kept[word]


def _told(error: Exception) -> str:
    if isinstance(error, (OSError, ValueError)):
        return str(error)
    return f"{type(error).__name__}: {error}"


@contextlib.contextmanager
def _alone(seconds: float, *, writes: bool) -> "Iterator[None]":
    """Wait until no other visit changes the host. One that only reads leaves nothing behind, not even the lock's file."""
    try:
        descriptor = os.open(LOCK, os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if writes else 0), 0o600)
    except FileNotFoundError:
        yield
        return
    try:
        _lock(descriptor, seconds)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, seconds: float) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise Busy(f"another run has been changing this machine for {seconds:.0f} seconds") from None
            time.sleep(0.2)
        else:
            return
