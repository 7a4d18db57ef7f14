# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Which Tentacle is installed on a Linux host, and by whom. Pure.

Tentacle itself is asked, and the package manager where it gives no answer: one bad answer does not make a package broken. That takes
the package manager's word, or a program that is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..._core.errors import HostError, InputError
from ..._core.tentacle.evidence import NOTHING_DONE, why_no_answer
from ..._core.tentacle.package_linux import Format
from ..._core.tentacle.version import Version
from ..outcomes import Outcome, answer_of
from . import names

_WORKING = ("i", "W", "t")
"""dpkg's second letter: installed, and waiting for triggers of others. Its third is a blank where nothing is wrong."""

_NOT_THERE = ("n", "c")
"""Not installed, and removed but for configuration files."""


@dataclass(frozen=True)
class Installed:
    """The version that is there, and the format that it came in.

    A format without a version is broken: it has to be installed again. `unreadable`: there is one, and nobody can tell which.
    """

    version: Version | None = None
    format: Format | None = None
    unreadable: str | None = None


def read_installed(outcomes: Mapping[str, Outcome]) -> Installed:
    """Judge what the visit's steps 'program', 'version', 'dpkg' and 'rpm' found. Raises HostError for a database that cannot be read."""
    deb, sound, noted = _dpkg(outcomes["dpkg"])
    rpm = _rpm(outcomes["rpm"])
    format_: Format | None = "deb" if deb else "rpm" if rpm is not None else None
    if not outcomes["program"].value:
        return Installed(format=format_)
    answer = answer_of(outcomes["version"])
    version = _parsed(answer.stdout) if answer.rc == 0 else None
    version = version or (_parsed((noted if deb else rpm) or "") if sound else None)
    if version is None and (format_ is None or sound):
        remedy = f"{NOTHING_DONE} Mend it, or remove {names.LOCATION} to have it installed anew."
        return Installed(format=format_ or "archive", unreadable=f"{why_no_answer(answer)}. {remedy}")
    return Installed(version, format_ or "archive")


def _dpkg(told: Outcome) -> tuple[bool, bool, str]:
    """Return whether dpkg has the package, whether all is well with it, and its version."""
    if told.value is None or told.value["rc"] == 1:  # no dpkg, or no such package
        return False, True, ""
    if told.value["rc"] != 0:
        raise HostError(answer_of(told).failure())
    state, _bar, version = told.value["stdout"].partition("|")
    status, flag = state[1:2], state[2:3].strip()
    return bool(status) and status not in _NOT_THERE, status in _WORKING and not flag, version


def _rpm(told: Outcome) -> str | None:
    """Return the version that rpm has, in which a dash cannot stand (tentacle.md 7.1)."""
    if told.value is None or "is not installed" in told.value["stdout"]:
        return None
    if told.value["rc"] != 0:
        raise HostError(answer_of(told).failure())
    return str(told.value["stdout"]).replace("_", "-")


def _parsed(text: str) -> Version | None:
    try:
        return Version.parse(text)
    except InputError:
        return None
