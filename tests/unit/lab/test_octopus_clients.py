"""Octopus's own clients, and the command line, against the server emulator in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

SCRIPTS = Path(__file__).parents[2] / "lab" / "octopus" / "clients"
ROOT = Path(__file__).parents[3]
NODE_MODULES = Path(sys.prefix) / "clients" / "node_modules"
"""Where `make setup` puts what npm installs."""


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.lab", "server", "--api-key", "API-CLIENTS"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) as running:
        yield running
        running.kill()


@pytest.fixture
def ready(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    line: dict[str, Any] = json.loads(process.stdout.readline())
    return line


def run(command: list[str], ready: dict[str, Any], cwd: Path, **environment: str) -> dict[str, Any]:
    variables = {**os.environ, **environment, "OCTOPUS_URL": ready["url"], "OCTOPUS_API_KEY": ready["api_key"]}
    done = subprocess.run(command, cwd=cwd, env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_says_one_line_and_stops_when_told(process: subprocess.Popen[str], ready: dict[str, Any], number: int) -> None:
    assert set(ready) == {"url", "api_key", "thumbprint", "control", "polling_addresses"}
    assert ready["api_key"] == "API-CLIENTS"
    process.send_signal(number)
    output, errors = process.communicate(timeout=20)
    assert (process.returncode, output, errors) == (0, "", "")


def test_octopus_python_client(ready: dict[str, Any], tmp_path: Path) -> None:
    pytest.importorskip("octopus_python_client", reason="octopus-python-client is not installed")
    # In a process of its own: on import it opens a log in the working directory and asks PyPI for its newest version.
    told = run([sys.executable, str(SCRIPTS / "python_client.py")], ready, tmp_path)
    kinds = ("environments", "workerpools", "machinepolicies", "proxies", "tagsets", "tenants")
    lives = dict.fromkeys(kinds, True)
    assert told == {"spaces": ["Default", "Second"], "policies": 32, "machines": 36, "renamed": "renamed", "gone": True, "lives": lives}


def test_octopus_api_client_of_npm(ready: dict[str, Any], tmp_path: Path) -> None:
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    if not (NODE_MODULES / "@octopusdeploy" / "api-client").is_dir():
        pytest.skip("make setup has not installed @octopusdeploy/api-client: no npm, no registry, or another environment")
    script = str(shutil.copy(SCRIPTS / "api-client.mjs", tmp_path))
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    told = run(["node", script], ready, tmp_path)
    seen = {"space": "Spaces-1", "environments": ["Staging"], "machines": 35, "task": "Success", "unknownTask": "refused"}
    # Spaces, environments, tag sets and tenants, made, changed and removed.
    assert told == {**seen, "lives": [True] * 4}
