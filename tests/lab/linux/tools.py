"""The programs of this machine that Linux hosts are made with."""

from __future__ import annotations

import os
import shutil
import subprocess

PACKAGES = {
    "apt-ftparchive": "apt-utils",
    "debootstrap": "debootstrap",
    "dpkg-deb": "dpkg",
    "dpkg-scanpackages": "dpkg-dev",
    "gpg": "gnupg",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "ssh": "openssh-client",
    "systemd-nspawn": "systemd-container",
    "unshare": "util-linux",
}
"""Programs, and the Debian packages that have them."""


class LinuxUnavailable(RuntimeError):
    """Linux hosts cannot be made here. `str()` says why in one sentence."""


def require() -> None:
    """See that Linux hosts can be made here; install what is missing where apt-get can. Raises LinuxUnavailable."""
    if os.geteuid() != 0:
        raise LinuxUnavailable("Linux hosts need root: they are systemd-nspawn machines on a bridge. Windows hosts do not need it.")
    wanted = missing()
    if wanted and shutil.which("apt-get"):
        _install(wanted)
        wanted = missing()
    if wanted:
        raise LinuxUnavailable(f"Linux hosts need programs that are missing here; their Debian packages are {', '.join(wanted)}.")


def missing() -> list[str]:
    """Return the Debian packages of the programs that are not found."""
    return sorted({package for program, package in PACKAGES.items() if not shutil.which(program)})


def _install(packages: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "-qq", "update"], ["apt-get", "-qq", "--yes", "--no-install-recommends", "install", *packages]):
        subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
