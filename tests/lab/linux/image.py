"""The image of the Linux hosts: a tree of Debian that is made once, and kept in the user's cache."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

from . import tools
from .build_cache import built_once
from .recipe import Recipe, debian

# Proxies and certificates of this machine count, its locale does not.
_ENVIRONMENT = {**os.environ, "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}


def tree() -> Path:
    """Return the root of the image's file system; hosts have it read-only, under a layer of their own. Raises LinuxUnavailable."""
    return _image() / "tree"


def debian_packages() -> list[Path]:
    """Return the Debian packages that the hosts' repository has to offer beside Tentacle. Raises LinuxUnavailable."""
    return sorted((_image() / "debian-debs").glob("*.deb"))


def _image() -> Path:
    tools.require()
    recipe = debian()
    return built_once("image", recipe.name, partial(_build, recipe))


def _build(recipe: Recipe, folder: Path) -> None:
    print("Making the image of the Linux hosts: about a minute, once.", file=sys.stderr, flush=True)
    root, log = folder / "tree", folder / "log"
    include = ",".join(recipe.packages)
    _run(log, "debootstrap", "--variant=minbase", f"--include={include}", recipe.suite, str(root))
    _offer(recipe, root, folder / "debian-debs", log)
    _furnish(recipe, root, log)


def _offer(recipe: Recipe, root: Path, offered: Path, log: Path) -> None:
    """Download the offered packages with what they need and the tree has not, from where the tree came from; install the usual ones."""
    archives = root / "var/cache/apt/archives"
    for package in archives.glob("*.deb"):
        package.unlink()
    apt = ("chroot", str(root), "apt-get", "-qq", "-o", "Acquire::Check-Valid-Until=false")
    _run(log, *apt, "update")
    install = (*apt, "--yes", "--no-install-recommends", "install")
    _run(log, *install, "--download-only", *recipe.offered)
    _run(log, *install, *recipe.usual)
    offered.mkdir()
    for package in archives.glob("*.deb"):
        shutil.move(package, offered)


def _furnish(recipe: Recipe, root: Path, log: Path) -> None:
    """Remove, write and set what the recipe says."""
    for pattern in recipe.absent:
        for path in root.glob(pattern):
            path.unlink() if path.is_file() else shutil.rmtree(path)
    for name, content in recipe.files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text(content)
    for command in recipe.commands:
        _run(log, "chroot", str(root), *command.split())
    _run(log, "chroot", str(root), "systemctl", "mask", *recipe.masked)


def _run(log: Path, *command: str) -> None:
    """Run a command in a mount namespace of its own, so that what it mounts is gone when it is killed. Raises LinuxUnavailable."""
    with log.open("ab") as file:
        ended = subprocess.run(
            ["unshare", "--mount", "--propagation", "private", *command],
            env=_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if ended.returncode != 0:
        last = (log.read_text(errors="replace").splitlines() or [""])[-1]
        raise tools.LinuxUnavailable(f"The image of the Linux hosts could not be made, {' '.join(command[:3])} … failed: {last}")
