"""Say which of the tests against real things can run on this machine, and why the others cannot (`make doctor-real`)."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping

from tests.tools.checkout import ROOT
from tests.tools.molecule import left_out
from tests.tools.pythons import ON_HOSTS, interpreter

RECORDINGS = ROOT / "tests/real"


def recordings() -> str:
    """Return what is replayed everywhere."""
    told = [f"{file.stem} ({len(file.read_text(encoding='utf-8').splitlines())} lines)" for file in sorted(RECORDINGS.glob("*.jsonl"))]
    return f"yes: {', '.join(told)}"


def powershell(pwsh: str | None) -> str:
    """Return whether batch.ps1 runs under a real PowerShell, or is parsed only."""
    if pwsh is None:
        return "no: there is no pwsh on PATH; batch.ps1 is parsed, and not run"
    try:
        asked = subprocess.run([pwsh, "-NoProfile", "-Version"], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"no: {pwsh} does not run ({error})"
    return f"yes: {asked.stdout.strip()}, {pwsh}" if asked.returncode == 0 else f"no: {pwsh} ended with exit code {asked.returncode}"


def pythons(found: Mapping[str, str | None]) -> str:
    """Return under which of the Pythons that hosts have the runner's steps are carried out, and which are not at hand."""
    there, gone = ([version for version, path in found.items() if bool(path) is wanted] for wanted in (True, False))
    missing = f"there is no {', '.join(gone)}" if gone else ""
    return f"yes: {', '.join(there)}{f' ({missing})' if gone else ''}" if there else f"no: {missing}"


def linux(why_not: str) -> str:
    """Return whether real Linux machines can be had."""
    return f"no: {why_not}" if why_not else "yes: machines with their own systemd, sshd and package manager"


def report() -> list[str]:
    """Return a line for each real thing."""
    rows = {
        "recordings of Tentacle and Halibut": recordings(),
        "batch.ps1 under a real PowerShell": powershell(shutil.which("pwsh")),
        "Linux hosts": linux(left_out()),
        "Pythons of Linux hosts": pythons({version: interpreter(version) for version in ON_HOSTS}),
        "Windows, an Octopus Server": "no: never; docs/reference/compatibility.md says what that means",
    }
    return [f"{name:<36}{can}" for name, can in rows.items()]


if __name__ == "__main__":
    print(*report(), sep="\n")
