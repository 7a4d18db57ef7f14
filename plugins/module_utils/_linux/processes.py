# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Processes on the host."""

import contextlib
import glob
import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from typing import Any

from . import accounts, pipes

_KEPT_OUT = ("OCTOPUS", "TENTACLE", "Tentacle", "DefaultLogDirectory")
"""Settings of Tentacle's own that the environment would put above its configuration (tentacle.md 2.3)."""

_OF_THE_CALLER = ("TMPDIR", "XDG_", "SUDO_")
"""Settings that hold for who is connected, and name folders that another user cannot use."""

SCRATCH = "/run"
"""Where every machine that systemd runs has room that root alone can write to, and that a restart empties."""

_PAUSE_SECONDS = 2


def running(step: "Mapping[str, Any]") -> bool:
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


def run(step: "Mapping[str, Any]") -> "dict[str, Any]":
    """Run `file` with the list `arguments` as `user` (root) in `/`; return rc, stdout, stderr, seconds.

    `scratch`: variables of its environment that name a new, empty folder of its own, which is gone when it has ended.
    `again`: run again while it fails with words that this expression finds, as long as `patience` (seconds) lasts. Raises OSError
    when it does not start, or has not ended after `timeout` seconds: then it is killed, with all that it started.
    """
    until = time.monotonic() + step.get("patience", 0)
    while True:
        ended = _run(step)
        busy = ended["rc"] != 0 and step.get("again") and re.search(step["again"], ended["stderr"])
        if not busy or time.monotonic() + _PAUSE_SECONDS > until:
            return ended
        time.sleep(_PAUSE_SECONDS)


def _run(step: "Mapping[str, Any]") -> "dict[str, Any]":
    user = accounts.known(step.get("user") or "root")
    with contextlib.ExitStack() as made:
        scratch = dict.fromkeys(step["scratch"], made.enter_context(_scratch(user))) if step.get("scratch") else {}
        return _ended(step, user, {**_environment(user, own=user.pw_uid == os.geteuid()), **scratch})


def _ended(step: "Mapping[str, Any]", user: pwd.struct_passwd, environment: "Mapping[str, str]") -> "dict[str, Any]":
    started = time.monotonic()
    process = subprocess.Popen(
        [step["file"], *step["arguments"]],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A Tentacle.config in the working directory would be taken for the instance (tentacle.md 9.8).
        cwd="/",
        env=environment,
        preexec_fn=accounts.becoming(user) if user.pw_uid != os.geteuid() else None,
        start_new_session=True,
    )
    stdout, stderr = pipes.read_to_the_end(process, step["timeout"])
    return {"rc": process.returncode, "stdout": stdout, "stderr": stderr, "seconds": round(time.monotonic() - started, 3)}


@contextlib.contextmanager
def _scratch(user: pwd.struct_passwd) -> "Iterator[str]":
    """Make a folder that is the user's alone, where nobody else could have made it before, and remove it."""
    folder = tempfile.mkdtemp(prefix="octoboot-", dir=SCRATCH)
    try:
        os.chown(folder, user.pw_uid, user.pw_gid)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _environment(user: pwd.struct_passwd, *, own: bool) -> "dict[str, str]":
    left_out = _KEPT_OUT if own else (*_KEPT_OUT, *_OF_THE_CALLER)
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(left_out)}
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    who = {"HOME": user.pw_dir, "USER": user.pw_name, "LOGNAME": user.pw_name}
    return {**inherited, "PATH": path, **who, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
