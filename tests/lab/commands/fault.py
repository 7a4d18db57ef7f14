"""`fault`: put a fault on a host, or take all off."""

from __future__ import annotations

import argparse
import json

from ..control import LabControl
from .up import find_control

HELP = "put a fault on a host of the running lab; without a name, take all faults off"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("host")
    parser.add_argument(
        "name",
        nargs="?",
        help="unreachable, die_after_step, disk_full, drop_connection, ssh_lost_after_step, msi_rc, …: a wrong one tells which there are",
    )
    parser.add_argument("value", nargs="?", default="true", help="its value, as JSON (default: true)")
    parser.add_argument("--control", metavar="URL")


def run(arguments: argparse.Namespace) -> int:
    """Set or clear faults."""
    control = LabControl(find_control(arguments.control))
    if arguments.name:
        try:
            control.set_fault(arguments.host, arguments.name, json.loads(arguments.value))
        except ValueError as error:
            raise SystemExit(str(error)) from None
    else:
        control.clear_faults(arguments.host)
    return 0
