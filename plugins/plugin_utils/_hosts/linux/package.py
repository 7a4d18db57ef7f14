# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""How a package comes to a Linux host: a few modules, one after the other, each in the background of the host. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ..._core.tentacle.package import WantedPackage
from ..._core.tentacle.package_linux import LinuxMachine, LinuxSource, deb_name, rpm_name
from .. import contract as do
from ..step import Step, optional
from . import names
from .apt import BUSY, leftover_files, repository_steps
from .batch import MODULE, module_arguments
from .observe import ALONE, run

_DOWNLOAD_SECONDS = 60
_STAGING = f"{names.INSTALL_FOLDER}/.tentacle-new"
_FORMER = f"{names.INSTALL_FOLDER}/.tentacle-old"
_REMOVING = "Removing the package of Tentacle"
_ENDINGS = {"deb": ".deb", "rpm": ".rpm", "archive": ".tar.gz"}


@dataclass(frozen=True)
class Stage:
    """One module to run: `doing` says what for, in words that "failed" may follow."""

    module: str
    arguments: dict[str, Any]
    doing: str


def downloaded(source: LinuxSource) -> str:
    """Return where the package's file is put on the host."""
    return f"{names.STATE}/tentacle{_ENDINGS[source.format]}"


def install_stages(package: WantedPackage, source: LinuxSource, machine: LinuxMachine, *, seconds: int) -> list[Stage]:
    """Return what is to be run, in order. `seconds` is how long the package manager may wait for another one to end.

    Nothing is removed before the new package is on the host: where the repository cannot be read, what is there is better than nothing.
    """
    if source.kind == "apt":
        name = deb_name(package.version)
        return [_apt_repository(source, machine, seconds), *_again(machine, name, seconds), _apt(package, seconds, name=name)]
    if source.kind == "dnf":
        name = rpm_name(package.version)
        return [_dnf_repository(source), *_again(machine, name, seconds), _dnf(package, machine, seconds, name=[name], update_cache=True)]
    return [*_fetch(package, source), *_unpack(package, source, machine, seconds)]


def _again(machine: LinuxMachine, what: str, seconds: int) -> list[Stage]:
    """Return what installs over an installation that was cut off: its package manager would say that there is nothing to do.

    `what` is the package's name in the repository, or its file. dnf can do this for the version that it has alone, and another one is
    installed by the stage that follows.
    """
    if not machine.broken:
        return []
    if machine.installed_as == "deb":
        options = ("--yes", "--reinstall", "--allow-downgrades", "--no-remove", "--option=Dpkg::Options::=--force-confold")
        steps = [do.linux_run("apt-get", ["install", *options, what], seconds, again=BUSY, patience=seconds)]
    else:
        steps = [
            optional(
                do.linux_run(
                    "dnf5" if "dnf5" in machine.tools else "dnf", ["--assumeyes", "reinstall", what], seconds, again=BUSY, patience=seconds
                )
            )
        ]
    return [_batch(steps, "Installing over a Tentacle that was cut off")]


def leftover_steps(source: LinuxSource) -> list[Step]:
    """Return the steps that remove what an installation that failed leaves of a package's file."""
    if source.kind in ("apt", "dnf"):
        return []
    return [do.remove(path) for path in (downloaded(source), *([_STAGING] if source.kind == "archive" else []))]


def remove_stages(installed_as: str, machine: LinuxMachine, sources: Mapping[str, str], *, seconds: int) -> list[Stage]:
    """Return what removes the package, and with it our entry of the repository. `sources`: those of apt, by their paths."""
    gone = {
        "deb": [Stage("ansible.builtin.apt", {"name": "tentacle", "state": "absent", "lock_timeout": seconds}, _REMOVING)],
        "rpm": [Stage(_dnf_module(machine), {"name": ["tentacle"], "state": "absent", "lock_timeout": seconds}, _REMOVING)],
    }
    leftovers = [*leftover_files(sources), names.DNF_SOURCE, names.STATE]
    if installed_as == "archive":
        leftovers = [names.COMMAND, names.LOCATION, *leftovers]
    return [*gone.get(installed_as, []), _batch([do.remove(path) for path in leftovers], "Removing what is left of Tentacle")]


def _batch(steps: list[Step], doing: str) -> Stage:
    return Stage(MODULE, module_arguments(steps), doing)


def _apt_repository(source: LinuxSource, machine: LinuxMachine, seconds: int) -> Stage:
    used = f" as {machine.apt_source} names it" if machine.apt_source else ""
    return _batch(repository_steps(source, machine, seconds), f"Reading the repository {source.location}{used}")


def _apt(package: WantedPackage, seconds: int, **what: Any) -> Stage:
    arguments = {"state": "present", "allow_downgrade": package.allow_downgrade, "lock_timeout": seconds, **what}
    if "deb" in what:
        del arguments["state"]
    return Stage("ansible.builtin.apt", arguments, f"Installing {what.get('name') or what['deb']}")


def _dnf_repository(source: LinuxSource) -> Stage:
    doing = f"Adding the repository {source.location}"
    if source.location.endswith(".repo"):
        return _download(_with_login(source), names.DNF_SOURCE, "0644", doing)
    arguments: dict[str, Any] = {
        "name": names.DNF_REPOSITORY_ID,
        "description": "Octopus Tentacle",
        "file": names.DNF_REPOSITORY_ID,
        "baseurl": [source.location],
        "gpgcheck": True,
        "gpgkey": [source.key],
        "mode": "0644",
    }
    if source.login:  # then the file is for root's eyes alone
        arguments |= {"username": source.login[0], "password": source.login[1], "mode": "0600"}
    return Stage("ansible.builtin.yum_repository", arguments, doing)


def _with_login(source: LinuxSource) -> str:
    """Return the URL of a .repo file as it was said: it is fetched, and written nowhere."""
    if source.login is None:
        return source.location
    scheme, _separator, rest = source.location.partition("://")
    return f"{scheme}://{':'.join(quote(word, safe='') for word in source.login)}@{rest}"


def _dnf_module(machine: LinuxMachine) -> str:
    return "ansible.builtin.dnf5" if "dnf5" in machine.tools else "ansible.builtin.dnf"


def _dnf(package: WantedPackage, machine: LinuxMachine, seconds: int, **what: Any) -> Stage:
    arguments = {"state": "present", "allow_downgrade": package.allow_downgrade, "lock_timeout": seconds, **what}
    return Stage(_dnf_module(machine), arguments, f"Installing {what['name'][0]}")


def _fetch(package: WantedPackage, source: LinuxSource) -> list[Stage]:
    """Return what brings the package to the host, and checks it. A file of the controller's was copied before."""
    path = downloaded(source)
    if source.is_file:
        return [_batch([do.checksum(path, package.checksum)], f"Checking {source.location}")] if package.checksum else []
    checksum = {"checksum": f"sha256:{package.checksum}"} if package.checksum else {}
    return [_download(source.location, path, "0600", f"Fetching {source.location}", **checksum)]


def _download(url: str, path: str, mode: str, doing: str, **more: str) -> Stage:
    arguments = {"url": url, "dest": path, "mode": mode, "force": True, "timeout": _DOWNLOAD_SECONDS, **more}
    return Stage("ansible.builtin.get_url", arguments, doing)


def _unpack(package: WantedPackage, source: LinuxSource, machine: LinuxMachine, seconds: int) -> list[Stage]:
    path = downloaded(source)
    cleanup = _batch([do.remove(path)], "Removing the package's file")
    if source.kind == "deb":
        return [*_again(machine, path, seconds), _apt(package, seconds, deb=path), cleanup]
    if source.kind == "rpm":
        # What was compared with a checksum needs no signature too: a file of one's own is rarely signed.
        dnf = _dnf(package, machine, seconds, name=[path], disable_gpg_check=bool(package.checksum))
        return [*_again(machine, path, seconds), dnf, cleanup]
    return [
        _batch([do.remove(_STAGING), do.linux_directory(_STAGING, names.ROOT, mode="0755")], "Making room to unpack"),
        Stage(
            "ansible.builtin.unarchive",
            # Not with the owner who packed it: his number may be that of anybody here.
            {"src": path, "dest": _STAGING, "remote_src": True, "extra_opts": ["--no-same-owner"]},
            f"Unpacking {source.location}",
        ),
        _batch(_swap(path), f"Putting {source.location} in place"),
    ]


def version(file: str) -> Step:
    """Return the step that sees a Tentacle run."""
    return run(file, "version", scratch=ALONE)


def _swap(path: str) -> list[Step]:
    """Return the steps that put what was unpacked in the place of what is there. A process that runs keeps the files that it has open."""
    return [
        version(f"{_STAGING}/tentacle/Tentacle"),
        do.remove(_FORMER),
        optional(do.move(names.LOCATION, _FORMER)),
        do.move(f"{_STAGING}/tentacle", names.LOCATION),
        do.link(names.COMMAND, names.EXECUTABLE),
        do.remove(_FORMER),
        do.remove(_STAGING),
        do.remove(path),
    ]
