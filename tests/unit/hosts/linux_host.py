"""A Linux host as the driver's tests know it: what is wanted of it, and what one visit saw."""

from __future__ import annotations

import base64
import json
from typing import Any

from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.communication import Listening
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.instance import Access, Instance, ObservedInstance
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.observation import Expected, Observation
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.package import InstalledPackage
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.version import Version
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.linux import names as names
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.linux.observe import observe_steps
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.outcomes import Outcome

OURS, SERVER = "A1" * 20, "C3" * 20
HOME, APPLICATIONS = "/etc/octopus/default", "/home/Octopus/Applications"
CONFIGURATION = f"{HOME}/tentacle-default.config"
WANTED = Instance("Tentacle", HOME, APPLICATIONS, OURS, Listening(10933), trust=(SERVER,), service_account="deploy")
OBSERVATION = Observation(
    package=InstalledPackage(Version((9, 2, 4285))),
    instance=ObservedInstance(),
    expected=Expected(
        home_access=Access(full=frozenset({"deploy"}), exclusive=True),
        application_access=Access(full=frozenset({"deploy"}), exclusive=True),
        account="deploy",
        command_line=names.command_line("Tentacle"),
        owners=frozenset({"deploy", "root"}),
    ),
    service="Tentacle.service",
    facts={
        "configuration_path": "",
        "entry": names.entry("Tentacle"),
        "owner": "root",
        "damaged": CONFIGURATION,
        "architecture": "x86_64",
        "tools": "apt-get",
        "firewall": "ufw",
        "installed_as": "",
    },
)

FOLDER = {
    "exists": False,
    "is_folder": True,
    "owner": "",
    "link": None,
    "exposed": None,
    "closed": [],
    "holds": [],
    "marked": False,
}
"""A folder that is not there."""

NOT_THERE = OSError("[Errno 2] No such file or directory")
BARE: dict[str, Any] = {
    "machine": {"architecture": "x86_64", "systemd": True, "tools": ["apt-get"]},
    "program": False,
    "version": NOT_THERE,
    "dpkg": NOT_THERE,
    "rpm": NOT_THERE,
    "index": {"files": [], "configuration": None, "owner": "root"},
    "configuration": NOT_THERE,
    "units": [{"Id": "Tentacle.service", "LoadState": "not-found", "ActiveState": "inactive", "SubState": "dead"}],
    "certificate": ConnectionRefusedError("[Errno 111] Connection refused"),
    "home": [],
    "home_folder": FOLDER,
    "application_folder": FOLDER,
    "entry_folder": FOLDER,
    "entry": [],
    "marker": False,
    "import": False,
    "awaiting": None,
    "ufw": NOT_THERE,
    "firewalld": NOT_THERE,
    "firewalld_now": NOT_THERE,
    "firewalld_kept": NOT_THERE,
    "account": {"home": "/home/deploy", "home_exists": True, "home_owned": True, "closed_store": None},
}


def encoded(text: str) -> str:
    """Return text as a step tells a file's content."""
    return base64.b64encode(text.encode()).decode()


def entry(name: str, path: str, file: str) -> dict[str, str]:
    """Return a file of the instance index."""
    return {"name": file, "content": encoded(json.dumps({"Name": name, "ConfigurationFilePath": path}))}


def told(stdout: str = "", *, rc: int = 0, stderr: str = "") -> dict[str, Any]:
    """Return the value of a process step."""
    return {"rc": rc, "stdout": stdout, "stderr": stderr, "seconds": 0.1}


def outcomes(wanted: Instance = WANTED, settings: Any = None, **values: Any) -> dict[str, Outcome]:
    """Return the outcomes of a visit: a bare host's, but for the values given. An Exception is an error; `settings`: of a second one."""
    said = {**BARE, **values}
    steps = observe_steps(wanted)
    if settings is not None:
        said["settings"], steps["settings"] = settings, {"do": "settings"}
    return {
        name: Outcome(step, error=str(said[name])) if isinstance(said[name], Exception) else Outcome(step, value=said[name])
        for name, step in steps.items()
    }


def stored(values: dict[str, str] | None = None, *, there: bool = True, damage: str | None = None) -> dict[str, Any]:
    """Return what a step finds in a configuration file."""
    return {"there": there, "damage": damage, "values": values or {}}
