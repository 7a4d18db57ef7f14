"""The executable /opt/octopus/tentacle/Tentacle: one run of the emulator on the machine that it is started on."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from ...machine import PosixMachine, Process
from ...tentacle.console import Streams
from ...tentacle.program import run
from .host import LinuxMachine


def main(version: str, executable: str) -> int:
    """Run the command line of this process as the release `version`, and return the exit code."""
    # The default action instead of Python's exception: a process that is asked to end before it listens just ends.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    host = LinuxMachine()
    machine: PosixMachine = host
    process = Process(machine, host.user, _working_directory(), sys.argv[1:], executable=executable)
    return run(process, version=version, streams=Streams(_Descriptor(1), _Descriptor(2))).rc


def _working_directory() -> str:
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return "/"


class _Descriptor:
    """An output stream of this process, past Python's own: what the locale says of encodings does not matter."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write(self, text: str) -> None:
        data = text.encode("utf-8", "surrogateescape")
        while data:
            data = data[os.write(self._descriptor, data) :]
