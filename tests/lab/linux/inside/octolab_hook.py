"""Bad luck for the collection's module, from inside of its process: the image has every python3 import this.

What the process of `linux_batch` changes is counted, as Python's audit events tell: files that it opens for writing, makes, moves,
removes or gives away, and processes that it starts. With a fault set, the machine is "lost" before the next one:

- ``die_after_step``: the process and every SSH session are killed, and each later one as it starts, until the fault is cleared;
- ``die_before``: the same, before a process whose command line has this word;
- ``ssh_lost_after_step``: the SSH sessions are killed, once, and the process goes on.

The module that was told to end there, but has nothing more to change, meets its fault as it answers: its answer is lost.
"""

# Every python3 of a host imports this: pathlib, and what only annotations need, would cost more than all the rest.
# ruff: noqa: PTH109, PTH115, PTH116, PTH118, PTH123, PTH208
from __future__ import annotations

import os
import signal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

_FOLDER = "/run/octolab"
_MODULE = "/plugins/modules/linux_batch.py"
_PATHS = {
    "open": 1,
    "os.chmod": 1,
    "os.chown": 1,
    "os.link": 2,
    "os.mkdir": 1,
    "os.remove": 1,
    "os.removexattr": 1,
    "os.rename": 2,
    "os.rmdir": 1,
    "os.setxattr": 1,
    "os.symlink": 2,
    "os.truncate": 1,
    "os.utime": 1,
}
"""The events that change files, and how many paths come first among their arguments."""
_PROCESSES = frozenset({"os.system", "subprocess.Popen"})
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_WITHOUT_FOLDER = frozenset({"open", "os.removexattr", "os.setxattr", "os.truncate"})
"""The events that do not tell which open folder a path is relative to."""
_ANSIBLES = (".ansible", "ansible-moduletmp-", "ansible-tmp-", "ansible_")
"""How the names begin of the folders that Ansible itself makes and removes for a module."""


def watch() -> None:
    """See this process's audit events from now on."""
    sys.addaudithook(_Watch())


class _Watch:
    """Sees the audit events of this process; counts from the moment when the module's code runs."""

    def __init__(self) -> None:
        self._counts = False
        self._inside = False

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._inside:  # what we do ourselves
            return
        if event == "exec" and not self._counts:
            if getattr(arguments[0], "co_filename", "").endswith(_MODULE):
                self._do(self._begin)
        elif self._counts and changes(event, arguments):
            self._do(lambda: self._step(event, arguments))

    def _do(self, what: Callable[[], None]) -> None:
        self._inside = True
        try:
            what()
        finally:
            self._inside = False

    def _begin(self) -> None:
        self._counts = True
        _append("visits", "+")
        _meet_faults()
        # Not as the process ends: what it has answered by then may have reached the controller already.
        sys.stdout = _Answer(sys.stdout, lambda: self._do(_meet_faults))

    def _step(self, event: str, arguments: tuple[Any, ...]) -> None:
        words = [os.fsdecode(word) for word in arguments[1]] if event == "subprocess.Popen" else []
        _meet_faults(words)
        _append("steps", "+")
        if words:
            _append("processes", repr(words) + "\n")


class _Answer:
    """The stream of the module's answer: faults are met before anything is written."""

    def __init__(self, stream: Any, meet: Callable[[], None]) -> None:
        self._stream = stream
        self._meet = meet

    def write(self, text: str) -> int:
        self._meet()
        return int(self._stream.write(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def changes(event: str, arguments: tuple[Any, ...]) -> bool:
    """Tell whether an event is a step: one that changes the host, or starts a process."""
    if event in _PROCESSES:
        return True
    if event not in _PATHS:
        return False
    if event == "open" and (isinstance(arguments[0], int) or not (arguments[2] or 0) & _WRITING):
        return False
    folder = _folder(-1 if event in _WITHOUT_FOLDER else arguments[-1])
    return any(_counts(path, folder) for path in arguments[: _PATHS[event]])


def _counts(path: Any, folder: str) -> bool:
    """Tell whether a path is one of the machine's own: no device, and nothing of Ansible's."""
    if isinstance(path, int):
        return True
    whole = os.path.join(folder, os.fsdecode(path))
    return not whole.startswith(("/dev/", "/proc/")) and not any(part.startswith(_ANSIBLES) for part in whole.split("/"))


def _folder(descriptor: int) -> str:
    """Return the path of an open folder; of the working directory for -1."""
    try:
        return os.getcwd() if descriptor < 0 else os.readlink(f"/proc/self/fd/{descriptor}")
    except OSError:  # it was removed, or never open
        return "/"


def _meet_faults(words: Sequence[str] = ()) -> None:
    import json

    try:
        with open(f"{_FOLDER}/faults.json") as file:
            faults = json.load(file)
    except (OSError, ValueError):
        return
    done = _size("steps") - faults.get("counted_from", 0)
    if done >= faults.get("die_after_step", sys.maxsize) or faults.get("die_before") in words:
        _die()
    if done >= faults.get("ssh_lost_after_step", sys.maxsize) and _first_time():
        _kill(_sessions(_parents()))


def _first_time() -> bool:
    try:
        os.close(os.open(f"{_FOLDER}/ssh-lost", os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        return False
    return True


def _die() -> None:
    """End as when the machine loses its power: the sessions and all that they started, and what started us."""
    parents, own = _parents(), os.getpid()
    sessions = _sessions(parents)
    _kill(sessions)  # before the others: a session that outlived one of them would tell the controller how that one ended
    doomed = {*sessions, *_ancestors(own, parents)}
    _kill({*doomed, *(pid for pid in parents if doomed & set(_ancestors(pid, parents)))} - {*sessions, own})
    os.kill(own, signal.SIGKILL)


def _kill(pids: set[int]) -> None:
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            continue


def _sessions(parents: dict[int, tuple[int, str]]) -> set[int]:
    """Return the processes of sshd but for the one that listens, which the service manager started."""
    return {pid for pid, (parent, name) in parents.items() if name.startswith("sshd") and parent > 1}


def _ancestors(pid: int, parents: dict[int, tuple[int, str]]) -> Iterator[int]:
    """Yield a process and those that it comes from, up to a session of SSH or what Ansible left in the background."""
    while pid in parents:
        parent, name = parents[pid]
        if parent == 1 and name.startswith("sshd"):
            return
        yield pid
        pid = parent if parent > 1 else 0


def _parents() -> dict[int, tuple[int, str]]:
    """Return the parent and the name of every process."""
    found = {}
    for entry in os.listdir("/proc"):
        try:
            with open(f"/proc/{entry}/stat") as file:
                before, _, after = file.read().rpartition(")")
        except OSError:
            continue
        if entry.isdigit():
            found[int(entry)] = (int(after.split()[1]), before.partition("(")[2])
    return found


def _size(name: str) -> int:
    try:
        return os.stat(f"{_FOLDER}/{name}").st_size
    except OSError:
        return 0


def _append(name: str, text: str) -> None:
    try:
        with open(f"{_FOLDER}/{name}", "a") as file:
            file.write(text)
    except OSError:  # whoever is not root leaves no trace
        return
