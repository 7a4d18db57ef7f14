"""What the options of `service` ask for, and what a service is called in words, on every operating system (tentacle.md 6.1)."""

from __future__ import annotations

from dataclasses import dataclass

DESCRIPTION = "Octopus Deploy: Tentacle deployment agent"


@dataclass
class ServiceState:
    """What the options of `service` ask for; without a user name the account is the system's default."""

    start: bool = False
    stop: bool = False
    restart: bool = False
    reconfigure: bool = False
    install: bool = False
    uninstall: bool = False
    username: str | None = None
    password: str = ""
    depend_on: str = ""
