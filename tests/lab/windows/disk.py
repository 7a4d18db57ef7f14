"""A disk as Windows has it: names without case, owners, access lists with inheritance, junctions, read-only files and files in use."""

from __future__ import annotations

import errno
import ntpath
from collections.abc import Callable
from dataclasses import dataclass, field

SYSTEM, ADMINISTRATORS, USERS = "S-1-5-18", "S-1-5-32-544", "S-1-5-32-545"
TRUSTED_INSTALLER = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
FULL_CONTROL, READ_AND_EXECUTE, CREATE = 2032127, 1179817, 6
NO_SPACE = "There is not enough space on the disk."
IN_USE = "The process cannot access the file because it is being used by another process."
DENIED = "Access to the path is denied."
NO_PART = "Could not find a part of the path"
NO_NETWORK_PATH = "The network path was not found."
DRIVES = ("C:\\", "D:\\")
_CURRENT = "C:\\Windows\\System32"
"""Where a process of SYSTEM runs."""


@dataclass(frozen=True)
class Rule:
    """One entry of an access list; `rights` as FileSystemRights of .NET numbers them."""

    sid: str
    rights: int
    allow: bool = True


@dataclass
class Node:
    """A file (`data`) or a folder (None). `rules` are its own; the parent's are added unless it is `protected`.

    `owner` may change the rules at any time, whatever they say. `link`: the folder is a junction to this path. `unreadable`: the rules
    let not even SYSTEM read them.
    """

    name: str
    data: bytes | None
    rules: tuple[Rule, ...] = ()
    protected: bool = False
    owner: str = ADMINISTRATORS
    link: str | None = None
    read_only: bool = False
    unreadable: bool = False


@dataclass
class Disk:
    """The drives of one machine. Implements `FileSystem` of tests.lab.machine.

    A path means what it means to a process of SYSTEM: one that is not absolute is below the folder that it runs in, `%X%` in it is a
    name like another, and one with a separator at its end never names a file. Of the network it sees nothing.

    Who writes is SYSTEM, so that what is made belongs to the administrators. What is `held` is open in a program that shares it with
    nobody: it can be neither written nor removed, and no folder above it renamed.
    """

    full: Callable[[], bool] = lambda: False
    nodes: dict[str, Node] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        everybody = (Rule(SYSTEM, FULL_CONTROL), Rule(ADMINISTRATORS, FULL_CONTROL), Rule(USERS, READ_AND_EXECUTE), Rule(USERS, CREATE))
        for drive in DRIVES:
            self.nodes[_key(drive)] = Node(drive, None, everybody, protected=True, owner=TRUSTED_INSTALLER)
        for path in (
            "C:\\Program Files",
            "C:\\ProgramData",
            "C:\\Windows\\Temp",
            "C:\\Users",
            "C:\\Windows\\System32\\config\\systemprofile",
        ):
            self.make_dirs(path)

    def exists(self, path: str) -> bool:
        node = self.nodes.get(self._inside(path))
        return node is not None and not (_names_folder(path) and node.data is not None)

    def is_dir(self, path: str) -> bool:
        node = self.nodes.get(self._resolved(path))
        return node is not None and node.data is None

    def list_dir(self, path: str) -> list[str]:
        self._folder(path)
        folder = self._resolved(path).rstrip("\\") + "\\"
        inside = ((key[len(folder) :], node) for key, node in self._snapshot() if key.startswith(folder) and key != folder)
        return sorted(node.name for rest, node in inside if "\\" not in rest)

    def make_dirs(self, path: str, owner: str = ADMINISTRATORS, rules: tuple[Rule, ...] | None = None) -> None:
        """Make a folder and those above it; with `rules`, it has them, and no others, from its first moment."""
        key = self._resolved(path)
        if key in self.nodes:
            self._folder(path)
            return
        full = full_path(path)
        if ntpath.dirname(full) == full:
            raise _no_part(path)
        self.make_dirs(ntpath.dirname(full), owner)
        self._need_space(path)
        self.nodes[key] = Node(ntpath.basename(full), None, rules or (), rules is not None, owner)

    def make_link(self, path: str, target: str, owner: str = ADMINISTRATORS) -> None:
        """Make a junction."""
        self.nodes[self._resolved(path)] = Node(ntpath.basename(full_path(path)), None, owner=owner, link=target)

    def is_link(self, path: str) -> bool:
        node = self.nodes.get(self._inside(path))
        return node is not None and node.link is not None

    def read(self, path: str) -> bytes:
        node = self.nodes.get(self._resolved(path))
        if node is None or (_names_folder(path) and node.data is not None):
            raise FileNotFoundError(errno.ENOENT, "Could not find file", path)
        if node.data is None:
            raise IsADirectoryError(errno.EISDIR, "is a folder", path)
        return node.data

    def write(self, path: str, data: bytes) -> None:
        key = self._resolved(path)
        self._folder(ntpath.dirname(full_path(path)))
        if self.is_dir(path):
            raise IsADirectoryError(errno.EISDIR, "is a folder", path)
        if _names_folder(path):
            raise _no_part(path)
        self._need_writable(path, [key])
        self._need_space(path)
        if key in self.nodes:
            self.nodes[key].data = data
        else:
            self.nodes[key] = Node(ntpath.basename(full_path(path)), data)

    def delete(self, path: str) -> None:
        """Remove a file, or a folder and what is in it; of a junction, the junction alone."""
        if not self.exists(path):
            raise FileNotFoundError(errno.ENOENT, "Could not find file", path)
        tree = self._tree(path)
        self._need_writable(path, tree)
        for key in tree:
            self.nodes.pop(key, None)

    def rename(self, path: str, target: str) -> None:
        """Give a file, or a folder and what is in it, another name, which nothing has yet."""
        if not self.exists(path):
            raise _no_part(path)
        if self.exists(target):
            raise FileExistsError(errno.EEXIST, "Cannot create a file when that file already exists", target)
        tree = self._tree(path)
        if self.held.intersection(tree):
            raise PermissionError(errno.EACCES, DENIED, path)
        old, new = self._inside(path), self._inside(target)
        moved = {new + key[len(old) :]: self.nodes.pop(key) for key in tree}
        moved[new].name = ntpath.basename(full_path(target))
        self.nodes.update(moved)

    def hold(self, path: str) -> None:
        """Let a program open a file or folder, and share it with nobody."""
        self.held.add(self._inside(path))

    def node(self, path: str) -> Node:
        """Return a file or folder; of a junction, the junction itself. Raises KeyError when nothing is there."""
        return self.nodes[self._inside(path)]

    def protect(self, path: str, rules: tuple[Rule, ...], owner: str | None = None) -> None:
        """Give a path its own access list, inherited by what is in it, and maybe another owner. A junction's is that of its target."""
        node = self.nodes[self._resolved(path)]
        node.rules, node.protected = rules, True
        node.owner = owner or node.owner

    def access(self, path: str) -> tuple[bool, list[tuple[Rule, bool]]]:
        """Return whether inheritance is cut, and every rule in force with whether it is inherited."""
        key = self._resolved(path)
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
        return self.nodes[key].name if _parent(key) == key else ntpath.join(self._spelled(_parent(key)), self.nodes[key].name)

    def _inside(self, path: str) -> str:
        """Return the key of a path whose folders above it are followed through junctions."""
        key = _key(path)
        above = _parent(key)
        return key if above == key else ntpath.join(self._resolved(above), ntpath.basename(key))

    def _resolved(self, path: str) -> str:
        """Return the key of what a path leads to, through every junction."""
        key = self._inside(path)
        node = self.nodes.get(key)
        return key if node is None or node.link is None else self._resolved(node.link)

    def _tree(self, path: str) -> list[str]:
        key = self._inside(path)
        return [other for other, _node in self._snapshot() if other == key or other.startswith(key + "\\")]

    def _need_writable(self, path: str, keys: list[str]) -> None:
        if self.held.intersection(keys):
            raise PermissionError(errno.EACCES, IN_USE, path)
        if any(key in self.nodes and self.nodes[key].read_only for key in keys):
            raise PermissionError(errno.EACCES, DENIED, path)

    def _folder(self, path: str) -> None:
        node = self.nodes.get(self._resolved(path))
        if node is None:
            raise _no_part(path)
        if node.data is not None:
            raise NotADirectoryError(errno.ENOTDIR, "is a file", path)

    def _need_space(self, path: str) -> None:
        if self.full():
            raise OSError(errno.ENOSPC, NO_SPACE, path)


def full_path(path: str) -> str:
    """Return an absolute path in one way of writing it, as Path.GetFullPath of .NET does."""
    path = path.replace("/", "\\")
    if path.startswith("\\\\?\\") and path[5:7] == ":\\":
        path = path[4:]
    drive, rest = ntpath.splitdrive(path)
    if drive and not rest.startswith("\\"):  # below the folder that the process runs in on that drive: on others that is the root
        path = ntpath.join(_CURRENT if drive.lower() == _CURRENT[:2].lower() else f"{drive}\\", rest)
    return ntpath.normpath(ntpath.join(_CURRENT, path))


def _names_folder(path: str) -> bool:
    return path.endswith(("\\", "/"))


def _no_part(path: str) -> FileNotFoundError:
    words = NO_NETWORK_PATH if full_path(path).startswith("\\\\") else NO_PART
    return FileNotFoundError(errno.ENOENT, words, path)


def _key(path: str) -> str:
    return full_path(path).lower()


def _parent(key: str) -> str:
    return ntpath.dirname(key)
