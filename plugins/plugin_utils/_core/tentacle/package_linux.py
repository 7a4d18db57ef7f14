# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Where a Linux host gets its package of Tentacle from, judged from what the user says and what the host has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ..errors import PackageError
from .apt_sources import without_login
from .package import WantedPackage
from .version import Version

Kind = Literal["apt", "dnf", "deb", "rpm", "archive"]
Format = Literal["deb", "rpm", "archive"]

APT_REPOSITORY = "https://apt.octopus.com/"
APT_KEY = "https://apt.octopus.com/public.key"
APT_SUITE = "stable"
DNF_REPOSITORY = "https://rpm.octopus.com/tentacle.repo"
_ARCHIVES = "https://download.octopusdeploy.com/linux-tentacle/tentacle-{version}-linux_{architecture}.tar.gz"
_NEWEST_ARCHIVE = "https://octopus.com/downloads/latest/Linux_{architecture}TarGz/OctopusTentacle"
"""The vendor's own places (tentacle.md 7.2, 7.3)."""

_ARCHITECTURES = {"x86_64": ("amd64", "x64"), "aarch64": ("arm64", "arm64"), "armv7l": ("armhf", "arm")}
_ENDINGS: dict[str, Format] = {".deb": "deb", ".rpm": "rpm", ".tar.gz": "archive", ".tgz": "archive"}
_PLACES: dict[str, Format] = {"Apt/": "deb", "Rpm/": "rpm", "TarGz/": "archive"}
_INSTALLERS: dict[Format, tuple[str, ...]] = {"deb": ("apt-get",), "rpm": ("dnf5", "dnf")}


@dataclass(frozen=True)
class LinuxMachine:
    """What of a host decides: its processor, the package tools that it has, and in which format Tentacle is installed on it.

    `broken`: the package manager has it, and it was cut off. `apt_source`: the file of somebody else's that names the repository, empty
    where there is none; `apt_ours`: there is one of ours from before.
    """

    architecture: str
    tools: frozenset[str]
    installed_as: Format | None = None
    broken: bool = False
    apt_source: str = ""
    apt_ours: bool = False


@dataclass(frozen=True)
class LinuxSource:
    """A package's source. `location`: URL of the repository, or URL or path (`is_file`, on the controller) of the package.

    `login`: user and password for the repository, which its URL held.
    """

    kind: Kind
    location: str
    is_file: bool = False
    key: str | None = None
    suite: str = APT_SUITE
    login: tuple[str, str] | None = field(default=None, repr=False)

    @property
    def format(self) -> Format:
        """The format that Tentacle is installed in from here."""
        formats: dict[str, Format] = {"apt": "deb", "dnf": "rpm"}
        return formats.get(self.kind) or self.kind  # type: ignore[return-value]


def linux_source(wanted: WantedPackage, machine: LinuxMachine) -> LinuxSource:
    """Choose the source: the user's package, else the repository of the host's package manager, else the vendor's archive.

    Raises PackageError for what this host cannot install.
    """
    source = _named(wanted) if wanted.url or wanted.file else _repository(wanted, machine) or _archive(wanted, machine)
    _require_installer(source, machine)
    if machine.installed_as and machine.installed_as != source.format:
        raise PackageError(
            f"Tentacle is installed here from {_called(machine.installed_as)}, and would now come from {_called(source.format)}: two "
            "owners of the same files. Keep to one, or remove Tentacle first (the module 'tentacle' with 'state: absent')."
        )
    return source


def debian_architecture(machine: LinuxMachine) -> str:
    """Return Debian's word for the processor. Raises PackageError for one that Tentacle does not run on (tentacle.md 7.1)."""
    return _architecture(machine)[0]


def deb_name(version: Version | None) -> str:
    """Return what apt calls a version of the package."""
    return f"tentacle={version}" if version else "tentacle"


def rpm_name(version: Version | None) -> str:
    """Return what dnf calls a version of the package (tentacle.md 7.1: an rpm's version cannot hold a dash)."""
    return f"tentacle-{str(version).replace('-', '_')}" if version else "tentacle"


def _named(wanted: WantedPackage) -> LinuxSource:
    location = str(wanted.url or wanted.file)
    path = location.partition("?")[0]
    found = next((kind for ending, kind in _ENDINGS.items() if path.lower().endswith(ending)), None)
    found = found or next((kind for place, kind in _PLACES.items() if place in path), None)
    if found is None:
        raise PackageError(f"The package {location} cannot be installed on Linux: its name must end with .deb, .rpm or .tar.gz.")
    return LinuxSource(found, location, is_file=wanted.url is None)


def _repository(wanted: WantedPackage, machine: LinuxMachine) -> LinuxSource | None:
    url, login = without_login(wanted.repository_url) if wanted.repository_url else (None, None)
    if "apt-get" in machine.tools:
        key, suite = wanted.repository_key or APT_KEY, wanted.repository_suite or APT_SUITE
        return LinuxSource("apt", url or APT_REPOSITORY, key=key, suite=suite, login=login)
    if machine.tools & {"dnf", "dnf5"}:
        return LinuxSource("dnf", url or DNF_REPOSITORY, key=wanted.repository_key, login=login)
    return None


def _archive(wanted: WantedPackage, machine: LinuxMachine) -> LinuxSource:
    word = _architecture(machine)[1]
    if wanted.version is None:
        return LinuxSource("archive", _NEWEST_ARCHIVE.format(architecture=word))
    return LinuxSource("archive", _ARCHIVES.format(version=wanted.version, architecture=word))


def _architecture(machine: LinuxMachine) -> tuple[str, str]:
    try:
        return _ARCHITECTURES[machine.architecture]
    except KeyError:
        raise PackageError(
            f"Tentacle has no package for this machine's processor ({machine.architecture}), only for {', '.join(_ARCHITECTURES)}."
        ) from None


def _require_installer(source: LinuxSource, machine: LinuxMachine) -> None:
    needed = _INSTALLERS.get(source.format, ())
    if needed and not machine.tools & set(needed):
        raise PackageError(f"{source.location} needs {' or '.join(needed)}, which this machine does not have. Name a .tar.gz instead.")
    if source.kind == "dnf" and not source.location.endswith(".repo") and not source.key:
        raise PackageError(
            "'tentacle_repository_key' is missing: packages of a repository that is not the vendor's own need a key to trust."
        )


def _called(kind: Format) -> str:
    return "an archive (.tar.gz)" if kind == "archive" else f"a .{kind} package"
