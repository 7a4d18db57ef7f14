"""Print the newest Python on this machine that is newer than the one that runs this, or nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

MINORS = range(sys.version_info.minor + 1, 16)
ASK = "import ensurepip, sys, venv; print(*sys.version_info[:2])"


def candidates() -> Iterator[str]:
    """Yield interpreters by name: on PATH, and those that pyenv keeps beside it."""
    for minor in MINORS:
        yield f"python3.{minor}"
    if pyenv := shutil.which("pyenv"):
        root = Path(subprocess.run([pyenv, "root"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip())
        yield from (str(python) for python in root.glob("versions/3.*/bin/python"))


def version(python: str) -> tuple[int, ...]:
    """Return the interpreter's version, () when it does not run or cannot make a virtual environment.

    A name on PATH proves nothing: pyenv's shims exist for versions that are not selected.
    """
    try:
        answer = subprocess.run([python, "-c", ASK], check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    except OSError:
        return ()
    return tuple(int(part) for part in answer.stdout.split()) if answer.returncode == 0 else ()


def main() -> None:
    """Ask every candidate, and print the newest."""
    found = {version(python): python for python in candidates()}
    newest = max(found, default=())
    if newest > sys.version_info[:2]:
        print(found[newest])


if __name__ == "__main__":
    main()
