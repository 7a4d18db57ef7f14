"""Limits of this machine's kernel that its users share with all Linux hosts: root is one user to it, wherever he is."""

from __future__ import annotations

from pathlib import Path

_INOTIFY = Path("/proc/sys/fs/inotify/max_user_instances")
_ENOUGH = 8192


def raise_limits() -> None:
    """Let many hosts watch files: each has five watchers of root's, and the usual limit of 128 stops the 26th while it boots."""
    if int(_INOTIFY.read_text()) < _ENOUGH:
        _INOTIFY.write_text(str(_ENOUGH))
