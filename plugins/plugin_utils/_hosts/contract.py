# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
# mypy: disable-error-code="empty-body"
"""The contract of the steps: what a visit to a host can ask for, and what it answers.

A visit is a list of steps, carried out in order. A step fails when it cannot be done, and `run` also when its exit code is not 0.
After a failure only the steps marked `always` are carried out, the others are `skipped`; the failure of a step marked `optional`
ends nothing. A step that was carried out answers `value`, null where it has none, or `error`, a text. In check mode steps that
write fail.

Any text of a step, however deep, may name `<word>`: a secret, or what an earlier step kept. `keep` says for each word which member
of the value it stands for, null the value itself; where that is null it stands for `default`, or for nothing. What a word stands
for is not searched for words again, and a step that names an unknown word fails. `<lt>` is always there, and stands for `<`: text that
is a user's or a host's own is sent with it, so that nothing in it is a word (`literal`). So is `<empty>`, which stands for nothing.

An argument at its default is not sent. `called` is for the log of the run, and no host reads it. What comes back is bounded: of the
output of a process and of a text the last 200,000 characters, of a file the last 200,000 bytes, in base64.

Every function below is one step: its name (behind the system, where the two differ), its arguments, and as return type what the
host answers. Called, it returns the step as it is sent. `contract.json` is made from this file (`make generate`), and a test holds
batch.ps1, the Linux runner and the lab's twin to it.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, TypedDict

from .step import BOTH, LINUX, WINDOWS, Step, reads, writes

LIMIT = 200_000
"""How much of a text (characters) or of a file (bytes) comes back."""


class ProcessResult(TypedDict):
    rc: int
    stdout: str
    stderr: str
    seconds: float


class FileContent(TypedDict):
    name: str
    content: str


class StoredSettings(TypedDict):
    there: bool
    damage: str | None
    values: Mapping[str, str]


# Both systems


@reads(*BOTH)
def exists(path: str) -> bool:
    """Whether a file or folder is there."""


@reads(*BOTH)
def file(path: str) -> str | None:
    """The content of a file in base64; null when there is no such file."""


@reads(*BOTH)
def settings(path: str, keys: Sequence[str]) -> StoredSettings:
    """These settings of a configuration (tentacle.md 2.2), and no other: the private key is one of them.

    `damage`: why the file is no configuration at all, null for one that is. A file that cannot be read is an error.
    """


@reads(*BOTH)
def tail(path: str, lines: int, encoding: Literal["utf-8", "utf-16"] = "utf-8") -> str | None:
    r"""The last lines of a text, with \n between them; null when there is no such file. utf-16 is what the Windows Installer writes."""


@reads(*BOTH)
def certificate(address: str, port: int, wait: int, expect: str | None = None, unit: Annotated[str | None, LINUX] = None) -> str:
    """The thumbprint that a port presents, waited for so many seconds. `unit`: the service whose death ends the wait."""


@reads(*BOTH)
def steady(name: str, seconds: int) -> None:
    """A service runs, and goes on running for so many seconds. It fails as soon as it does not."""


@writes(*BOTH)
def write(path: str, content: str, mode: Annotated[str | None, LINUX] = None, owner: Annotated[str | None, LINUX] = None) -> None:
    """Write a file; `content` is base64. `mode`: octal digits, 600 where it is not said; `owner`: a user, root where it is not."""


@writes(*BOTH)
def move(path: str, target: str) -> None:
    """Move a file, or on Linux a folder too, to another name; a file that stands there is replaced."""


@writes(*BOTH)
def set_aside(path: str, target: str) -> str | None:
    """Move a file to `target`, or where that is taken to the first of `target.1`, `target.2` … that is free: nothing is replaced.

    The name that it has now; null when there is no such file.
    """


@writes(*BOTH)
def remove(path: str, numbered: Annotated[bool, LINUX] = False) -> None:
    """Remove a file, or a folder and what is in it. It is fine if it is not there. `numbered`: and `path.1`, `path.2` … too."""


def write_text(path: str, text: str, mode: str | None = None) -> Step:
    """Return the step that writes a text."""
    return write(path, base64.b64encode(text.encode()).decode(), mode=mode)


# Windows


class OwnedFile(TypedDict):
    name: str
    content: str
    owner: str | None
    owner_name: str | None


class Product(TypedDict):
    product_id: str
    version: str


class AccessRule(TypedDict):
    sid: str
    rights: int
    allow: bool
    inherited: bool


class FolderOwner(TypedDict):
    path: str
    link: bool
    owner: str | None
    owner_name: str | None


class FolderAccess(TypedDict):
    exists: bool
    folder: bool
    link: bool
    owner: str | None
    owner_name: str | None
    protected: bool
    rules: Sequence[AccessRule]
    holds: Sequence[str]
    above: Sequence[FolderOwner]


class ServiceEntry(TypedDict):
    name: str
    state: str
    start_mode: str
    account: str
    sid: str | None
    command_line: str


class FirewallRules(TypedDict):
    problem: str | None
    rules: Sequence[FirewallEntry]


class FirewallEntry(TypedDict):
    enabled: bool
    inbound: bool
    allow: bool
    protocol: int
    ports: str
    profiles: int
    remote_addresses: str


@reads(WINDOWS)
def registry(key: str, name: str) -> str | None:
    """A value below HKEY_LOCAL_MACHINE as text, 64 bits before 32; null when there is none."""


@reads(WINDOWS)
def products(name: str) -> Sequence[Product]:
    """The installed products of that display name."""


@reads(WINDOWS)
def path(path: str) -> str:
    """A path with its %variables% expanded."""


@reads(WINDOWS)
def files(path: str, pattern: str) -> Sequence[OwnedFile]:
    """The files of a folder, their content in base64, and whose they are; none when there is no such folder."""


@reads(WINDOWS)
def windows_access(path: str) -> FolderAccess:
    """Whose a file or folder is, and who may do what in it; and whose the folders above it are, from the inmost outwards.

    `owner` is a SID, null where it cannot be read, as that of a link. `link`: it leads to another place. `holds`: some of the names in a
    folder. `rights` are .NET's FileSystemRights.
    """


@reads(WINDOWS)
def sid(account: str) -> str:
    r"""The SID of an account; LocalSystem, SYSTEM and `.\user` are accounts too."""


@reads(WINDOWS)
def services(name: str) -> Sequence[ServiceEntry]:
    """The services whose name is like that (% is anything), in Win32_Service's words. `sid`: of its account, null when nobody knows it."""


@reads(WINDOWS)
def firewall(name: str) -> FirewallRules:
    """The rules of that name. `problem`: why the firewall cannot be asked."""


@reads(WINDOWS)
def windows_query(file: str, arguments: Sequence[str], timeout: int, environment: Mapping[str, str] | None = None) -> ProcessResult:
    """Ask a program, whatever its exit code."""


@writes(WINDOWS)
def windows_run(file: str, arguments: Sequence[str], timeout: int, environment: Mapping[str, str] | None = None) -> ProcessResult:
    """Run a program. One that has not ended after `timeout` seconds is killed with all that it started, which is a failure.

    When it has ended, and what it started lives on with its pipes, these are read for a moment more.
    """


@writes(WINDOWS)
def windows_directory(path: str, full: Sequence[str], readers: Sequence[str], owners: Sequence[str], aside: bool = False) -> None:
    """Make a folder of the administrators' that these accounts, and nobody else, may use: all of it, or to read.

    It has its owner and its access from its first moment. One that is there is taken when one of `owners` (SIDs) owns it, and is a
    failure otherwise. `aside`: what is there and has not that access, too, is moved to a numbered name, and the folder is made anew.
    """


@writes(WINDOWS)
def start(name: str, timeout: int) -> None:
    """Start a service, and see it run within so many seconds."""


@writes(WINDOWS)
def stop(name: str, timeout: int) -> None:
    """Stop a service, and see it stopped within so many seconds."""


@writes(WINDOWS)
def set_firewall(name: str, description: str, port: int) -> None:
    """Let everybody connect to a TCP port, by one rule of that name, in the place of all that have it."""


@writes(WINDOWS)
def remove_firewall(name: str) -> None:
    """Remove the rules of that name. It is fine if there is none."""


# Linux


class Machine(TypedDict):
    architecture: str
    systemd: bool
    tools: Sequence[str]


class Account(TypedDict):
    home: str
    home_exists: bool
    home_owned: bool
    closed_store: str | None


class Instances(TypedDict):
    files: Sequence[FileContent]
    configuration: str | None
    owner: str


class PathAccess(TypedDict):
    path: str
    owner: str
    mode: int


class LinuxFolder(TypedDict):
    exists: bool
    is_folder: bool
    owner: str
    link: str | None
    exposed: Sequence[str] | None
    closed: Sequence[str]
    holds: Sequence[str]
    marked: bool


@reads(LINUX)
def machine(tools: Sequence[str]) -> Machine:
    """The processor's architecture, whether systemd runs the machine, and which of the programs `tools` it has."""


@reads(LINUX)
def account(account: str) -> Account | None:
    """The home of a user, whether it is there, and whether it is the user's; null when there is no such user.

    `closed_store`: the folder in it that keeps the user's certificates out of .NET's store (tentacle.md 2.4).
    """


@reads(LINUX)
def instances(path: str, name: str) -> Instances:
    """The files of the index of instances, and for one of them its configuration, and whose that is.

    It is the file's owner's, unless somebody else than root could exchange a folder on the way to it: then it is that one's.
    """


@reads(LINUX)
def contents(path: str, pattern: str) -> Sequence[FileContent]:
    """The files of a folder, their content in base64; none when there is no such folder."""


@reads(LINUX)
def linux_access(paths: Sequence[str]) -> Sequence[PathAccess]:
    """Owner and mode of those of the paths that are there. A link is not there, nor what another's link leads to."""


@reads(LINUX)
def linux_folder(path: str, owner: str, marks: Sequence[str]) -> LinuxFolder:
    """Whose a folder is, what it holds (at most four names), and whether it holds a plain file of the names `marks`.

    `link`: the part of the path that is a link, but for one on the way that root alone can have made. `exposed`: the part that another
    than root and `owner` could exchange, and who. `closed`: the folders on the way that `owner` cannot pass.
    """


@reads(LINUX)
def units(path: str, containing: str, name: str) -> Sequence[Mapping[str, str]]:
    """systemd's properties of the unit `name`, and of every unit of the folder `path` whose file holds the text `containing`."""


@reads(LINUX)
def running(containing: str) -> bool:
    """Whether a process runs whose command line holds this text."""


@reads(LINUX)
def linux_query(file: str, arguments: Sequence[str], timeout: int, user: str = "root", scratch: Sequence[str] = ()) -> ProcessResult:
    """Ask a program as a user, whatever its exit code. `scratch`: as for `run`."""


@writes(LINUX)
def linux_run(
    file: str,
    arguments: Sequence[str],
    timeout: int,
    user: str = "root",
    scratch: Sequence[str] = (),
    again: str | None = None,
    patience: int = 0,
) -> ProcessResult:
    """Run a program as a user, in `/`.

    One that has not ended after `timeout` seconds is killed with all that it started, which is a failure. When it has ended, and what it
    started lives on with its pipes, these are read for a moment more.

    `scratch`: variables of its environment that name a new, empty folder of its own, which is gone when it has ended. `again`: run again
    while it fails with words that this expression finds, for at most `patience` seconds."""


@writes(LINUX)
def linux_directory(path: str, owner: str, mode: str | None = None, new_mode: str | None = None, content: Sequence[str] = ()) -> None:
    """Make a folder with its parents, and give it to `owner`. Refuse one that others could exchange, or a link.

    `mode` (octal digits) holds for a folder that is there too, `new_mode` only for one that is made. When the owner changes, what is in
    it by the names `content` goes with it, as far as it was the former owner's.
    """


@writes(LINUX)
def own(path: str, owner: str, former: str = "root", files: str | None = None) -> None:
    """Give a file, or a folder and the plain files in it whose names begin with `files`, to `owner`, and take every right from all others.

    Only what is root's, the `former` owner's or its owner's already. Refuse what others could exchange.
    """


@writes(LINUX)
def forget(thumbprints: Sequence[str], users: Sequence[str] = (), keeper: str | None = None) -> None:
    """Remove the copies of certificates with their keys that .NET keeps for the machine's users and `users`, but not `keeper`'s.

    One that is reached by a user's own link stays.
    """


@writes(LINUX)
def link(path: str, target: str) -> None:
    """Make a symbolic link, in place of a link that stands there."""


@writes(LINUX)
def checksum(path: str, sha256: str) -> None:
    """Refuse a file whose SHA-256 is another."""


@writes(LINUX)
def keyring(target: str, timeout: int, key: str | None = None, url: str | None = None) -> None:
    """Make the keyring `target` of an OpenPGP key, armoured or binary: `key` itself, or what `url` gives within `timeout` seconds."""
