# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Processes on the host."""

from __future__ import annotations

import glob
import os
import re
import subprocess
import time
from collections.abc import Mapping
from typing import Any

from . import accounts
from .limit import limited

_KEPT_OUT = ("OCTOPUS", "TENTACLE", "Tentacle")
"""Settings of Tentacle's own that the environment would put above its configuration (tentacle.md 2.3)."""

_PAUSE_SECONDS = 2


def running(step: Mapping[str, Any]) -> bool:
    """Tell whether a process runs whose command line holds the text `containing`."""
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as stream:
                command = stream.read().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:  # it has ended meanwhile
            continue
        if step["containing"] in command:
            return True
    return False


def run(step: Mapping[str, Any]) -> dict[str, Any]:
    """Run `file` with the list `arguments` as `user` (root) in `/`; return rc, stdout, stderr, seconds.

    `again`: run again while it fails with words that this expression finds, as long as `patience` (seconds) lasts. Raises OSError
    when it does not start, or has not ended after `timeout` seconds.
    """
    until = time.monotonic() + step.get("patience", 0)
    while True:
        ended = _run(step)
        busy = ended["rc"] != 0 and step.get("again") and re.search(step["again"], ended["stderr"])
        if not busy or time.monotonic() + _PAUSE_SECONDS > until:
            return ended
        time.sleep(_PAUSE_SECONDS)


def _run(step: Mapping[str, Any]) -> dict[str, Any]:
    user = accounts.known(step.get("user") or "root")
    other = user.pw_uid != os.geteuid()
    started = time.monotonic()
    process = subprocess.Popen(
        [step["file"], *step["arguments"]],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A Tentacle.config in the working directory would be taken for the instance (tentacle.md 9.8).
        cwd="/",
        env=_environment(user.pw_name, user.pw_dir),
        preexec_fn=accounts.becoming(user) if other else None,
        start_new_session=True,
    )
    try:
        stdout, stderr = process.communicate(timeout=step["timeout"])
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise OSError(f"the process did not end within {step['timeout']} seconds and was killed") from None
    return {
        "rc": process.returncode,
        "stdout": limited(stdout.decode("utf-8", "replace")),
        "stderr": limited(stderr.decode("utf-8", "replace")),
        "seconds": round(time.monotonic() - started, 3),
    }


def _environment(name: str, home: str) -> dict[str, str]:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(_KEPT_OUT)}
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return {**inherited, "PATH": path, "HOME": home, "USER": name, "LOGNAME": name, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
