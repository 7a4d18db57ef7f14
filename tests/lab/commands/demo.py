"""`demo`: bootstrap a fleet that listens, polls and works, run again, destroy three machines, and bootstrap them back."""

from __future__ import annotations

import argparse
import json
import secrets
import shutil
from collections.abc import Sequence
from typing import Any

import yaml

from ..control import LabControl
from ..fleet import Lab, host_names, running
from ..halibut import HandshakeError, thumbprint_at
from ..octopus.control import ServerControl
from ..playbooks import ROOT, Played, play

HELP = "show the main job: 20 machines in parallel, some polling or workers, an unchanged rerun, and three that are destroyed and come back"

_INVENTORY = ROOT / "inventories" / "lab"
_BUILD = ROOT / "build" / "demo"
_DESTROYED = ("stage03", "stage11", "stage20")
_ALONE = "prod01"
_PORT = 10933


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--install-seconds", type=float, default=20.0, metavar="S", help="how long an MSI takes (default: 20)")
    parser.add_argument("--linux", type=int, default=0, metavar="N", help="also so many Linux machines: real ones, which need root")


def run(arguments: argparse.Namespace) -> int:
    """Run the demo; the exit code tells whether all went as it should."""
    shutil.rmtree(_BUILD, ignore_errors=True)
    _BUILD.mkdir(parents=True)
    linux = host_names(arguments.linux, "linux")
    lab = Lab(
        _names(),
        linux=linux,
        install_seconds=arguments.install_seconds,
        inventory=_BUILD / "hosts.json",
        metadata=False,
        groups={"staging": linux, "web": linux},
    )
    destroyed = (*_DESTROYED, *linux[:1])
    with running(lab):
        summary = _Demo(lab, destroyed).run()
    (_BUILD / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
    _title("Summary")
    for name, value in summary.items():
        print(f"{name:<20}{value}")
    print(f"\nLogs of every machine: {_BUILD.relative_to(ROOT)}/logs; this summary: {_BUILD.relative_to(ROOT)}/summary.json")
    unchanged = summary["failed"] == summary["rerun_changed"] == 0
    good = unchanged and summary["identities_kept"] == len(destroyed) and summary["polling"] and summary["workers"]
    return 0 if good else 1


class _Demo:
    """The four acts."""

    def __init__(self, lab: Lab, destroyed: Sequence[str]) -> None:
        self._lab = lab
        self._destroyed = destroyed
        self._control = LabControl(lab.control.url)
        self._server = ServerControl(lab.server.control_url)
        password_file = _BUILD / "vault-password"
        password_file.touch(mode=0o600)
        password_file.write_text(secrets.token_urlsafe(24))
        self._password_file = password_file

    def run(self) -> dict[str, Any]:
        """Play them, and return the summary."""
        _title("1. Bootstrap staging: bare machines, all at once")
        first = self._play("staging")
        _title("2. The same again: nothing changes")
        rerun = self._play("staging")
        _title(f"3. Destroy {', '.join(self._destroyed)}, and bootstrap again: they come back as the same machines")
        before = {host: self._identity(host, first) for host in self._destroyed}
        for host in self._destroyed:
            self._control.wipe(host)
        back = self._play("staging")
        kept = sum(self._identity(host, back) == before[host] for host in self._destroyed)
        _title("4. One machine alone, to know what one after the other would cost")
        alone = self._play(_ALONE)
        machines = len(first.report.get("hosts", {}))
        return {
            "machines": machines,
            "failed": sum(played.count("failed", "unreachable", "not run") for played in (first, rerun, back, alone)),
            "seconds": round(first.seconds, 1),
            "one_by_one_seconds": round(alone.seconds * machines, 1),
            "polling": len({each["thumbprint"] for each in self._server.polling()}),
            "workers": sum(len(told.get("machine_ids", ())) > 1 for told in first.report.get("hosts", {}).values()),
            "rerun_changed": machines - rerun.count("unchanged"),
            "rerun_seconds": round(rerun.seconds, 1),
            "identities_kept": kept,
        }

    def _play(self, limit: str) -> Played:
        return play(
            ROOT / "bootstrap.yml",
            [_INVENTORY, self._lab.inventory],
            "-l",
            limit,
            "--vault-password-file",
            str(self._password_file),
            "-e",
            "tentacle_identity_encryption=vault",
            logs=_BUILD / "logs",
            environment={"OCTOBOOT_PROGRESS_INTERVAL": "5"},
        )

    def _identity(self, host: str, played: Played) -> tuple[str, str, str]:
        """Return what makes a machine the same: its id in Octopus, its registered thumbprint, and the one that it shows."""
        told = played.report["hosts"][host]
        return told["machine_id"], told["thumbprint"], self._shown(host, told["thumbprint"])

    def _shown(self, host: str, registered: str) -> str:
        """Return the thumbprint that the machine's port presents; of one that polls, the one with which it is connected."""
        try:
            return thumbprint_at(self._control.host(host)["address"], _PORT)
        except HandshakeError:
            return next((each["thumbprint"] for each in self._server.polling() if each["thumbprint"] == registered), "")


def _names() -> list[str]:
    """Return the names of the inventory's machines."""
    groups = yaml.safe_load((_INVENTORY / "hosts.yml").read_text())["tentacles"]["children"]
    return [name for group in groups.values() for pattern in group["hosts"] for name in _expand(pattern)]


def _expand(pattern: str) -> list[str]:
    """Expand a range of the inventory: `stage[01:20]`."""
    head, _, rest = pattern.partition("[")
    first, _, last = rest.rstrip("]").partition(":")
    return [f"{head}{number:0{len(first)}}" for number in range(int(first), int(last) + 1)]


def _title(text: str) -> None:
    print(f"\n\033[1m{text}\033[0m\n", flush=True)
