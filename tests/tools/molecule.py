"""Run Molecule's scenarios, one after the other. What they say is kept in build/molecule/, and shown when one fails.

With `--left-out`, only tell in one sentence why they cannot run here; nothing when they can.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.lab.linux import tools
from tests.tools.checkout import ROOT

SCENARIOS = ROOT / "extensions" / "molecule"
BUILD = ROOT / "build" / "molecule"
BIN = Path(sys.executable).parent


def left_out() -> str:
    """Return in one sentence why there can be no Linux hosts here; nothing when there can."""
    try:
        tools.require()
    except tools.LinuxUnavailable as error:
        return str(error)
    return ""


def scenarios() -> list[str]:
    """Return the names of the scenarios."""
    return sorted(path.parent.name for path in SCENARIOS.glob("*/molecule.yml"))


def environment(scenario: str) -> dict[str, str]:
    """Return the environment of a run: settings of the caller's own Ansible, Molecule and Octopus are kept out.

    Molecule would name the folder of its state by the last part of the checkout's path, so that two checkouts share it.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "MOLECULE_", "OCTOPUS_"))}
    return {
        **inherited,
        "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
        "ANSIBLE_NOCOLOR": "1",
        "MOLECULE_COMMAND_BORDERS": "false",
        "MOLECULE_EPHEMERAL_DIRECTORY": str(BUILD / ".state" / scenario),
        "NO_COLOR": "1",
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    }


def molecule(action: str, scenario: str, log: Path) -> int:
    """Let Molecule do something, and return its exit code. When this is interrupted, the playbook that runs ends with it."""
    command = [str(BIN / "molecule"), action, "--scenario-name", scenario]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(scenario),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        return process.wait()
    except KeyboardInterrupt:
        os.killpg(process.pid, signal.SIGKILL)
        raise


def test(scenario: str) -> bool:
    """Run a scenario, and tell whether it passed. Its hosts are destroyed when it fails, and when this is interrupted."""
    folder = BUILD / scenario
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    log = folder / "molecule.log"
    started = time.monotonic()
    try:
        passed = molecule("test", scenario, log) == 0
    except KeyboardInterrupt:
        molecule("destroy", scenario, log)
        raise
    if not passed:
        print(log.read_text(errors="replace"))
    print(f"molecule: {scenario} {'passed' if passed else 'failed'} in {time.monotonic() - started:.0f} s", flush=True)
    return passed


def main() -> int:
    """Run them all, or say why not; the exit code tells whether one failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.molecule", description=__doc__)
    parser.add_argument("--left-out", action="store_true", help="only tell why they cannot run here")
    arguments = parser.parse_args()
    reason = left_out()
    if arguments.left_out:
        print(reason)
        return 0
    if reason:
        print(f"molecule: left out. {reason}")
        return 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        passed = [test(scenario) for scenario in scenarios()]
    except KeyboardInterrupt:
        print("molecule: interrupted; its hosts are destroyed.")
        return 130
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
