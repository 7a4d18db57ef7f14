"""`python -m tests.lab`: start and steer the lab."""

from __future__ import annotations

import argparse
import importlib
import sys

from .linux.tools import LinuxUnavailable

_COMMANDS = ("server", "up", "wipe", "fault", "demo")


def main() -> int:
    """Run one subcommand."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.lab", description="Emulators of Octopus Server and of the machines that it deploys to."
    )
    subparsers = parser.add_subparsers(dest="command", required=True)
    for name in _COMMANDS:
        module = importlib.import_module(f".commands.{name}", __package__)
        subparser = subparsers.add_parser(name, help=module.HELP, description=module.HELP)
        module.add_arguments(subparser)
        subparser.set_defaults(run=module.run)
    arguments = parser.parse_args()
    try:
        code: int = arguments.run(arguments)
    except LinuxUnavailable as error:
        raise SystemExit(str(error)) from None
    return code


if __name__ == "__main__":
    sys.exit(main())
