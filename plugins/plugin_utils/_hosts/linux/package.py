# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""How a package comes to a Linux host: a few modules, one after the other, each in the background of the host. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..._core.tentacle.package import WantedPackage
from ..._core.tentacle.package_linux import APT_KEY, LinuxMachine, LinuxSource, deb_name, debian_architecture, rpm_name
from .. import contract as do
from ..step import Step, called, optional
from . import names
from .batch import MODULE, module_arguments
from .observe import ALONE, query, run

_BUSY = "Could not get lock|Unable to (acquire|lock)|locked by another process|transaction lock"
"""What apt and dpkg say while another of them is at work: on a new machine, the first updates often are."""

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
    """Return what is to be run, in order. `seconds` is how long the package manager may wait for another one to end."""
    return [*_clear_the_way(machine, seconds), *_stages(package, source, machine, seconds)]


def _stages(package: WantedPackage, source: LinuxSource, machine: LinuxMachine, seconds: int) -> list[Stage]:
    if source.kind == "apt":
        return [_apt_repository(source, machine, seconds), _apt(package, seconds, name=deb_name(package.version))]
    if source.kind == "dnf":
        return [_dnf_repository(source), _dnf(package, machine, seconds, name=[rpm_name(package.version)], update_cache=True)]
    return [*_fetch(package, source), *_unpack(package, source, machine, seconds)]


def _clear_the_way(machine: LinuxMachine, seconds: int) -> list[Stage]:
    """Return what forgets an installation that was cut off: its package manager would say that there is nothing to do."""
    if not machine.broken:
        return []
    forget = {"deb": ("dpkg", "--remove", "--force-remove-reinstreq"), "rpm": ("rpm", "--erase", "--noscripts")}[str(machine.installed_as)]
    return [_batch([run(*forget, "tentacle", again=_BUSY, patience=seconds)], "Removing an installation that does not answer")]


def remove_stages(installed_as: str, machine: LinuxMachine, *, seconds: int) -> list[Stage]:
    """Return what removes the package, and with it the repository that it came from."""
    gone = {
        "deb": [Stage("ansible.builtin.apt", {"name": "tentacle", "state": "absent", "lock_timeout": seconds}, _REMOVING)],
        "rpm": [Stage(_dnf_module(machine), {"name": ["tentacle"], "state": "absent", "lock_timeout": seconds}, _REMOVING)],
    }
    leftovers = [names.APT_SOURCE, names.APT_KEYRING, names.DNF_SOURCE, names.STATE]
    if installed_as == "archive":
        leftovers = [names.COMMAND, names.LOCATION, *leftovers]
    return [*gone.get(installed_as, []), _batch([do.remove(path) for path in leftovers], "Removing what is left of Tentacle")]


def _batch(steps: list[Step], doing: str) -> Stage:
    return Stage(MODULE, module_arguments(steps), doing)


def _apt_repository(source: LinuxSource, machine: LinuxMachine, seconds: int) -> Stage:
    key = source.key or APT_KEY
    word = "key" if key.lstrip().startswith("-----BEGIN") else "url"
    lines = (
        "# Written by octoboot.octopus.",
        "Types: deb",
        f"URIs: {source.location}",
        f"Suites: {source.suite}",
        "Components: main",
        f"Architectures: {debian_architecture(machine)}",
        f"Signed-By: {names.APT_KEYRING}",
    )
    # This repository alone: another that is broken is not our matter, and an error of this one is then the last that apt says.
    update = (
        "update",
        "--option=Dir::Etc::sourcelist=" + names.APT_SOURCE,
        "--option=Dir::Etc::sourceparts=-",
        "--option=APT::Get::List-Cleanup=0",
        "--option=APT::Update::Error-Mode=any",
    )
    steps = [
        do.keyring(names.APT_KEYRING, _DOWNLOAD_SECONDS, **{word: key}),
        optional(do.move(names.APT_OLD_SOURCE, f"{names.APT_OLD_SOURCE}.save")),
        do.write_text(names.APT_SOURCE, "\n".join(lines) + "\n", mode="0644"),
        # A machine that lost its power while dpkg was at work has to end that first.
        run("dpkg", "--configure", "-a", again=_BUSY, patience=seconds),
        called(run("apt-get", *update, again=_BUSY, patience=seconds), "apt-get update"),
        query("madison", "tentacle", file="apt-cache"),
    ]
    return _batch(steps, f"Reading the repository {source.location}")


def _apt(package: WantedPackage, seconds: int, **what: Any) -> Stage:
    arguments = {"state": "present", "allow_downgrade": package.allow_downgrade, "lock_timeout": seconds, **what}
    if "deb" in what:
        del arguments["state"]
    return Stage("ansible.builtin.apt", arguments, f"Installing {what.get('name') or what['deb']}")


def _dnf_repository(source: LinuxSource) -> Stage:
    doing = f"Adding the repository {source.location}"
    if source.location.endswith(".repo"):
        arguments = {"url": source.location, "dest": names.DNF_SOURCE, "mode": "0644", "force": True, "timeout": _DOWNLOAD_SECONDS}
        return Stage("ansible.builtin.get_url", arguments, doing)
    arguments = {
        "name": names.DNF_REPOSITORY_ID,
        "description": "Octopus Tentacle",
        "file": names.DNF_REPOSITORY_ID,
        "baseurl": [source.location],
        "gpgcheck": True,
        "gpgkey": [source.key],
        "mode": "0644",
    }
    return Stage("ansible.builtin.yum_repository", arguments, doing)


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
    arguments: dict[str, Any] = {"url": source.location, "dest": path, "mode": "0600", "force": True, "timeout": _DOWNLOAD_SECONDS}
    if package.checksum:
        arguments["checksum"] = f"sha256:{package.checksum}"
    return [Stage("ansible.builtin.get_url", arguments, f"Fetching {source.location}")]


def _unpack(package: WantedPackage, source: LinuxSource, machine: LinuxMachine, seconds: int) -> list[Stage]:
    path = downloaded(source)
    cleanup = _batch([do.remove(path)], "Removing the package's file")
    if source.kind == "deb":
        return [_apt(package, seconds, deb=path), cleanup]
    if source.kind == "rpm":
        # What was compared with a checksum needs no signature too: a file of one's own is rarely signed.
        return [_dnf(package, machine, seconds, name=[path], disable_gpg_check=bool(package.checksum)), cleanup]
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
        version(names.EXECUTABLE),
        do.remove(_FORMER),
        do.remove(_STAGING),
        do.remove(path),
    ]
