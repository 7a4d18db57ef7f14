"""`python -m tests.bench`: what a fresh bootstrap and an unchanged rerun cost beside the floor, on Windows and on Linux hosts."""

from __future__ import annotations

import argparse
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.lab.control import LabControl
from tests.lab.fleet import Lab, host_names, running
from tests.lab.linux.tools import LinuxUnavailable
from tests.lab.octopus.control import ServerControl
from tests.lab.playbooks import ROOT, Played, play

_FLOOR = ROOT / "tests" / "bench" / "floor.yml"
_BOOTSTRAP = ROOT / "bootstrap.yml"
_TURNS = 3
_LATER = (0.0, 0.7, 1.4, 2.0)
"""Seconds: one length alone would measure how it falls between two looks at the installer."""


@dataclass(frozen=True)
class _Turn:
    """The seconds of each run of one turn, and what the rerun did."""

    floor: float
    fresh: float
    rerun: float
    changed: int
    requests: int


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--hosts", type=int, default=20, metavar="N", help="how many Windows hosts (default: 20; 0 leaves them out)")
    parser.add_argument(
        "--linux", type=int, default=4, metavar="N", help="how many Linux hosts: real ones, which need root (default: 4; 0 leaves them out)"
    )
    parser.add_argument("--forks", type=int, default=20)
    parser.add_argument("--install-seconds", type=float, default=20.0, metavar="S", help="how long an MSI takes in the last measurement")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        if arguments.linux:
            _linux(arguments.linux, arguments.forks, directory)
        if windows := host_names(arguments.hosts):
            _measure(Lab(windows), f"{len(windows)} Windows hosts, installations of 0 s", arguments.forks, directory)
            _with_installs(windows, arguments.forks, arguments.install_seconds, directory)


def _linux(hosts: int, forks: int, directory: Path) -> None:
    try:
        lab = Lab(linux=host_names(hosts, "linux"))
    except LinuxUnavailable as error:
        print(f"Linux hosts are left out. {error}", flush=True)
        return
    _measure(lab, f"{hosts} Linux hosts, installations by apt", forks, directory)


def _measure(lab: Lab, title: str, forks: int, directory: Path) -> None:
    """Measure several times, in turns."""
    with running(lab):
        _run(_FLOOR, lab, forks, directory)  # the first run of all reads everything from disk
        turns = [_turn(lab, forks, directory) for _ in range(_TURNS)]
    floor = statistics.median(turn.floor for turn in turns)
    print(f"{title}, forks {forks}; median of {_TURNS} (least to most)")
    for name in ("floor", "fresh", "rerun"):
        values = [getattr(turn, name) for turn in turns]
        middle = statistics.median(values)
        print(f"  {name}  {middle:6.2f} s  ({min(values):.2f} to {max(values):.2f})  {middle / floor:5.2f} x floor")
    last = turns[-1]
    print(f"  rerun: {last.changed} changed, {last.requests} requests to Octopus Server", flush=True)


def _turn(lab: Lab, forks: int, directory: Path) -> _Turn:
    """Run everything once, from bare hosts on. The floor comes after the rerun: both then find SSH's connections open."""
    control, server = LabControl(lab.control.url), ServerControl(lab.server.control_url)
    for name in lab.names:
        control.wipe(name)
    fresh = _run(_BOOTSTRAP, lab, forks, directory)
    server.clear_requests()
    rerun = _run(_BOOTSTRAP, lab, forks, directory)
    requests = len(server.requests())
    floor = _run(_FLOOR, lab, forks, directory)
    return _Turn(floor.seconds, fresh.seconds, rerun.seconds, len(lab.names) - rerun.count("unchanged"), requests)


def _with_installs(windows: list[str], forks: int, seconds: float, directory: Path) -> None:
    """Measure how much of a fresh bootstrap is not the installation."""
    rests = [_rest(windows, forks, seconds + later, directory) for later in _LATER]
    lengths = f"{seconds:.0f} s to {seconds + max(_LATER):.0f} s"
    print(f"{len(windows)} Windows hosts, installations of {lengths}, forks {forks}; median (least to most)")
    print(f"  fresh  the installation + {statistics.median(rests):.2f} s  ({min(rests):.2f} to {max(rests):.2f})")


def _rest(windows: list[str], forks: int, seconds: float, directory: Path) -> float:
    with running(Lab(windows, install_seconds=seconds)) as lab:
        return _run(_BOOTSTRAP, lab, forks, directory).seconds - seconds


def _run(playbook: Path, lab: Lab, forks: int, directory: Path) -> Played:
    # The floor has a play for each kind of hosts, and a lab has hosts of one.
    environment = {"ANSIBLE_HOST_PATTERN_MISMATCH": "ignore"}
    played = play(playbook, [lab.inventory], "--forks", str(forks), logs=directory, environment=environment, quiet=True)
    if played.rc != 0:
        raise SystemExit(f"{playbook.name} failed; run it by hand against 'python -m tests.lab up'")
    return played


if __name__ == "__main__":
    main()
