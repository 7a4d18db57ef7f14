"""A Windows host as the driver's tests know it: what is wanted of it, and what one visit saw."""

from __future__ import annotations

from typing import Any

from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.instance import Access, Instance, ObservedInstance
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.observation import Expected, Observation
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.package import InstalledPackage
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.plan import InstancePlan
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.version import Version
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.outcomes import Outcome
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.windows import names as names
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.windows.observe import observe_steps

OURS, SERVER = "A1" * 20, "C3" * 20
WANTED = Instance("Tentacle", "C:\\Octopus", "C:\\Octopus\\Applications", OURS, 10933, trust=(SERVER,), service_account="EXAMPLE\\deploy")
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
    facts={"programdata": "C:\\ProgramData", "configuration_path": "", "product_id": "", "entry": f"{names.INDEX}\\tentacle.config"},
)

BARE: dict[str, Any] = {
    "programdata": "C:\\ProgramData",
    "location": None,
    "products": [],
    "dotnet": "528449",
    "index": [],
    "services": [],
    "home": None,
    "application": None,
    "marker": False,
    "import": False,
    "stopped": None,
    "firewall": None,
    "account": "S-1-5-21-1-2-3-1001",
}
REFUSED = {"configuration": "the file was not found", "certificate": "nothing answers"}


def outcomes(wanted: Instance = WANTED, **values: Any) -> dict[str, Outcome]:
    """Return the outcomes of a visit: a bare host's, but for the values given. An Exception is an error."""
    told = {**BARE, **{name: OSError(text) for name, text in REFUSED.items()}, **values}
    return {
        name: Outcome(step, error=str(told[name])) if isinstance(told[name], Exception) else Outcome(step, value=told[name])
        for name, step in observe_steps(wanted).items()
    }
