"""Run ansible-test sanity on a copy of what the collection ships.

ansible-test asks for a real path `…/ansible_collections/<namespace>/<name>` inside a git repository of its own, and downloads the
script that brings pip into its virtual environments from a host that need not be reachable: where that script is missing from its
cache, one that uses Python's own `ensurepip` is laid there. It leaves its test of PowerShell out where there is no PowerShell; we do so
as well where one is there that cannot install the analyser.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

from tests.tools.checkout import ROOT, copy

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"

GET_PIP = '''"""Stands in for get-pip.py: laid here by octoboot.octopus (tests/tools/sanity.py); removed, the original is downloaded."""

import ensurepip
import os
import subprocess
import sys

ensurepip.bootstrap()
bundle = os.environ.get("PIP_CERT") or "/etc/ssl/certs/ca-certificates.crt"
command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
if os.path.exists(bundle):
    command += ["--cert", bundle]
sys.exit(subprocess.call([*command, "pip=={version}"]))
'''


def pip_version() -> str:
    """Return the version of pip that this ansible-test puts into its environments; it has no public way to ask."""
    from ansible_test._internal.python_requirements import get_venv_packages

    packages: dict[str, str] = get_venv_packages(SimpleNamespace(version=PYTHON))
    return packages["pip"]


def seed_pip(pip: str) -> None:
    """Put our bootstrap script where ansible-test looks before it downloads, unless one is there."""
    script = Path.home() / ".ansible" / "test" / "cache" / f"get_pip_{pip.replace('.', '_')}.py"
    if not script.exists():
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(GET_PIP.format(version=pip), encoding="utf-8")


def skipped() -> list[str]:
    """Return the arguments that leave out what cannot run here, having said so."""
    pwsh = shutil.which("pwsh")
    if pwsh is None:
        return []
    asked = [pwsh, "-NoProfile", "-NonInteractive", "-Command", "Find-Module PSScriptAnalyzer"]
    if subprocess.run(asked, capture_output=True, check=False).returncode == 0:
        return []
    print(f"pslint is left out: {pwsh} does not find PSScriptAnalyzer in the PowerShell Gallery.", flush=True)
    return ["--skip-test", "pslint"]


def main() -> None:
    """Copy, seed, and hand over to ansible-test with any further arguments."""
    target = copy(ROOT / "build" / f"sanity-{version('ansible-core')}", also=(".gitignore", "tests/config.yml", "tests/sanity/"))
    subprocess.run(["git", "init", "--quiet", str(target)], check=True)
    seed_pip(pip_version())
    os.chdir(target)
    program = str(Path(sys.executable).with_name("ansible-test"))
    os.execv(program, [program, "sanity", "--venv", "--python", PYTHON, "--requirements", *skipped(), *sys.argv[1:]])


if __name__ == "__main__":
    main()
