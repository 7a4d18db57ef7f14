# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What systemd says of its units."""

import glob
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from typing import Any

PROPERTIES = (
    "Id",
    "Names",
    "LoadState",
    "ActiveState",
    "SubState",
    "UnitFileState",
    "User",
    "ExecStart",
    "FragmentPath",
    "NRestarts",
    "ExecMainCode",
    "ExecMainStatus",
)
_KILLED = ("2", "3")
"""What `ExecMainCode` is of a process that a signal killed, without and with a dump of its memory; the status is the signal's number."""

_ASKED_TO_END = ("0", "143")
"""Exit codes of a Tentacle that SIGTERM ended, as it comes (tentacle.md 1.15). It does not end by itself with either."""

_SECONDS = 30
_PAUSE_SECONDS = 0.5


def units(step: "Mapping[str, Any]") -> "list[dict[str, str]]":
    """Return the properties of the unit `name`, and of every unit in the folder `path` whose file holds the text `containing`."""
    found = [path for path in sorted(glob.glob(os.path.join(step["path"], "*.service"))) if _holds(path, step["containing"])]
    return show(dict.fromkeys([step["name"], *(os.path.basename(path) for path in found)]))


def death(unit: str) -> "str | None":
    """Say that a unit that was started is dead, or is started again and again; None while it lives."""
    state = show([unit])[0]
    restarts = int(state.get("NRestarts") or 0)
    if state["ActiveState"] in ("active", "activating") and state["SubState"] != "auto-restart" and not restarts:
        return None
    how = "started again and again" if restarts else f"{state['ActiveState']} ({state['SubState']})"
    return f"the unit {unit} is {how}{_end(state.get('ExecMainCode', ''), state['ExecMainStatus'])}"


def steady(step: "Mapping[str, Any]") -> None:
    """Do nothing while the unit `name` runs, for `seconds`. Raises OSError as soon as it does not."""
    until = time.monotonic() + step["seconds"]
    while True:
        died = death(step["name"])
        if died:
            raise OSError(died)
        if time.monotonic() >= until:
            return
        time.sleep(_PAUSE_SECONDS)


def _end(code: str, status: str) -> str:
    """Say how a unit's process ended."""
    if not status or code == "0":  # it never was, or is alive
        return ""
    if code in _KILLED:
        return f", its process was killed by {_signal(int(status))}"
    if status in _ASKED_TO_END:
        return f", its process was asked to end (SIGTERM; exit code {status})"
    return f", its process ended with exit code {status}"


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def show(names: Any) -> "list[dict[str, str]]":
    """Ask systemd. Raises OSError."""
    command = ["systemctl", "show", "--no-pager", "--property=" + ",".join(PROPERTIES), "--", *names]
    environment = {**os.environ, "LC_ALL": "C"}
    try:
        answer = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise OSError(f"systemd gave no answer within {_SECONDS} seconds") from None
    if answer.returncode != 0:
        raise OSError("systemd cannot be asked: " + answer.stderr.decode("utf-8", "replace").strip())
    blocks = answer.stdout.decode("utf-8", "replace").strip().split("\n\n")
    return [dict(line.partition("=")[::2] for line in block.splitlines() if "=" in line) for block in blocks]


def _holds(path: str, text: str) -> bool:
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return text in stream.read()
    except OSError:
        return False
