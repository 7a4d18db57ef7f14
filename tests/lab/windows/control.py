"""What the lab's control does to a Windows host."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..machine import Service
from .disk import FULL_CONTROL, Disk, Rule
from .host import DOTNET_48, DOTNET_KEY, MALLORY, SYSTEM_USER, WindowsHost
from .msi import hold_installer

AT_ONCE = frozenset(
    {
        "broken",
        "cut_off",
        "file_in_use",
        "foreign_service",
        "no_dotnet",
        "other_installer",
        "port_in_use",
        "read_only",
        "squat",
        "stop_service",
        "unreachable",
    }
)
FAULTS = frozenset(
    {
        "agent_dies",
        "broken_show_configuration",
        "closed_port",
        "die_after_step",
        "disk_full",
        "drop_connection",
        "environment",
        "firewall_off",
        "msi_rc",
        "noise",
        "old_windows",
        "service_does_not_start",
        "slow_process",
        "slow_start",
        "slow_stop",
        "tentacle_exit_100",
    }
)


@dataclass(frozen=True)
class WindowsControl:
    """Implements `Controlled` of tests.lab.control."""

    host: WindowsHost

    def describe(self) -> dict[str, Any]:
        host = self.host
        return {
            "name": host.name,
            "address": host.address,
            "platform": host.platform,
            "hostname": host.hostname,
            "sid": host.sid,
            "services": [vars(host.services.query(name)) for name in host.services.names()],
            "firewall": {rule.name: rule.ports for rule in host.firewall},
            "products": list(host.products.values()),
            "event_log": list(host.event_log),
            "processes": list(host.processes),
            "agents": [{"thumbprint": agent.thumbprint, "trust": sorted(agent.trust)} for agent in host.running.values()],
            "visits": host.visits,
            "steps": host.steps,
            "jobs_running": sum(thread.is_alive() for thread in host.jobs.values()),
            "system_profile": host.profile(SYSTEM_USER),
        }

    def files(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for path in self.host.files.paths():
            with contextlib.suppress(FileNotFoundError, KeyError):  # what is removed meanwhile is no longer there
                found[path] = _describe_path(self.host.files, path)
        return found

    def wipe(self) -> None:
        self.host.wipe()

    def set_fault(self, name: str, value: Any) -> None:
        """Put a fault on the host. Those that this function names, and `broken`, act at once, the others when their time comes.

        Raises ValueError for a fault that nobody knows.
        """
        host = self.host
        if name == "other_installer":
            hold_installer(host, float(value))
        elif name == "no_dotnet":
            host.registry.pop(DOTNET_KEY.lower(), None)
        elif name == "port_in_use":
            host.occupy_port(int(value))
        elif name == "stop_service":
            host.services.stop(str(value))
        elif name == "squat":
            squat(host, **value)
        elif name == "foreign_service":
            host.services.create(Service(**value))
        elif name == "file_in_use":
            host.files.hold(str(value))
        elif name == "read_only":
            host.files.node(str(value)).read_only = True
        elif name == "cut_off":
            host.files.write(str(value), host.files.read(str(value))[:100])
        elif name == "unreachable":
            host.reach(not value)
        elif name == "broken":
            host.broken = bool(value)
        elif name in FAULTS:
            host.faults[name] = value
        else:
            raise ValueError(f"no fault of a Windows host is called {name!r}; there are {', '.join(sorted(FAULTS | AT_ONCE))}")

    def clear_faults(self) -> None:
        host = self.host
        host.faults.clear()
        host.broken = False
        host.reach(True)
        host.files.held.clear()
        host.free_ports()
        host.registry.setdefault(DOTNET_KEY.lower(), {"Release": str(DOTNET_48)})

    def run(self, script: str) -> dict[str, Any]:
        """Refuse: an emulated Windows has no shell."""
        raise ValueError(f"{self.host.name} is an emulated Windows host: it runs no scripts")


def squat(host: WindowsHost, path: str, files: Mapping[str, str] | None = None, link: str | None = None, owner: str = MALLORY) -> None:
    """Let a folder be that of a user without any rights, who made it before anybody else did: with files in it, or as a junction."""
    if link is not None:
        host.files.make_link(path, link, owner=owner)
        return
    host.files.make_dirs(path, owner=owner)
    folder = host.files.node(path)
    folder.owner, folder.rules = owner, (Rule(owner, FULL_CONTROL),)
    for name, text in (files or {}).items():
        host.files.write(f"{path}\\{name}", text.encode())
        host.files.node(f"{path}\\{name}").owner = owner


def _describe_path(files: Disk, path: str) -> dict[str, Any]:
    folder = files.is_dir(path)
    protected, rules = files.access(path)
    return {
        "folder": folder,
        "owner": files.node(path).owner,
        "link": files.node(path).link,
        "content": None if folder else base64.b64encode(files.read(path)).decode(),
        "protected": protected,
        "rules": [{"sid": rule.sid, "rights": rule.rights} for rule, _inherited in rules],
    }
