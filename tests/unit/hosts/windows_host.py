"""A Windows host as the driver's tests know it: what is wanted of it, and what one visit saw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.communication import Listening
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.instance import Access, Instance, ObservedInstance
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.observation import Expected, Observation
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.package import InstalledPackage
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.plan import InstancePlan
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.version import Version
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.outcomes import Outcome
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.windows import names as names
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.windows.folders import FULL_CONTROL, READ_AND_EXECUTE
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.windows.observe import observe_steps

OURS, SERVER = "A1" * 20, "C3" * 20
WANTED = Instance(
    "Tentacle", "C:\\Octopus", "C:\\Octopus\\Applications", OURS, Listening(10933), trust=(SERVER,), service_account="EXAMPLE\\deploy"
)
EVERYTHING = InstancePlan(
    set_aside=True,
    protect_home=True,
    protect_application_directory=True,
    create=True,
    import_certificate=True,
    configure=("--port", "10933", "--trust", SERVER),
    service="install",
    open_firewall=True,
    restart=True,
    clean_up=True,
)
OBSERVATION = Observation(
    package=InstalledPackage(Version((9, 2, 4285)), "{GUID}", 528040),
    instance=ObservedInstance(),
    expected=Expected(
        home_access=Access(full=frozenset({names.SYSTEM, names.ADMINISTRATORS}), exclusive=True),
        application_access=Access(full=frozenset({names.SYSTEM}), readers=frozenset({names.USERS}), exclusive=True),
        account="EXAMPLE\\deploy",
        command_line="x",
    ),
    service="OctopusDeploy Tentacle",
    facts={
        "noted": "",
        "programdata": "C:\\ProgramData",
        "configuration_path": "",
        "product_id": "",
        "entry": f"{names.INDEX}\\tentacle.config",
        "damaged": "C:\\Octopus\\Tentacle.config",
    },
)

MALLORY = {"owner": "S-1-5-21-1-2-3-1666", "owner_name": "WIN01\\mallory"}
"""Whose something is that somebody made first."""


def owned(path: str, **members: Any) -> dict[str, Any]:
    """Return what a visit says of a folder above another: the system's own, but for the members given."""
    return {"path": path, "link": False, "owner": names.TRUSTED_INSTALLER, "owner_name": "NT SERVICE\\TrustedInstaller", **members}


def folder(*above: dict[str, Any], **members: Any) -> dict[str, Any]:
    """Return what a visit says of a folder: the administrators' own, empty, in the drive, but for the members given."""
    plain = {"exists": True, "folder": True, "link": False, "protected": True, "rules": [], "holds": []}
    administrators = {"owner": names.ADMINISTRATORS, "owner_name": "BUILTIN\\Administrators"}
    return {**plain, **administrators, "above": [*above, owned("C:\\")], **members}


def rules(*full: str, readers: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return the rules by which these accounts have full control, and those may read."""
    rights = {**dict.fromkeys(full, FULL_CONTROL), **dict.fromkeys(readers, READ_AND_EXECUTE)}
    return [{"sid": sid, "rights": right, "allow": True, "inherited": False} for sid, right in rights.items()]


def nothing(*above: dict[str, Any]) -> dict[str, Any]:
    """Return what a visit says where no folder is."""
    return folder(*above, exists=False, folder=False, protected=False, owner=None, owner_name=None)


BARE: dict[str, Any] = {
    "programdata": "C:\\ProgramData",
    "index_elsewhere": "%TentacleMachineConfigurationHomeDirectory%",
    "overridden": "%OCTOPUS_CONTRIBUTE_ENV_SETTINGS%",
    "location": None,
    "products": [],
    "dotnet": "528449",
    "index": [],
    "services": [],
    "home": nothing(),
    "application": nothing(),
    "file": nothing(),
    "state": nothing(owned("C:\\ProgramData")),
    "index_access": nothing(owned("C:\\ProgramData")),
    "marker": False,
    "import": False,
    "stopped": None,
    "firewall": {"problem": None, "rules": []},
    "account": "S-1-5-21-1-2-3-1001",
}
STATE = folder(owned("C:\\ProgramData"), rules=rules(names.SYSTEM, names.ADMINISTRATORS))
"""Our own folder, as we make it."""
REFUSED = {"configuration": "the file was not found", "certificate": "nothing answers"}


def outcomes(wanted: Instance = WANTED, settings: Any = None, **values: Any) -> dict[str, Outcome]:
    """Return the outcomes of a visit: a bare host's, but for the values given. An Exception is an error; `settings`: of a second one."""
    told = {**BARE, **{name: OSError(text) for name, text in REFUSED.items()}, **values}
    steps = observe_steps(wanted)
    if settings is not None:
        told["settings"], steps["settings"] = settings, {"do": "settings"}
    return {
        name: Outcome(step, error=str(told[name])) if isinstance(told[name], Exception) else Outcome(step, value=told[name])
        for name, step in steps.items()
    }
