"""Tentacle's packages, as the vendor builds them: a .deb and a .tar.gz of each version (tentacle.md 7.1)."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from functools import cache
from pathlib import Path

from .build_cache import built_once
from .package_tree import INSTALL_PATH, LAB, compiler, requirements, sources, write_common_tree, write_executable

VERSIONS = ("9.1.3736", "9.2.4285")
_RUNTIMES = {"amd64": "x64", "arm64": "arm64"}

_CONTROL = """\
Package: tentacle
Version: {version}
License: unknown
Vendor: Octopus Deploy
Architecture: {architecture}
Maintainer: <support@octopus.com>
Installed-Size: {kibibytes}
Depends: libssl1.0.0 | libssl1.0.2 | libssl1.1 | libssl3
Section: default
Priority: extra
Homepage: https://octopus.com/
Description: Octopus Tentacle package
"""
# All that the vendor's scripts do: no service is made, stopped or restarted by an installation, an upgrade or a removal.
_AFTER_INSTALL = f"""\
#!/bin/sh

echo ""
echo "To set up a Tentacle instance, run the following script:"
echo "    {INSTALL_PATH}/configure-tentacle.sh"
echo ""
"""
_BEFORE_REMOVE = "#!/bin/sh\n"


@cache
def architecture() -> str:
    """Return the controller's architecture in dpkg's words; the lab's hosts have the same."""
    return subprocess.run(["dpkg", "--print-architecture"], check=True, capture_output=True, text=True).stdout.strip()


def deb_name(version: str) -> str:
    return f"tentacle_{version}_{architecture()}.deb"


def archive_name(version: str) -> str:
    return f"tentacle-{version}-linux_{_RUNTIMES[architecture()]}.tar.gz"


def packages() -> Path:
    """Return the folder with the packages of all `VERSIONS`, built when the cache does not have them."""
    return built_once("packages", _key(), _build)


def _key() -> str:
    digest = hashlib.sha256()
    recipe = [LAB / "linux" / name for name in ("package_build.py", "package_tree.py")]
    for file in [*recipe, *sources()]:
        digest.update(str(file.relative_to(LAB)).encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    for word in [*requirements(), architecture(), "compiled" if compiler() else "source"]:
        digest.update(word.encode() + b"\0")
    return digest.hexdigest()[:16]


def _build(folder: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="octoboot-packages-") as scratch:
        root = Path(scratch, "root")
        tree = root / INSTALL_PATH.lstrip("/")
        tree.mkdir(parents=True)
        write_common_tree(tree)
        _link(root)
        _make_readable(root)
        for version in VERSIONS:
            write_executable(tree, version)
            _pack_archive(tree, folder / archive_name(version))
            _pack_deb(root, version, folder / deb_name(version))


def _link(root: Path) -> None:
    binaries = root / "usr" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "Tentacle").symlink_to(f"{INSTALL_PATH}/Tentacle")


def _make_readable(root: Path) -> None:
    """Give everything the modes of a package, whatever this process's umask."""
    for path in [root, *root.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.suffix == ".sh" else 0o644)


def _pack_archive(tree: Path, archive: Path) -> None:
    def as_built(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 1001  # whoever packs an archive has some number
        entry.uname = entry.gname = "builder"
        return entry

    with tarfile.open(archive, "w:gz", compresslevel=6) as packed:
        packed.add(tree, "tentacle", filter=as_built)


def _pack_deb(root: Path, version: str, deb: Path) -> None:
    control = root / "DEBIAN"
    control.mkdir()
    size = sum(file.lstat().st_size for file in root.rglob("*") if not file.is_dir())
    text = _CONTROL.format(version=version, architecture=architecture(), kibibytes=-(-size // 1024))
    (control / "control").write_text(text, encoding="utf-8")
    for name, script in [("postinst", _AFTER_INSTALL), ("prerm", _BEFORE_REMOVE)]:
        (control / name).write_text(script, encoding="utf-8")
        (control / name).chmod(0o755)
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Zgzip", "-z6", "--build", str(root), str(deb)],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    shutil.rmtree(control)
