# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""One visit that sees all there is to see of an instance on a Windows host. Pure: steps out, outcomes in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..._core.tentacle.answers import Indexed, find_instance
from ..._core.tentacle.evidence import file_to_read, judge
from ..._core.tentacle.instance import Access, FirewallRule, Instance, ObservedInstance, Service
from ..._core.tentacle.observation import Expected, Observation
from ..._core.tentacle.package import InstalledPackage
from ..._core.tentacle.version import Version
from .. import contract as do
from ..driver import literal_in_steps
from ..outcomes import Outcome, answer_of, file_facts, noted_services, stored_in
from ..proof import certificate_step
from ..step import Step, keep, optional
from . import names
from .environment import environment_steps, require_own_settings
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
    wanted = literal_in_steps(wanted)
    steps = prelude() | {
        "products": do.products(names.PRODUCT),
        "dotnet": do.registry("SOFTWARE\\Microsoft\\NET Framework Setup\\NDP\\v4\\Full", "Release"),
        "index": do.files(names.INDEX, "*"),
        "configuration": show_configuration(wanted.name),
        **services_steps(),
        **environment_steps(),
        **certificate_step(wanted),
        "index_access": do.windows_access(names.INDEX),
        "home": do.windows_access(wanted.home),
        "application": do.windows_access(wanted.application_directory),
        "file": do.windows_access(names.configuration_path(wanted.name, wanted.home)),
        "state": do.windows_access(names.STATE),
        "marker": do.exists(names.marker(wanted.name)),
        "import": do.exists(names.IMPORT),
        "stopped": do.file(names.STOPPED),
    }
    if wanted.firewall and wanted.listening:
        steps["firewall"] = do.firewall(names.firewall_rule(wanted.name))
    if wanted.service_account:
        steps["account"] = do.sid(wanted.service_account)
    return steps


def show_configuration(instance: str) -> Step:
    """Return the step that asks Tentacle for the configuration of an instance."""
    return optional(do.windows_query(names.EXECUTABLE, ("show-configuration", "--instance", instance), _PROCESS_SECONDS))


def services_steps() -> dict[str, Step]:
    """Return the step that sees Tentacle's services."""
    return {"services": do.services("OctopusDeploy Tentacle%")}


def running_services(found: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the names of those of the services that are Tentacle's and run."""
    return tuple(sorted(service["name"] for service in _tentacles(found) if service["state"] != "Stopped"))


def run(*arguments: str, environment: Mapping[str, str] | None = None) -> Step:
    """Return the step that runs Tentacle with `arguments`."""
    return do.windows_run(names.EXECUTABLE, arguments, _PROCESS_SECONDS, environment)


def file_of(wanted: Instance, outcomes: Mapping[str, Outcome]) -> str | None:
    """Return the configuration file that has to be read; None where Tentacle's answer says what there is."""
    default = names.configuration_path(wanted.name, names.default_home(wanted.name))
    indexed = _indexed(wanted, {name: outcome.value for name, outcome in outcomes.items()})
    return file_to_read(answer_of(outcomes["configuration"]), indexed, default)


def read_observation(wanted: Instance, outcomes: Mapping[str, Outcome], path: str | None = None) -> Observation:
    """Turn the outcomes of `observe_steps`, and of 'settings' in the file `path`, into what is there. Raises HostError."""
    seen = {name: outcome.value for name, outcome in outcomes.items()}
    require_own_settings(seen)
    indexed = _indexed(wanted, seen)
    services = _services(wanted, seen["services"])
    package = InstalledPackage(*_installed(seen["products"]), dotnet_release=_release(seen["dotnet"]))
    answer = answer_of(outcomes["configuration"])
    found = judge(answer, indexed, stored_in(outcomes, path), names.defaults(wanted.name), installed=package.version is not None)
    account_sid = str(seen.get("account", names.SYSTEM))
    expected = _expected(wanted, seen["location"] or names.INSTALL_LOCATION, account_sid)
    in_home = is_within(indexed.configuration_path or "", wanted.home)
    folders = folders_of(wanted, seen, expected, account_sid=account_sid, configuration=found.configuration, in_home=in_home)
    instance = ObservedInstance(
        exists=indexed.configuration_path is not None,
        configuration=found.configuration,
        broken=found.broken,
        unreadable=found.unreadable,
        key_unreadable=found.key_unreadable,
        unconfirmed=found.unconfirmed,
        service=_service(services.get(names.service_name(wanted.name)), expected, account_sid),
        home_folder=folders.home,
        application_folder=folders.application,
    )
    return Observation(
        package=package,
        instance=_with_the_rest(instance, seen),
        expected=replace(expected, owners=folders.owners),
        running=running_services(seen["services"]),
        service=names.service_name(wanted.name),
        others=indexed.others,
        awaiting=noted_services(seen["stopped"] if is_ours(seen["state"]) else None, services),
        warnings=found.warnings,
        facts={
            **file_facts(found, indexed, path, names.entry(wanted.name)),
            "programdata": str(seen["programdata"]),
            "product_id": package.product_id or "",
            "noted": names.STOPPED if is_ours(seen["state"]) and seen["stopped"] is not None else "",
        },
    )


def _indexed(wanted: Instance, seen: Mapping[str, Any]) -> Indexed:
    """Look the instance up in the index, which nobody may have written but those who may do anything."""
    where = names.INDEX.replace("<programdata>", "%ProgramData%")
    indexed = find_instance(wanted.name, seen["index"], f"{where}\\")
    require_trusted_index(wanted.name, where, seen["index"], seen["index_access"])
    return indexed


def _services(wanted: Instance, found: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return Tentacle's services by their names. Raises HostError when the instance's name is another program's service."""
    services = {service["name"]: service for service in found}
    require_tentacles(wanted.name, services.get(names.service_name(wanted.name)))
    return {service["name"]: service for service in _tentacles(found)}


def _tentacles(found: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [service for service in found if instance_of(service["command_line"]) is not None]


def _with_the_rest(instance: ObservedInstance, seen: Mapping[str, Any]) -> ObservedInstance:
    """Add what can be said without the instance: its port, its firewall, who may use which folder, and traces of earlier runs.

    Those count in a folder alone that nobody but us can have written.
    """
    ours = is_ours(seen["state"])
    return replace(
        instance,
        live_thumbprint=seen.get("certificate"),
        firewall=_firewall(seen["firewall"]["rules"]) if "firewall" in seen else None,
        firewall_problem=seen["firewall"]["problem"] if "firewall" in seen else None,
        restart_pending=ours and bool(seen["marker"]),
        leftover_keys=ours and bool(seen["import"]),
        home_access=access_of(seen["home"]),
        application_access=access_of(seen["application"]),
        state_misfit=state_misfit(seen["state"]),
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


def _service(found: Mapping[str, Any] | None, expected: Expected, account_sid: str) -> Service | None:
    """Read the instance's service. Accounts are compared by their SIDs: one account has many names."""
    if found is None:
        return None
    same = found["sid"] == account_sid
    return Service(
        running=found["state"] == "Running",
        automatic=found["start_mode"] == "Auto",
        account=expected.account if same else _spelled(found["account"], expected.account),
        command_line=_spelled(found["command_line"], expected.command_line),
    )


def _spelled(found: str, expected: str) -> str:
    """Return `expected` when `found` is the same but for case, so that it compares equal."""
    return expected if found.lower() == expected.lower() else found


def _firewall(rules: Sequence[Mapping[str, Any]]) -> FirewallRule | None:
    """Read the rules of the instance's name. Several are somebody else's work, and are to be one again: they count as none that is open."""
    if not rules:
        return None
    is_open = all(rule["enabled"] and rule["inbound"] and rule["allow"] and rule["protocol"] == 6 for rule in rules)
    return FirewallRule(open=is_open and len(rules) == 1, ports=", ".join(map(_ports, rules)))


def _ports(rule: Mapping[str, Any]) -> str:
    everybody = rule["remote_addresses"] in ("*", "")
    return str(rule["ports"]) if everybody else f"{rule['ports']} from {rule['remote_addresses']}"
