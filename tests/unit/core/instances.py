"""A settled instance, and a model of what Tentacle makes of a plan."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.communication import Listening
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.instance import (
    Access,
    Configuration,
    FirewallRule,
    Instance,
    ObservedInstance,
    Service,
    TrustedServer,
)
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.observation import Expected, Observation
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.package import InstalledPackage
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.plan import InstancePlan, plan_instance

OURS, OTHER, SERVER = "A1" * 20, "B2" * 20, "C3" * 20
ACCOUNT = "LocalSystem"
COMMAND_LINE = '"C:\\Tentacle.exe" run --instance="Tentacle"'
ACCESS = Access(full=frozenset({"S-1-5-18", "S-1-5-32-544"}), exclusive=True)

WANTED = Instance(
    name="Tentacle",
    home="C:\\Octopus",
    application_directory="C:\\Octopus\\Applications",
    thumbprint=OURS,
    communication=Listening(10933),
    trust=(SERVER,),
)
CONFIGURED = Configuration(
    home=WANTED.home,
    application_directory=WANTED.application_directory,
    thumbprint=OURS,
    port=10933,
    listen_ip=None,
    listens=True,
    trusted=(TrustedServer(SERVER),),
)
SERVICE = Service(running=True, automatic=True, account=ACCOUNT, command_line=COMMAND_LINE)
SETTLED = ObservedInstance(
    exists=True,
    configuration=CONFIGURED,
    service=SERVICE,
    live_thumbprint=OURS,
    firewall=FirewallRule(open=True, ports="10933"),
    home_access=ACCESS,
    application_access=ACCESS,
)


def plan(wanted: Instance, observed: ObservedInstance, *, stale: bool = False) -> InstancePlan:
    """Plan on a host that expects what the names above say."""
    return plan_instance(wanted, seen(observed), stale=stale)


def seen(observed: ObservedInstance) -> Observation:
    """Return what one visit saw: an instance, on a host that expects what the names above say."""
    return Observation(InstalledPackage(None), observed, Expected(ACCESS, ACCESS, ACCOUNT, COMMAND_LINE), service="OctopusDeploy Tentacle")


def created(wanted: Instance) -> Configuration:
    """Return what `create-instance` leaves: Tentacle's defaults, no certificate, no trust (tentacle.md 1.5, 1.9)."""
    return Configuration(wanted.home, "C:\\Default", None, 10933, None, True)


def configured(options: tuple[str, ...], now: Configuration) -> Configuration:
    """Return what `Tentacle configure` makes of a configuration (tentacle.md 1.7): trust is removed, then added, then the rest."""
    pairs = list(zip(options[::2], options[1::2], strict=True))
    removed = {value for option, value in pairs if option == "--remove-trust"}
    trusted = [entry for entry in now.trusted if entry.thumbprint not in removed]
    for thumbprint in (value for option, value in pairs if option == "--trust"):
        trusted = [entry for entry in trusted if entry.address is not None or entry.thumbprint.upper() != thumbprint.upper()]
        trusted.append(TrustedServer(thumbprint))
    fields: dict[str, Any] = {"trusted": tuple(trusted)}
    readers = {
        "--home": lambda value: {"home": value},
        "--app": lambda value: {"application_directory": value},
        "--port": lambda value: {"port": int(value)},
        "--noListen": lambda value: {"listens": {"True": False, "False": True}[value]},
        "--pollingConnectionCount": lambda value: {"connections": int(value)},
        "--listenIpAddress": lambda value: {"listen_ip": None if value == "any" else value},
    }
    for option, value in pairs:
        if option not in ("--trust", "--remove-trust"):
            fields |= readers[option](value)
    return replace(now, **fields)


def polled(options: tuple[str, ...], now: Configuration) -> Configuration:
    """Return what `Tentacle server-comms` makes of a configuration (tentacle.md 1.8)."""
    said = dict(zip(options[::2], options[1::2], strict=True))
    assert said["--style"] == "TentacleActive"
    thumbprint = said["--thumbprint"]
    own = [entry for entry in now.trusted if entry.thumbprint == thumbprint]
    assert own, "No trusted server was found with the supplied thumbprint"
    address = said.get("--web-socket") or f"https://{said['--host']}:{said['--port']}"
    entry = next((each for each in own if each.address == address), TrustedServer(thumbprint))
    inherited = next((each.subscription_id for each in own if each.style == 2 and each.subscription_id), f"poll://{len(now.trusted)}new/")
    made = TrustedServer(thumbprint, 2, address, entry.subscription_id or inherited)
    others = [each for each in now.trusted if (each.thumbprint.upper(), each.address) != (thumbprint.upper(), address)]
    return replace(now, trusted=(*others, made))


def carried_out(planned: InstancePlan, wanted: Instance, observed: ObservedInstance) -> ObservedInstance:
    """Return what a host shows when a driver has done exactly what the plan says, and nothing else."""
    configuration = created(wanted) if planned.create else observed.configuration
    assert configuration is not None
    if planned.import_certificate:
        configuration = replace(configuration, thumbprint=wanted.thumbprint)
    trusting = bool(configuration.trusted)
    configuration = configured(planned.configure, configuration)
    for options in planned.server_comms:
        # In no moment does the host trust nobody.
        assert configuration.trusted
        configuration = polled(options, configuration)
    assert configuration.trusted or not (trusting and wanted.trust)
    service = SERVICE if planned.service else observed.service
    assert service is not None
    live = observed.live_thumbprint
    if planned.restart:
        service = replace(service, running=True)
        live = configuration.thumbprint if configuration.listens else None
    return ObservedInstance(
        exists=True,
        configuration=configuration,
        broken=None if planned.create else observed.broken,
        service=service,
        live_thumbprint=live,
        restart_pending=observed.restart_pending and not planned.restart,
        leftover_keys=observed.leftover_keys and not planned.clean_up,
        firewall=FirewallRule(open=True, ports=str(wanted.port)) if planned.open_firewall else observed.firewall,
        home_access=ACCESS if planned.protect_home else observed.home_access,
        application_access=ACCESS if planned.protect_application_directory else observed.application_access,
    )
