# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Where a Windows host gets its package of Tentacle from."""

from __future__ import annotations

from ..errors import PackageError
from .package import WantedPackage

DOTNET_48_RELEASE = 528040
"""The least `Release` of the .NET Framework 4.8, which the net48 MSI needs (tentacle.md 7.4)."""

_DOWNLOADS = "https://download.octopusdeploy.com/octopus/Octopus.Tentacle.{version}{kind}.msi"
_LATEST = "https://octopus.com/downloads/latest/WindowsX64/OctopusTentacle"


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
