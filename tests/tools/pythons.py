"""The Pythons of this machine, by their version: those of hosts are older than the controller's, and each ansible-core has its own."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

OLDEST = "3.6"
"""What a Linux host has to have (README.md)."""

ON_HOSTS = (OLDEST, "3.7", "3.8", "3.9")


_WHICH = "import sys; print('%d.%d' % sys.version_info[:2])"


@cache
def interpreter(version: str) -> str | None:
    """Return a Python of this version (`3.6`) that runs: one on PATH, or of pyenv's; None where there is none."""
    return next((path for path in _candidates(version) if _said(path, "-c", _WHICH) == version), None)


def makes_environments(python: str) -> bool:
    """Tell whether a Python can make a virtual environment: some distributions leave out what that needs."""
    return bool(_said(python, "-c", "import ensurepip, venv; print(True)"))


def _candidates(version: str) -> Iterator[str]:
    name = f"python{version}"
    found = shutil.which(name)
    if found:
        yield found
    pyenv = shutil.which("pyenv")
    if pyenv:
        yield from (str(path) for path in sorted(Path(_said(pyenv, "root"), "versions").glob(f"{version}*/bin/{name}")))


def _said(*command: str) -> str:
    try:
        asked = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return asked.stdout.strip() if asked.returncode == 0 else ""
