# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""One visit that sees all there is to see of an instance on a Windows host. Pure: steps out, outcomes in."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..._core.tentacle.answers import configuration_of, entry_file, find_instance
from ..._core.tentacle.instance import Access, FirewallRule, Instance, ObservedInstance, Service
from ..._core.tentacle.observation import Expected, Observation
from ..._core.tentacle.package import InstalledPackage
from ..._core.tentacle.version import Version
from .. import contract as do
from ..outcomes import Outcome, answer_of, noted_services
from ..step import Step, keep, optional
from . import names
from .folders import access_of, folders_of, is_ours, is_within, require_trusted_index, state_misfit
from .services import instance_of, require_tentacles

_PROCESS_SECONDS = 120


def prelude() -> dict[str, Step]:
    """Return the steps that find out where things are; later steps name `<programdata>` and `<location>`."""
    return {
        "programdata": keep(do.path("%ProgramData%"), {"programdata": None}),
        "location": keep(do.registry("SOFTWARE\\Octopus\\Tentacle", "InstallLocation"), {"location": None}, default=names.INSTALL_LOCATION),
    }


def observe_steps(wanted: Instance) -> dict[str, Step]:
    """Return the steps of the visit. One process is started, to show the configuration; the rest is read where it stands."""
    show = ("show-configuration", "--instance", wanted.name)
    steps = prelude() | {
        "products": do.products(names.PRODUCT),
        "dotnet": do.registry("SOFTWARE\\Microsoft\\NET Framework Setup\\NDP\\v4\\Full", "Release"),
        "index": do.files(names.INDEX, "*"),
        "configuration": optional(do.windows_query(names.EXECUTABLE, subprocess.list2cmdline(show), _PROCESS_SECONDS)),
        "services": do.services("OctopusDeploy Tentacle%"),
        "certificate": optional(do.certificate(wanted.listen_ip or "127.0.0.1", wanted.port, wait=0)),
        "index_access": do.windows_access(names.INDEX),
        "home": do.windows_access(wanted.home),
        "application": do.windows_access(wanted.application_directory),
        "file": do.exists(names.configuration_path(wanted.name, wanted.home)),
        "state": do.windows_access(names.STATE),
        "marker": do.exists(names.marker(wanted.name)),
        "import": do.exists(names.IMPORT),
        "stopped": do.file(names.STOPPED),
    }
    if wanted.firewall:
        steps["firewall"] = do.firewall(names.firewall_rule(wanted.name))
    if wanted.service_account:
        steps["account"] = do.sid(wanted.service_account)
    return steps


def run(*arguments: str, environment: Mapping[str, str] | None = None) -> Step:
    """Return the step that runs Tentacle with `arguments`."""
    return do.windows_run(names.EXECUTABLE, subprocess.list2cmdline(arguments), _PROCESS_SECONDS, environment)


def read_observation(wanted: Instance, outcomes: Mapping[str, Outcome]) -> Observation:
    """Turn the outcomes of `observe_steps` into what is there. Raises HostError for what no run can mend."""
    location = outcomes["location"].value or names.INSTALL_LOCATION
    services = {service["name"]: service for service in outcomes["services"].value}
    where = names.INDEX.replace("<programdata>", "%ProgramData%")
    indexed = find_instance(wanted.name, outcomes["index"].value, f"{where}\\")
    require_trusted_index(wanted.name, where, outcomes["index"].value, outcomes["index_access"].value)
    require_tentacles(wanted.name, services.get(names.service_name(wanted.name)))
    services = {name: service for name, service in services.items() if instance_of(service["command_line"]) is not None}
    package = InstalledPackage(
        *_installed(outcomes["products"].value),
        dotnet_release=_release(outcomes["dotnet"].value),
    )
    account_sid = outcomes["account"].value if "account" in outcomes else names.SYSTEM
    configuration, broken = configuration_of(answer_of(outcomes["configuration"]), indexed, installed=package.version is not None)
    firewall = outcomes["firewall"].value if "firewall" in outcomes else None
    expected = _expected(wanted, location, str(account_sid))
    folders = folders_of(
        wanted,
        outcomes["home"].value,
        outcomes["application"].value,
        expected,
        account_sid=str(account_sid),
        configuration=configuration,
        tentacles=bool(outcomes["file"].value) or is_within(indexed.configuration_path or "", wanted.home),
    )
    state = outcomes["state"].value
    instance = ObservedInstance(
        exists=indexed.configuration_path is not None,
        configuration=configuration,
        broken=indexed.broken or broken,
        service=_service(services.get(names.service_name(wanted.name)), expected),
        live_thumbprint=outcomes["certificate"].value,
        restart_pending=is_ours(state) and bool(outcomes["marker"].value),
        leftover_keys=is_ours(state) and bool(outcomes["import"].value),
        firewall=_firewall(firewall),
        home_access=access_of(outcomes["home"].value),
        application_access=access_of(outcomes["application"].value),
        home_folder=folders.home,
        application_folder=folders.application,
        state_misfit=state_misfit(state),
    )
    return Observation(
        package=package,
        instance=instance,
        expected=replace(expected, owners=folders.owners),
        running=tuple(sorted(name for name, service in services.items() if service["state"] != "Stopped")),
        service=names.service_name(wanted.name),
        others=indexed.others,
        awaiting=noted_services(outcomes["stopped"].value if is_ours(state) else None, services),
        facts={
            "configuration_path": indexed.configuration_path or "",
            "programdata": str(outcomes["programdata"].value),
            "product_id": package.product_id or "",
            "entry": "" if indexed.broken is None else f"{names.INDEX}\\{entry_file(wanted.name)}",
        },
    )


def _release(text: str | None) -> int:
    """Return the `Release` of the .NET Framework, 0 without one."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _installed(products: list[dict[str, str]]) -> tuple[Version | None, str | None]:
    known = [(Version.parse(product["version"]), product["product_id"]) for product in products if product["version"]]
    return max(known, default=(None, None), key=lambda pair: pair[0])


def _expected(wanted: Instance, location: str, account_sid: str) -> Expected:
    full = frozenset({names.SYSTEM, names.ADMINISTRATORS, account_sid})
    return Expected(
        home_access=Access(full=full, exclusive=True),
        # Deployed applications are read by accounts that nobody here knows (IIS application pools), as they are on a new C:\.
        application_access=Access(full=full, readers=frozenset({names.USERS}), exclusive=True),
        account=wanted.service_account or names.LOCAL_SYSTEM,
        command_line=names.command_line(wanted.name, location),
    )


def _service(found: Mapping[str, str] | None, expected: Expected) -> Service | None:
    if found is None:
        return None
    return Service(
        running=found["state"] == "Running",
        automatic=found["start_mode"] == "Auto",
        account=_spelled(found["account"], expected.account),
        command_line=_spelled(found["command_line"], expected.command_line),
    )


def _spelled(found: str, expected: str) -> str:
    """Return `expected` when `found` is the same but for case, so that it compares equal."""
    return expected if found.lower() == expected.lower() else found


def _firewall(found: Mapping[str, Any] | None) -> FirewallRule | None:
    if found is None:
        return None
    everybody = found["remote_addresses"] in ("*", "")
    is_open = found["enabled"] and found["inbound"] and found["allow"] and found["protocol"] == 6
    return FirewallRule(
        open=bool(is_open), ports=str(found["ports"]) if everybody else f"{found['ports']} from {found['remote_addresses']}"
    )
