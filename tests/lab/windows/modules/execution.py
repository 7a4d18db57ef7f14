"""One module being run: on which host, by whom."""

from __future__ import annotations

from dataclasses import dataclass

from ...machine import User
from ..host import WindowsHost


class ModuleFailed(Exception):
    """The module fails with this message and these results."""

    def __init__(self, message: str, **result: object) -> None:
        super().__init__(message)
        self.result = result


@dataclass(frozen=True)
class Execution:
    """Who runs a module, and where. `install_seconds`: how long the MSI takes in this lab."""

    host: WindowsHost
    user: User
    install_seconds: float
