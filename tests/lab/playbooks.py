"""Running `ansible-playbook` of this environment against a lab, with its output going where ours goes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Played:
    """A run that has ended: exit code, seconds, and the report that the callback wrote."""

    rc: int
    seconds: float
    report: dict[str, Any]

    def count(self, *results: str) -> int:
        """Return how many hosts had one of these results."""
        return sum(host["result"] in results for host in self.report.get("hosts", {}).values())


def play(
    playbook: Path,
    inventories: Sequence[Path],
    *arguments: str,
    logs: Path,
    environment: Mapping[str, str] | None = None,
    quiet: bool = False,
) -> Played:
    """Run a playbook and wait for it. Settings of the caller's own Ansible and Octopus are kept out."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "OCTOPUS_"))}
    command = [str(Path(sys.executable).with_name("ansible-playbook")), str(playbook), *arguments]
    for inventory in inventories:
        command += ["-i", str(inventory)]
    before = set(logs.glob("*/report.json"))
    started = time.monotonic()
    ended = subprocess.run(
        command,
        cwd=ROOT,
        env={**inherited, "OCTOBOOT_LOG_DIR": str(logs), **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if quiet else None,
        check=False,
    )
    seconds = time.monotonic() - started
    written = sorted(set(logs.glob("*/report.json")) - before)
    return Played(ended.returncode, seconds, json.loads(written[-1].read_text()) if written else {})
