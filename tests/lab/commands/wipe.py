"""`wipe`: destroy a host and build it anew."""

from __future__ import annotations

import argparse

from ..control import LabControl
from .up import find_control

HELP = "destroy a host of the running lab; it comes back as new, with another SID or machine-id"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("host", nargs="+")
    parser.add_argument("--control", metavar="URL")


def run(arguments: argparse.Namespace) -> int:
    """Wipe the hosts."""
    control = LabControl(find_control(arguments.control))
    for host in arguments.host:
        control.wipe(host)
        print(f"{host} is a new machine")
    return 0
