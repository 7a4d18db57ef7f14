"""`up`: a server, Windows and Linux hosts, with an inventory that leads to them."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from ..fleet import Lab, host_names, running
from .serving import serve

HELP = "run an Octopus Server, Windows and Linux hosts, and write an inventory for them"
STATE = Path("build/lab.json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--windows", type=int, metavar="N", help="how many Windows hosts (default: 3, none with --linux)")
    parser.add_argument("--linux", type=int, default=0, metavar="M", help="how many Linux hosts: real ones, which need root")
    parser.add_argument(
        "--names", help="names of the Windows hosts, comma-separated, instead of a number; their metadata is another inventory's"
    )
    parser.add_argument("--install-seconds", type=float, default=0.0, metavar="S", help="how long an MSI takes")
    parser.add_argument("--inventory", type=Path, help="where the inventory is written (default: a temporary file)")
    parser.add_argument(
        "--auth", choices=["ntlm", "basic", "mixed"], default="mixed", help="how hosts authenticate (default: every third by NTLM)"
    )
    parser.add_argument(
        "--nodes", type=int, default=1, metavar="N", help="how many nodes the server has: addresses for polling (default: 1)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM."""
    inventory = arguments.inventory.absolute() if arguments.inventory else None
    lab = Lab(
        _windows_names(arguments),
        linux=host_names(arguments.linux, "linux"),
        install_seconds=arguments.install_seconds,
        auth=arguments.auth,
        inventory=inventory,
        metadata=not arguments.names,
        nodes=arguments.nodes,
    )
    with running(lab):
        STATE.parent.mkdir(exist_ok=True)
        STATE.touch(mode=0o600)
        STATE.write_text(json.dumps(lab.describe()))
        try:
            serve(lab.describe())
        finally:
            STATE.unlink(missing_ok=True)
            if inventory:
                inventory.unlink(missing_ok=True)
    return 0


def _windows_names(arguments: argparse.Namespace) -> list[str]:
    if arguments.names:
        names: list[str] = arguments.names.split(",")
        return names
    if arguments.windows is not None:
        return host_names(arguments.windows)
    return [] if arguments.linux else host_names(3)


def find_control(given: str | None, which: str = "control") -> str:
    """Return the control URL of the lab that runs: as given, else as LAB_CONTROL says. Raises SystemExit when there is none.

    `which` is `server_control` for the server's own, which LAB_CONTROL does not say.
    """
    given = given or (os.environ.get("LAB_CONTROL") if which == "control" else None)
    if given:
        return given
    if not STATE.exists():
        raise SystemExit("No lab is running here: start one with 'python -m tests.lab up', or name its --control URL.")
    url: str = json.loads(STATE.read_text())[which]
    return url
