"""Removes a lab's Linux hosts and its folder when the lab is gone, however it went: a process of its own, at the other end of a pipe.

It does so at the end of every lab: there is one way to end, and every test goes it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from . import remains
from .network import Network

_ROOT = Path(__file__).parents[3]
_SECONDS = 30


class Guardian:
    """Waits for the lab's end from now on."""

    def __init__(self, network: Network, directory: Path) -> None:
        self._network = network
        reading, self._writing = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(network.number), str(directory)],
            cwd=_ROOT,
            stdin=reading,
            stdout=subprocess.DEVNULL,
            pass_fds=[network.claim],  # nobody claims what it has still to remove
            start_new_session=True,  # what kills the lab's process group does not kill it
        )
        os.close(reading)

    def dismiss(self) -> None:
        """Let it do its work now, and wait until it is done."""
        os.close(self._writing)
        if self._process.wait(_SECONDS) != 0:
            remains.remove_all(self._network)


def main() -> None:
    """Wait for the end of the lab, and clean up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    network, directory = Network(int(sys.argv[1])), Path(sys.argv[2])
    sys.stdin.buffer.read()
    remains.remove_all(network)
    shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
