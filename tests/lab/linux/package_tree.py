"""The files of an installed Tentacle: the emulator as a program of its own, laid out as the vendor's (tentacle.md 7.1).

The product is self-contained, and so is this: a host brings /usr/bin/python3 (3.11 in Debian bookworm) with its standard library
alone, and what else the emulator imports is in the package, for that Python whatever the one that builds it.
"""

from __future__ import annotations

import contextlib
import platform
import shutil
import subprocess
import sys
from functools import cache
from importlib import metadata
from pathlib import Path

LAB = Path(__file__).resolve().parents[1]
INSTALL_PATH = "/opt/octopus/tentacle"
_PROGRAM = Path("linux", "tentacle_program")
_SOURCES = (Path("machine.py"), Path("halibut"), Path("tentacle"), _PROGRAM)
_LIBRARY = Path("lib")
_PACKAGE = "octolab"
_VENDORED = ("cffi", "cryptography", "pyOpenSSL", "typing_extensions")
# The binding to C that `cryptography` loads is all that is needed of cffi.
_SUPERFLUOUS = ("*.dist-info", "bin", "cffi", "**/*.pyi", "**/py.typed")
_TARGET_PYTHON = "3.11"
_MANYLINUX = ("manylinux_2_34", "manylinux_2_28", "manylinux_2_17", "manylinux2014")

_LAUNCHER = """\
#!/usr/bin/python3 -IBS
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "{library}"))
from {package}.linux.tentacle_program.main import main

sys.exit(main("{version}", os.path.realpath(__file__)))
"""


def sources() -> list[Path]:
    """List the files of the emulator that go into the package, in a fixed order."""
    roots = [LAB / source for source in _SOURCES]
    files = [file for root in roots for file in ([root] if root.is_file() else root.rglob("*"))]
    return sorted(file for file in files if file.is_file() and "__pycache__" not in file.parts)


def requirements() -> list[str]:
    """List what is vendored, at the versions that the controller itself has."""
    return [f"{name}=={metadata.version(name)}" for name in _VENDORED]


def write_common_tree(tree: Path) -> None:
    """Write what all versions have in common: the library and the vendor's script beside the executable."""
    library = tree / _LIBRARY
    _vendor(library)
    _copy_emulator(library / _PACKAGE)
    _compile(library)
    shutil.copy(LAB / _PROGRAM / "configure-tentacle.sh", tree / "configure-tentacle.sh")
    (tree / "configure-tentacle.sh").chmod(0o755)


def write_executable(tree: Path, version: str) -> None:
    """Write the one file that differs between versions."""
    executable = tree / "Tentacle"
    executable.write_text(_LAUNCHER.format(library=_LIBRARY, package=_PACKAGE, version=version), encoding="utf-8")
    executable.chmod(0o755)


def _vendor(library: Path) -> None:
    machine = platform.machine()
    platforms = [word for name in _MANYLINUX for word in ("--platform", f"{name}_{machine}")]
    pip = [sys.executable, "-m", "pip", "install", "-qq", "--no-deps", "--no-compile", "--disable-pip-version-check"]
    target = ["--only-binary=:all:", "--python-version", _TARGET_PYTHON, "--implementation", "cp", "--abi", "cp311", "--abi", "abi3"]
    subprocess.run(
        [*pip, "--target", str(library), *target, *platforms, *requirements()],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    for pattern in _SUPERFLUOUS:
        for path in list(library.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _copy_emulator(package: Path) -> None:
    for source in sources():
        target = package / source.relative_to(LAB)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def _compile(library: Path) -> None:
    """Compile ahead, with the Python that will run it: an uncompiled program takes half a second longer to start.

    The host must not do it: a package manager would leave behind, at removal, files that it did not bring.
    """
    python = compiler()
    if python is not None:
        options = ["-q", "--invalidation-mode", "unchecked-hash", "-s", str(library), "-p", f"{INSTALL_PATH}/{_LIBRARY}"]
        subprocess.run([python, "-m", "compileall", *options, str(library)], check=True, stdin=subprocess.DEVNULL)


@cache
def compiler() -> str | None:
    """Return a Python of the target's version on this machine, None when there is none."""
    return next((python for python in (sys.executable, f"python{_TARGET_PYTHON}") if _version(python) == _TARGET_PYTHON), None)


def _version(python: str) -> str:
    """Ask a Python for its version. A name on PATH proves nothing: pyenv's shims exist for versions that are not selected."""
    question = "import sys; print('%d.%d' % sys.version_info[:2])"
    with contextlib.suppress(OSError):
        return subprocess.run([python, "-c", question], check=False, capture_output=True, text=True).stdout.strip()
    return ""
