"""`server`: an Octopus Server by itself."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from ..octopus import OctopusServer
from .serving import serve

HELP = "run an Octopus Server; prints one line of JSON when it is ready, serves until SIGTERM"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--port", type=int, default=0, metavar="N", help="the port of the web API (default: any free one)")
    parser.add_argument("--api-key", metavar="KEY", help="a key that may do everything (default: a new one)")
    parser.add_argument("--tls", action="store_true", help="serve HTTPS; the line of JSON then says in which file the authority stands")
    parser.add_argument("--nodes", type=int, default=1, metavar="N", help="how many nodes it has, each with a polling port (default: 1)")


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM."""
    with (
        tempfile.TemporaryDirectory(prefix="octopus-lab-") as directory,
        OctopusServer(port=arguments.port, api_key=arguments.api_key, tls=arguments.tls, nodes=arguments.nodes) as server,
    ):
        ready: dict[str, Any] = {
            "url": server.url,
            "api_key": server.api_key,
            "thumbprint": server.thumbprint,
            "control": server.control_url,
            "polling_addresses": server.polling_addresses(),
        }
        if arguments.tls:
            authority = Path(directory, "authority.pem")
            authority.write_bytes(server.authority_pem)
            ready["ca_path"] = str(authority)
        serve(ready)
    return 0
