# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Where a Windows host gets its package of Tentacle from."""

from __future__ import annotations

import re

from ..errors import PackageError
from ..text import shown
from .package import WantedPackage

DOTNET_48_RELEASE = 528040
"""The least `Release` of the .NET Framework 4.8, which the net48 MSI needs (tentacle.md 7.4)."""

_DOWNLOADS = "https://download.octopusdeploy.com/octopus/Octopus.Tentacle.{version}{kind}.msi"
_LATEST = "https://octopus.com/downloads/latest/WindowsX64/OctopusTentacle"

_MSI_PREFIX = re.compile(r"^MSI \([a-z]\)(?: \([0-9A-F:!]+\))?(?: \[[0-9:.]+\])?: ?(?:Product: .*? -- )?|^Product: .*? -- ")
_MSI_ERROR = re.compile(r"(?<!DEBUG: )\bError [1-9][0-9]{3,4}\b|\bactual error code\b|-- (?!Installation failed)")
_MSI_STOPPED = "Return value 3"
_LINES = 3


def why_msi_failed(log: str) -> str:
    """Return the lines of an installer's log that say why it failed, joined to one; empty when it says nothing.

    Windows Installer numbers its errors, and ends the action that failed with "Return value 3"; a verbose log goes on for hundreds of
    lines after these (https://learn.microsoft.com/windows/win32/msi/windows-installer-logging).
    """
    lines = [line for line in map(str.strip, log.replace("\0", "").splitlines()) if line and not line.startswith("===")]
    stopped = next((number for number, line in enumerate(lines) if _MSI_STOPPED in line), None)
    told = [line for line in lines if _MSI_ERROR.search(line)]
    if not told:
        told = lines[-_LINES:] if stopped is None else lines[max(0, stopped - _LINES + 1) : stopped + 1]
    return shown(" | ".join(dict.fromkeys(_MSI_PREFIX.sub("", line) for line in told[:_LINES]))).rstrip(". ")


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
