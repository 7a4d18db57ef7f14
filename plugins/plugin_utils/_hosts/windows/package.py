# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""How a package comes to a Windows host: the modules that download and install it, and why they failed. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..._core.errors import HostError
from ..._core.tentacle.package import WantedPackage
from ..._core.tentacle.package_windows import why_msi_failed
from ..._core.text import sentence
from ..._core.urls import split_login
from ..driver import exit_code, why_failed
from . import names

INSTALLER = "ansible.windows.win_package"
DOWNLOAD = "ansible.windows.win_get_url"
ANOTHER_INSTALLER = 1618
LOG = f"{names.STATE}\\install.log"
_PREAMBLE = re.compile(r"^Error downloading '.*?' to '.*?': ")
"""What win_get_url begins with: the URL, which has been said, and a file that is ours."""
_MEANINGS = {
    1601: "the Windows Installer service cannot be reached",
    1602: "the installation was cancelled",
    1603: "a fatal error during installation",
    1619: "the package could not be opened",
    1625: "the installation is forbidden by system policy",
    1633: "the package does not fit this processor",
    1638: "another version of this product is installed already",
}


def is_remote(source: str) -> bool:
    """Tell whether a package has to come to the host: from a web server, or from a share, which win_get_url reads as well."""
    return source.lower().startswith(("http", "\\\\"))


def local_package(programdata: str) -> str:
    """Return where a package is put on the host."""
    return names.PACKAGE.replace("<programdata>", programdata)


def installer_arguments(package: WantedPackage, path: str, programdata: str) -> dict[str, Any]:
    """Return the arguments of win_package. `path`: the package's URL, or its file on the host."""
    url, login = _asked(path)
    return {"path": url, "state": "present", "log_path": LOG.replace("<programdata>", programdata), **login, **_checksum(package)}


def download_arguments(package: WantedPackage, source: str, programdata: str) -> dict[str, Any]:
    """Return the arguments of win_get_url. What an earlier run downloaded serves where a checksum says that it is the same."""
    url, login = _asked(source)
    return {"url": url, "dest": local_package(programdata), "force": not package.checksum, **login, **_checksum(package)}


def why_not_downloaded(package: WantedPackage, source: str, result: Mapping[str, Any]) -> HostError:
    """Return the error for a package that could not be downloaded."""
    reason = sentence(_PREAMBLE.sub("", why_failed(result)))
    if package.url:
        return HostError(f"is {source}, and downloading it failed: {reason}", option="package_url")
    return HostError(f"Downloading {source} failed: {reason}")


def why_not_installed(source: str, result: Mapping[str, Any], log: str) -> HostError:
    """Return the error for an installation that failed. `log`: the installer's own."""
    code = exit_code(result)
    what = f"Installing {source} failed"
    if not code:
        return HostError(f"{what}: {sentence(why_failed(result))}")
    meaning = f" ({_MEANINGS[code]})" if code in _MEANINGS else ""
    said = why_msi_failed(log)
    where = LOG.replace("<programdata>", "%ProgramData%")
    return HostError(f"{what} with exit code {code}{meaning}{f': {said}' if said else ''}. The installer's log on the machine is {where}.")


def _asked(source: str) -> tuple[str, dict[str, Any]]:
    """Return a URL, and the options of the login that it holds: .NET passes over what stands before a host."""
    url, login = split_login(source) if source.lower().startswith("http") else (source, None)
    return url, {"url_username": login[0], "url_password": login[1], "force_basic_auth": True} if login else {}


def _checksum(package: WantedPackage) -> dict[str, str]:
    return {"checksum": package.checksum, "checksum_algorithm": "sha256"} if package.checksum else {}
