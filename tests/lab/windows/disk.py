"""A disk as Windows has it: names without case, access lists with inheritance, files that a running service holds."""

from __future__ import annotations

import errno
import ntpath
from collections.abc import Callable
from dataclasses import dataclass, field

SYSTEM, ADMINISTRATORS, USERS = "S-1-5-18", "S-1-5-32-544", "S-1-5-32-545"
FULL_CONTROL, READ_AND_EXECUTE, CREATE = 2032127, 1179817, 6
NO_SPACE = "There is not enough space on the disk."


@dataclass(frozen=True)
class Rule:
    """One entry of an access list; `rights` as FileSystemRights of .NET numbers them."""

    sid: str
    rights: int
    allow: bool = True


@dataclass
class Node:
    """A file (`data`) or a folder (None). `rules` are its own; the parent's are added unless it is `protected`."""

    name: str
    data: bytes | None
    rules: tuple[Rule, ...] = ()
    protected: bool = False


@dataclass
class Disk:
    """Drive C: of one machine. Implements `FileSystem` of tests.lab.machine."""

    full: Callable[[], bool] = lambda: False
    in_use: Callable[[str], bool] = lambda path: False
    nodes: dict[str, Node] = field(default_factory=dict)

    def __post_init__(self) -> None:
        everybody = (Rule(SYSTEM, FULL_CONTROL), Rule(ADMINISTRATORS, FULL_CONTROL), Rule(USERS, READ_AND_EXECUTE), Rule(USERS, CREATE))
        self.nodes["c:\\"] = Node("C:\\", None, everybody, protected=True)
        for path in (
            "C:\\Program Files",
            "C:\\ProgramData",
            "C:\\Windows\\Temp",
            "C:\\Users",
            "C:\\Windows\\System32\\config\\systemprofile",
        ):
            self.make_dirs(path)

    def exists(self, path: str) -> bool:
        return _key(path) in self.nodes

    def is_dir(self, path: str) -> bool:
        node = self.nodes.get(_key(path))
        return node is not None and node.data is None

    def list_dir(self, path: str) -> list[str]:
        self._folder(path)
        folder = _key(path).rstrip("\\") + "\\"
        inside = ((key[len(folder) :], node) for key, node in self._snapshot() if key.startswith(folder) and key != folder)
        return sorted(node.name for rest, node in inside if "\\" not in rest)

    def make_dirs(self, path: str) -> None:
        key = _key(path)
        if key in self.nodes:
            self._folder(path)
            return
        self.make_dirs(ntpath.dirname(ntpath.normpath(path)))
        self._need_space(path)
        self.nodes[key] = Node(ntpath.basename(ntpath.normpath(path)), None)

    def read(self, path: str) -> bytes:
        node = self.nodes.get(_key(path))
        if node is None:
            raise FileNotFoundError(errno.ENOENT, "Could not find file", path)
        if node.data is None:
            raise IsADirectoryError(errno.EISDIR, "is a folder", path)
        return node.data

    def write(self, path: str, data: bytes) -> None:
        key = _key(path)
        self._folder(ntpath.dirname(ntpath.normpath(path)))
        if self.is_dir(path):
            raise IsADirectoryError(errno.EISDIR, "is a folder", path)
        if self.in_use(path):
            raise PermissionError(errno.EACCES, "The process cannot access the file because it is being used by another process.", path)
        self._need_space(path)
        if key in self.nodes:
            self.nodes[key].data = data
        else:
            self.nodes[key] = Node(ntpath.basename(path), data)

    def delete(self, path: str) -> None:
        if not self.exists(path):
            raise FileNotFoundError(errno.ENOENT, "Could not find file", path)
        key = _key(path)
        for other, _node in self._snapshot():
            if other == key or other.startswith(key + "\\"):
                self.nodes.pop(other, None)

    def protect(self, path: str, rules: tuple[Rule, ...]) -> None:
        """Give a path its own access list, inherited by what is in it."""
        node = self.nodes[_key(path)]
        node.rules, node.protected = rules, True

    def access(self, path: str) -> tuple[bool, list[tuple[Rule, bool]]]:
        """Return whether inheritance is cut, and every rule in force with whether it is inherited."""
        key = _key(path)
        node = self.nodes[key]
        own = [(rule, False) for rule in node.rules]
        if node.protected:
            return True, own
        return False, own + [(rule, True) for rule, _inherited in self.access(_parent(key))[1]]

    def paths(self) -> list[str]:
        """List every path, in the case in which it was made."""
        return sorted(self._spelled(key) for key, _node in self._snapshot())

    def _snapshot(self) -> list[tuple[str, Node]]:
        """Return what is there at one moment: agents write their logs while others look around."""
        return list(self.nodes.items())

    def _spelled(self, key: str) -> str:
        return self.nodes[key].name if key == "c:\\" else ntpath.join(self._spelled(_parent(key)), self.nodes[key].name)

    def _folder(self, path: str) -> None:
        node = self.nodes.get(_key(path))
        if node is None:
            raise FileNotFoundError(errno.ENOENT, "Could not find a part of the path", path)
        if node.data is not None:
            raise NotADirectoryError(errno.ENOTDIR, "is a file", path)

    def _need_space(self, path: str) -> None:
        if self.full():
            raise OSError(errno.ENOSPC, NO_SPACE, path)


def _key(path: str) -> str:
    return ntpath.normpath(path).lower()


def _parent(key: str) -> str:
    return ntpath.dirname(key)
