# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Which package of Tentacle a host needs, judged from what it has."""

from __future__ import annotations

from dataclasses import dataclass

from .change import Change
from .version import Version

DOTNET_48_RELEASE = 528040
"""The least `Release` of the .NET Framework 4.8, which the net48 MSI needs (tentacle.md 7.4)."""

_DOWNLOADS = "https://download.octopusdeploy.com/octopus/Octopus.Tentacle.{version}{kind}.msi"
_LATEST = "https://octopus.com/downloads/latest/WindowsX64/OctopusTentacle"


class PackageError(Exception):
    """The package that is wanted cannot be had on this host. The text says why, and what to do."""


@dataclass(frozen=True)
class WantedPackage:
    """What the user says of the package. `version` None: any that is installed will do, else the newest."""

    version: Version | None = None
    url: str | None = None
    file: str | None = None
    checksum: str | None = None
    allow_downgrade: bool = False
    strict: bool = False
    repository_url: str | None = None
    repository_key: str | None = None
    repository_suite: str | None = None


@dataclass(frozen=True)
class InstalledPackage:
    """What is installed. `dotnet_release` is 0 without the .NET Framework 4.5 or newer."""

    version: Version | None
    product_id: str | None = None
    dotnet_release: int = 0


@dataclass(frozen=True)
class PackagePlan:
    """What is to be done about the package: nothing when there is no change."""

    change: Change | None = None
    warning: str | None = None


def plan_package(wanted: WantedPackage, installed: Version | None) -> PackagePlan:
    """Decide between nothing, installing, upgrading and downgrading.

    Raises PackageError when a newer version than the pinned one is installed, the pin is strict and downgrading is not allowed.
    """
    if installed is None:
        return PackagePlan(Change("package.version", None, str(wanted.version or "newest")))
    if wanted.version is None or installed == wanted.version:
        return PackagePlan()
    change = Change("package.version", str(installed), str(wanted.version))
    if installed < wanted.version or wanted.allow_downgrade:
        return PackagePlan(change)
    newer = f"Tentacle {installed} is installed, which is newer than the pinned {wanted.version}"
    if wanted.strict:
        raise PackageError(f"{newer}. Pin {installed}, or allow the downgrade with 'tentacle_allow_downgrade: true'.")
    return PackagePlan(warning=f"{newer}; it is left as it is.")


def windows_source(wanted: WantedPackage, dotnet_release: int) -> str:
    """Return the URL of the MSI for a Windows host.

    Without .NET 4.8 the self-contained MSI is taken where the choice is ours; a URL or file of the user's that needs it is a
    PackageError, said before anything is downloaded.
    """
    framework = dotnet_release >= DOTNET_48_RELEASE
    named = wanted.url or wanted.file
    if named:
        if not framework and "-net" not in named.rsplit("/", maxsplit=1)[-1]:
            raise PackageError(
                f"The package {named} needs the .NET Framework 4.8, and this machine does not have it. "
                "Install .NET 4.8 first, or name the self-contained package (…-net8.0-windows-win-x64.msi)."
            )
        return named
    if wanted.version is not None:
        return _DOWNLOADS.format(version=wanted.version, kind="-x64" if framework else "-net8.0-windows-win-x64")
    if not framework:
        raise PackageError(
            "The newest Tentacle needs the .NET Framework 4.8, and this machine does not have it. "
            "Install .NET 4.8 first, or pin 'tentacle_version', so that the self-contained package can be taken."
        )
    return _LATEST
