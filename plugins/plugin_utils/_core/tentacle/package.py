# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Which package of Tentacle a host needs, judged from what it has."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..change import Change
from ..errors import InputError, PackageError
from ..text import shown
from .version import Version

_SCHEME = re.compile(r"\s*[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_SAFE_SCHEME = re.compile(r"\s*(https|file):|[a-z]:[\\/]", re.IGNORECASE)
"""What nobody can alter on its way; `C:\\` is a path."""


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


def require_trusted_way(wanted: WantedPackage) -> None:
    """Raise InputError for what others could alter on its way to the host, and nothing would tell.

    A repository's packages are signed, so its key has to come by a way that nobody can alter; so has a .repo file, which names the key.
    """
    for option, url, remedy in (
        ("package_url", None if wanted.checksum else wanted.url, "use https://, give its 'tentacle_package_checksum'"),
        ("repository_key", wanted.repository_key, "use https://, give the key itself"),
        ("repository_url", wanted.repository_url if _is_repo_file(wanted.repository_url) else None, "use https://"),
    ):
        if url and _SCHEME.match(url) and not _SAFE_SCHEME.match(url):
            raise InputError(
                f"is {shown(url, 200)}, which others can alter on its way to this machine, to be run by its administrator: {remedy}, "
                "or consent with 'tentacle_package_allow_http: true'.",
                option=option,
            )


def _is_repo_file(url: str | None) -> bool:
    return (url or "").partition("?")[0].lower().endswith(".repo")


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
