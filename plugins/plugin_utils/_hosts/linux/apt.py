# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The repository of a host that has apt: what is there already, what we add, and how that is taken back. Pure.

A file of somebody else's that names the repository is used as it is, and ours goes: see `_core/tentacle/apt_sources.py` for why.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

from ..._core.errors import HostError
from ..._core.tentacle.apt_sources import HEADER, file_that_names, is_ours, login_line
from ..._core.tentacle.package_linux import APT_KEY, LinuxMachine, LinuxSource, debian_architecture
from .. import contract as do
from ..outcomes import Outcome
from ..step import Step, called, literal, optional
from . import names
from .observe import run

BUSY = "Could not get lock|Unable to (acquire|lock)|locked by another process|transaction lock"
"""What apt and dpkg say while another of them is at work: on a new machine, the first updates often are."""

_DOWNLOAD_SECONDS = 60


def source_steps() -> dict[str, Step]:
    """Return the steps that read all sources of apt."""
    return {"main": do.file(names.APT_MAIN_SOURCES), "others": do.contents(names.APT_SOURCES, "*")}


def read_sources(outcomes: Mapping[str, Outcome]) -> dict[str, str]:
    """Return the content of the sources by their paths."""
    files = {f"{names.APT_SOURCES}/{file['name']}": file["content"] for file in outcomes["others"].value}
    main = {names.APT_MAIN_SOURCES: outcomes["main"].value} if outcomes["main"].value else {}
    return {path: base64.b64decode(content).decode("utf-8", "replace") for path, content in {**main, **files}.items()}


def taken_source(source: LinuxSource, files: Mapping[str, str]) -> tuple[str, bool]:
    """Return which file of others' names the repository (empty: none does), and whether there is one of ours from before.

    Raises HostError where a file stands in our place.
    """
    ours = files.get(names.APT_SOURCE)
    taken = file_that_names(source.location, source.suite, files) or ""
    if ours is not None and not is_ours(ours) and not taken:
        raise HostError(
            f"{names.APT_SOURCE} was not written by this collection, and names another repository than {source.location}. "
            "Give it another name, or name its repository in 'tentacle_repository_url'."
        )
    return taken, is_ours(ours)


def login_steps(source: LinuxSource) -> tuple[list[Step], dict[str, str]]:
    """Return the steps that let apt log in to the repository, by a file for root's eyes alone, and the secrets in them."""
    if source.kind != "apt":
        return [], {}
    if source.login is None:
        return [do.remove(names.APT_LOGIN)], {}
    folder = do.linux_directory(names.APT_LOGINS, names.ROOT, new_mode="0755")
    content = base64.b64encode(login_line(source.location, source.login).encode()).decode()
    return [folder, do.write(names.APT_LOGIN, "<repository_login>")], {"repository_login": content}


def repository_steps(source: LinuxSource, machine: LinuxMachine, seconds: int) -> list[Step]:
    """Return the steps that make the repository known to apt, and read it. What was ours before is kept until it is read."""
    update = (
        "update",
        "--option=Dir::Etc::sourcelist=" + literal(machine.apt_source or names.APT_SOURCE),
        "--option=Dir::Etc::sourceparts=-",
        "--option=APT::Get::List-Cleanup=0",
        # Of ours alone: another repository that is broken is not our matter, and an error of this one is then the last that apt says.
        *([] if machine.apt_source else ["--option=APT::Update::Error-Mode=any"]),
    )
    return [
        *_keep_former(machine),
        *([] if machine.apt_source else _our_source(source, machine)),
        # A machine that lost its power while dpkg was at work has to end that first. What was cut off half-way dpkg may refuse: then
        # that is installed over, or apt says so itself.
        optional(run("dpkg", "--configure", "-a", again=BUSY, patience=seconds)),
        called(run("apt-get", *update, again=BUSY, patience=seconds), "apt-get update"),
        # apt reads all its sources here: it refuses them when two contradict each other, which the update of one alone does not see.
        run("apt-cache", "madison", "tentacle"),
    ]


def withdraw_steps(machine: LinuxMachine) -> list[Step]:
    """Return the steps that take back what was added, when apt then failed: what was there before is there again."""
    added = [] if machine.apt_source else [names.APT_SOURCE, names.APT_KEYRING]
    if not machine.apt_ours:
        return [do.remove(path) for path in (*added, names.APT_LOGIN)]
    return [*(do.remove(path) for path in added), *(optional(do.move(_former(path), path)) for path in _kept(machine))]


def forget_steps() -> list[Step]:
    """Return the steps that remove what was kept to be put back."""
    return [do.remove(names.APT_FORMER)]


def leftover_files(files: Mapping[str, str]) -> list[str]:
    """Return what of ours is to be removed with the package: a file of another's that has our name is not."""
    used_by_others = any(names.APT_OLD_KEYRING in text for text in files.values() if not is_ours(text))
    old = [] if used_by_others or names.APT_OLD_KEYRING not in files.get(names.APT_SOURCE, "") else [names.APT_OLD_KEYRING]
    return [*([names.APT_SOURCE] if is_ours(files.get(names.APT_SOURCE)) else []), names.APT_KEYRING, names.APT_LOGIN, *old]


def _kept(machine: LinuxMachine) -> list[str]:
    return [names.APT_SOURCE] if machine.apt_source else [names.APT_SOURCE, names.APT_KEYRING]


def _keep_former(machine: LinuxMachine) -> list[Step]:
    if not machine.apt_ours:
        return []
    moves = [optional(do.move(path, _former(path))) for path in _kept(machine)]
    return [*forget_steps(), do.linux_directory(names.APT_FORMER, names.ROOT, mode="0700"), *moves]


def _our_source(source: LinuxSource, machine: LinuxMachine) -> list[Step]:
    key = source.key or APT_KEY
    word = "key" if key.lstrip().startswith("-----BEGIN") else "url"
    lines = (
        HEADER,
        "Types: deb",
        f"URIs: {source.location}",
        f"Suites: {source.suite}",
        "Components: main",
        f"Architectures: {debian_architecture(machine)}",
        f"Signed-By: {names.APT_KEYRING}",
    )
    return [
        do.keyring(names.APT_KEYRING, _DOWNLOAD_SECONDS, **{word: literal(key)}),
        do.write_text(names.APT_SOURCE, "\n".join(lines) + "\n", mode="0644"),
    ]


def _former(path: str) -> str:
    return f"{names.APT_FORMER}/{path.rpartition('/')[2]}"
