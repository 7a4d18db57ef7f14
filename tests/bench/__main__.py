"""`python -m tests.bench`: what a fresh bootstrap and an unchanged rerun cost beside the floor."""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from tests.lab.fleet import Lab, host_names, running
from tests.lab.octopus.control import ServerControl
from tests.lab.playbooks import ROOT, Played, play
from tests.lab.windows.control import LabControl

_FLOOR = ROOT / "tests" / "bench" / "floor.yml"
_BOOTSTRAP = ROOT / "bootstrap.yml"
_REPEATS = 3


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--hosts", type=int, default=20)
    parser.add_argument("--forks", type=int, default=20)
    parser.add_argument("--install-seconds", type=float, default=20.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        _without_installs(arguments.hosts, arguments.forks, Path(directory))
        _with_installs(arguments.hosts, arguments.forks, arguments.install_seconds, Path(directory))


def _without_installs(hosts: int, forks: int, directory: Path) -> None:
    """Measure with installations that take no time, several times each, in turns."""
    floors, freshes, reruns, requests = [], [], [], 0
    with running(Lab(host_names(hosts))) as lab:
        control, server = LabControl(lab.control.url), ServerControl(lab.server.control_url)
        _run(_FLOOR, lab, forks, directory)
        for _ in range(_REPEATS):
            floors.append(_run(_FLOOR, lab, forks, directory).seconds)
            freshes.append(_run(_BOOTSTRAP, lab, forks, directory).seconds)
            server.clear_requests()
            rerun = _run(_BOOTSTRAP, lab, forks, directory)
            requests = len(server.requests())
            reruns.append(rerun.seconds)
            changed = hosts - rerun.count("unchanged")
            for name in lab.hosts:
                control.wipe(name)
    floor = statistics.median(floors)
    print(f"{hosts} Windows hosts, forks {forks}, installations of 0 s; median of {_REPEATS} (least to most)")
    for name, values in (("floor", floors), ("fresh", freshes), ("rerun", reruns)):
        middle = statistics.median(values)
        print(f"  {name}  {middle:6.2f} s  ({min(values):.2f} to {max(values):.2f})  {middle / floor:5.2f} x floor")
    print(f"  rerun: {changed} changed, {requests} requests to Octopus Server")


def _with_installs(hosts: int, forks: int, seconds: float, directory: Path) -> None:
    with running(Lab(host_names(hosts), install_seconds=seconds)) as lab:
        fresh = _run(_BOOTSTRAP, lab, forks, directory).seconds
    print(f"{hosts} Windows hosts, forks {forks}, installations of {seconds:.0f} s")
    print(f"  fresh  {fresh:6.2f} s  = {seconds:.0f} s + {fresh - seconds:.2f} s")


def _run(playbook: Path, lab: Lab, forks: int, directory: Path) -> Played:
    played = play(playbook, [lab.inventory], "--forks", str(forks), logs=directory, quiet=True)
    if played.rc != 0:
        raise SystemExit(f"{playbook.name} failed; run it by hand against 'python -m tests.lab up'")
    return played


if __name__ == "__main__":
    main()
