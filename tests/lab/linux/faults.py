"""Bad luck for Linux hosts. What acts inside of a host is written to a file there, and met by whom it is meant for."""

from __future__ import annotations

import json
import os
from typing import Any

from ..machine import FAULTS as OF_TENTACLE
from .machine import LinuxHost

FOLDER = "/run/octolab"
COUNTED = frozenset({"die_after_step", "ssh_lost_after_step"})
OF_MODULE = frozenset({"die_before"})
AT_ONCE = frozenset({"disk_full", "unreachable"})
_FILE = f"{FOLDER}/faults.json"
_WRITE = f"umask 077 && mkdir -p {FOLDER} && cat >{_FILE}.new && mv {_FILE}.new {_FILE}"


def set_fault(host: LinuxHost, name: str, value: Any) -> None:
    """Put a fault on a host. Raises ValueError for one that nobody knows."""
    if name == "unreachable":
        host.reach(not value)
    elif name == "disk_full":
        _limit_disk(host, _used(host) if value else None)
    elif name in COUNTED:
        # Counted from now on, not from the machine's first day.
        host.run(_WRITE, stdin=json.dumps({**_load(host), name: int(value), "counted_from": steps(host)}).encode())
        host.run(f"rm -f {FOLDER}/ssh-lost")
    elif name in OF_TENTACLE | OF_MODULE:
        host.run(_WRITE, stdin=json.dumps({**_load(host), name: value}).encode())
    else:
        known = ", ".join(sorted(AT_ONCE | COUNTED | OF_MODULE | OF_TENTACLE))
        raise ValueError(f"no fault of a Linux host is called {name!r}; there are {known}")


def clear(host: LinuxHost) -> None:
    """Take every fault off a host, and mend its network and its disk."""
    host.run(f"rm -f {_FILE} {FOLDER}/ssh-lost")
    host.reach(True)
    _limit_disk(host, None)


def steps(host: LinuxHost) -> int:
    """Return how many steps the collection's module has taken on a host."""
    return int(host.text(f"stat -c %s {FOLDER}/steps 2>/dev/null") or 0)


def _load(host: LinuxHost) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(host.text(f"cat {_FILE} 2>/dev/null") or "{}")
    return loaded


def _used(host: LinuxHost) -> int:
    state = os.statvfs(host.upper)
    return (state.f_blocks - state.f_bfree) * state.f_frsize


def _limit_disk(host: LinuxHost, size: int | None) -> None:
    """Let the disk have so many bytes, or half of this machine's memory, as it has by itself."""
    host.outside("mount", "-o", f"remount,size={'50%' if size is None else size}", str(host.disk))
