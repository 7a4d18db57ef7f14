# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The sources of apt on a host: which of its files name a repository already. Pure.

apt refuses to work at all when two of them name one repository with different keys (`Signed-By`), so that a second one would not be
ours alone to answer for. One that is there is left as it is, and used: somebody wrote it, or a tool writes it again and again, and whom
it trusts is that machine's own decision.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import SplitResult, urlsplit

from ..errors import InputError
from ..urls import split_login

HEADER = "# Written by octoboot.octopus."
"""The first line of our own file."""

_ONE_LINE = re.compile(r"^\s*deb\s+(?:\[[^\]]*\]\s*)?(\S+)\s+(\S+)", re.MULTILINE)
_READ = re.compile(r"^[A-Za-z0-9_.-]+\.(list|sources)$")
"""What a file must be called for apt to read it (sources.list(5))."""

_NO = ("no", "false", "without", "off", "disable", "0")


def is_ours(text: str | None) -> bool:
    """Tell whether a file of this content was written by this collection."""
    return text is not None and text.startswith(HEADER)


def file_that_names(location: str, suite: str, files: Mapping[str, str]) -> str | None:
    """Return the first file that names a repository, of those that others wrote. `files`: content by path."""
    wanted = (_key(location), suite.rstrip("/"))
    for path, text in files.items():
        if not is_ours(text) and any((_key(uri), its.rstrip("/")) == wanted for uri, its in _repositories(path, text)):
            return path
    return None


def without_login(location: str) -> tuple[str, tuple[str, str] | None]:
    """Return a URL without the user and password in it, and these two. Raises InputError for what a file of apt's cannot hold."""
    url, login = split_login(location)
    if not all(word and word.isprintable() and not re.search(r"\s", word) for word in login or ()):
        raise InputError("holds a user or a password that is empty or has blanks in it.", option="repository_url")
    return url, login


def login_line(location: str, login: tuple[str, str]) -> str:
    """Return the line of apt_auth.conf(5) for a repository. Without a protocol it holds for https alone."""
    parts = urlsplit(location)
    protocol = "http://" if parts.scheme == "http" else ""
    return f"machine {protocol}{parts.netloc}{parts.path.rstrip('/')} login {login[0]} password {login[1]}\n"


def _repositories(path: str, text: str) -> Iterator[tuple[str, str]]:
    """Yield each repository that a file names, as URI and suite."""
    name = path.rpartition("/")[2]
    if not _READ.match(name):
        return
    if name.endswith(".list"):
        yield from _ONE_LINE.findall(text)
        return
    for stanza in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n")):
        fields = dict(_fields(stanza.splitlines()))
        if "deb" in fields.get("types", "").split() and fields.get("enabled", "yes").strip().lower() not in _NO:
            suites = fields.get("suites", "").split()
            yield from ((uri, suite) for uri in fields.get("uris", "").split() for suite in suites)


def _fields(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the fields of a stanza in deb822, each on one line (deb822(5))."""
    name, value = "", ""
    for line in lines:
        if line.startswith("#"):
            continue
        if line[:1] in (" ", "\t"):
            value += f" {line.strip()}"
            continue
        if name:
            yield name, value
        name, _colon, value = line.partition(":")
        name = name.strip().lower()
    if name:
        yield name, value


def _key(location: str) -> tuple[str, str, str]:
    """Return what makes two URIs one repository: credentials and the last slash do not count."""
    try:
        parts = urlsplit(location)
    except ValueError:
        parts = SplitResult("", location, "", "", "")
    return parts.scheme.lower(), parts.netloc.rpartition("@")[2].lower(), parts.path.rstrip("/")
