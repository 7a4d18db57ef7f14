"""The modules that the lab's Windows hosts can run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..call import Call
from . import download, files, package, powershell, simple
from .execution import Execution

Module = Callable[[Execution, Call], dict[str, Any]]

MODULES: dict[str, Module] = {
    "ansible.windows.async_status": simple.async_status,
    "ansible.windows.win_command": simple.win_command,
    "ansible.windows.win_copy": files.win_copy,
    "ansible.windows.win_file": files.win_file,
    "ansible.windows.win_get_url": download.win_get_url,
    "ansible.windows.win_package": package.win_package,
    "ansible.windows.win_ping": simple.win_ping,
    "ansible.windows.win_powershell": powershell.win_powershell,
    "ansible.windows.win_stat": files.win_stat,
}

__all__ = ["MODULES", "Execution", "Module"]
