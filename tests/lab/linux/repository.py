"""A signed apt repository with the lab's packages, as the vendor has one (tentacle.md 7.2), and three that bad luck has met."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .build_cache import built_once
from .package_build import VERSIONS, architecture, deb_name, packages

SUITE, COMPONENT = "stable", "main"
KEY_NAME = "public.key"
GOOD, UNSIGNED, WRONGLY_SIGNED, VANISHED = "apt", "unsigned", "wrongly-signed", "vanished"
"""The repositories by their folders: as it should be; without signatures; signed by a key that nobody was given; and one whose index
names a Tentacle package that is not there."""

_OWNER = "Octopus Deploy (lab) <support@octopus.com>"


def repositories(extra_packages: Sequence[Path] = ()) -> Path:
    """Return the folder with all repositories and the key of the good ones, built when the cache does not have them.

    They hold Tentacle in all versions, and `extra_packages`.
    """
    debs = [packages() / deb_name(version) for version in VERSIONS]
    return built_once("repository", _key([*debs, *extra_packages]), lambda folder: _build(folder, debs, extra_packages))


def _key(debs: Sequence[Path]) -> str:
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for deb in sorted(debs, key=lambda deb: deb.name):
        digest.update(deb.name.encode() + b"\0" + hashlib.sha256(deb.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _build(folder: Path, debs: Sequence[Path], extra_packages: Sequence[Path]) -> None:
    with _signing_key() as key, _signing_key() as stranger:
        (folder / KEY_NAME).write_bytes(key.public())
        for name, signer in [(GOOD, key), (UNSIGNED, None), (WRONGLY_SIGNED, stranger), (VANISHED, key)]:
            root = folder / name
            _fill_pool(root, [*debs, *extra_packages])
            _write_indexes(root)
            if signer is not None:
                signer.sign(_suite(root))
    for deb in debs:
        _in_pool(folder / VANISHED, deb).unlink()


def _in_pool(root: Path, deb: Path) -> Path:
    return root / "pool" / COMPONENT / deb.name[0] / deb.name.partition("_")[0] / deb.name


def _suite(root: Path) -> Path:
    return root / "dists" / SUITE


def _fill_pool(root: Path, debs: Sequence[Path]) -> None:
    for deb in debs:
        place = _in_pool(root, deb)
        place.parent.mkdir(parents=True, exist_ok=True)
        _link_or_copy(deb, place)


def _link_or_copy(source: Path, target: Path) -> None:
    """Share the bytes of a package between the repositories; across file systems they cannot be."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
    target.chmod(0o644)


def _write_indexes(root: Path) -> None:
    binary = _suite(root) / COMPONENT / f"binary-{architecture()}"
    binary.mkdir(parents=True)
    _ftparchive(root, binary / "Packages", "packages", f"pool/{COMPONENT}")
    subprocess.run(["gzip", "-9n", "--keep", str(binary / "Packages")], check=True, stdin=subprocess.DEVNULL)
    fields = {"Origin": "Octopus Deploy", "Label": "tentacle", "Suite": SUITE, "Codename": SUITE}
    fields |= {"Architectures": architecture(), "Components": COMPONENT}
    options = [word for name, value in fields.items() for word in ("-o", f"APT::FTPArchive::Release::{name}={value}")]
    scratch = root / "Release"
    _ftparchive(root, scratch, *options, "release", f"dists/{SUITE}")
    # Written beside the suite first: it would be listed in itself.
    scratch.rename(_suite(root) / "Release")


def _ftparchive(root: Path, output: Path, *arguments: str) -> None:
    with output.open("wb") as file:
        subprocess.run(["apt-ftparchive", *arguments], cwd=root, check=True, stdin=subprocess.DEVNULL, stdout=file)


@dataclass(frozen=True)
class _SigningKey:
    """A key of GnuPG, in a home of its own."""

    home: Path

    def run(self, *arguments: str) -> bytes:
        command = ["gpg", "--homedir", str(self.home), "--batch", "--quiet", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", ""]
        return subprocess.run([*command, *arguments], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE).stdout

    def public(self) -> bytes:
        return self.run("--armor", "--export")

    def sign(self, suite: Path) -> None:
        release = str(suite / "Release")
        self.run("--armor", "--detach-sign", "--output", str(suite / "Release.gpg"), release)
        self.run("--clear-sign", "--output", str(suite / "InRelease"), release)


@contextmanager
def _signing_key() -> Iterator[_SigningKey]:
    """Make a key for as long as it is needed; then its agent is ended and the secret is gone."""
    # Not below the cache: the agent's socket is in the home, and a socket's path has 108 bytes at most.
    with tempfile.TemporaryDirectory(prefix="octoboot-gpg-", dir="/tmp") as home:
        key = _SigningKey(Path(home))
        try:
            key.run("--quick-generate-key", _OWNER, "rsa2048", "sign", "never")
            yield key
        finally:
            subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=True, stdin=subprocess.DEVNULL)
