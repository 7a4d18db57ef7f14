"""`fault`: put a fault on a host or on the server, or take all off."""

from __future__ import annotations

import argparse
import json
from typing import Any

import requests

from ..control import LabControl
from ..octopus.control import ServerControl
from .up import find_control

HELP = "put a fault on a host of the running lab, or on its server; without a name, take all faults off"
SERVER = "octopus"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("host", help=f"a host, or {SERVER}")
    parser.add_argument(
        "name",
        nargs="?",
        help="unreachable, die_after_step, disk_full, drop_connection, ssh_lost_after_step, msi_rc, …; of the server polling_down, "
        "polling_certificate, status, …: a wrong one tells which there are",
    )
    parser.add_argument("value", nargs="?", default="true", help=f"its value, as JSON (default: true); of {SERVER} an object of options")
    parser.add_argument("--control", metavar="URL", help="the control of the lab, or of the server")


def run(arguments: argparse.Namespace) -> int:
    """Set or clear faults."""
    value = json.loads(arguments.value)
    if arguments.host == SERVER:
        _act_on_server(ServerControl(find_control(arguments.control, "server_control")), arguments.name, value)
        return 0
    control = LabControl(find_control(arguments.control))
    if arguments.name:
        try:
            control.set_fault(arguments.host, arguments.name, value)
        except ValueError as error:
            raise SystemExit(str(error)) from None
    else:
        control.clear_faults(arguments.host)
    return 0


def _act_on_server(control: ServerControl, name: str | None, value: Any) -> None:
    """Set or clear faults of the server; `value` is an object of options, or true for none."""
    if name is None:
        control.clear_faults()
        return
    options = {} if value is True else value
    if not isinstance(options, dict):
        raise SystemExit(f"The value must be an object of options, and is {value!r}.")
    try:
        control.fault(name, **options)
    except requests.HTTPError as error:
        raise SystemExit(str(error)) from None
