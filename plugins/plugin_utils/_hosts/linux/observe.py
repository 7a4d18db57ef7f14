# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""One visit that sees all there is to see of an instance on a Linux host. Pure: steps out, outcomes in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..._core.errors import HostError, InputError
from ..._core.tentacle.answers import Indexed, find_instance
from ..._core.tentacle.evidence import file_to_read, judge
from ..._core.tentacle.instance import Access, Instance, ObservedInstance, Service
from ..._core.tentacle.observation import Expected, Observation
from ..._core.tentacle.package import InstalledPackage
from ..._core.text import sentence, shown
from .. import contract as do
from ..outcomes import Outcome, answer_of, file_facts, noted_services, stored_in
from ..proof import certificate_step
from ..step import Step, keep, literal, optional
from . import names
from .firewall import firewall_steps, read_firewall
from .folders import application_access, application_folder, folder_steps, home_access, home_folder, owned_by, unreachable_paths
from .installed import read_installed

TOOLS = ("apt-get", "dnf", "dnf5")

_PROCESS_SECONDS = 120
ALONE = (names.LOG_FOLDER, names.MACHINE_FOLDER)
"""What lets root ask Tentacle for something that concerns no instance: it would load the default one, and roll its log."""

_RUNNING = ("active", "activating", "reloading")
_ARGUMENTS = re.compile(r"argv\[\]=(.*?) ;")


def run(
    file: str, *arguments: str, user: str = names.ROOT, scratch: Sequence[str] = (), again: str | None = None, patience: int = 0
) -> Step:
    """Return the step that runs a program, as root unless it is said."""
    return do.linux_run(file, arguments, _PROCESS_SECONDS, user, scratch, again, patience)


def query(*arguments: str, file: str = names.EXECUTABLE, user: str = names.ROOT, scratch: Sequence[str] = ()) -> Step:
    """Return the step that asks a program, which may not be there, whatever it answers."""
    return optional(do.linux_query(file, arguments, _PROCESS_SECONDS, user, scratch))


def show_configuration(instance: str, user: str) -> Step:
    """Return the step that asks Tentacle for the configuration of an instance."""
    return query("show-configuration", "--instance", instance, user=user, scratch=(names.LOG_FOLDER,))


def observe_steps(wanted: Instance) -> dict[str, Step]:
    """Return the steps of the visit.

    Tentacle logs every command into the instance's home, and keeps the key that it decrypts in the home of the user who asked: it is
    asked as the owner of the configuration, whose both are.
    """
    steps: dict[str, Step] = {
        "machine": do.machine(TOOLS),
        "program": do.exists(names.EXECUTABLE),
        "version": query("version", scratch=ALONE),
        "dpkg": query("-W", "--showformat=${db:Status-Abbrev}|${Version}", "tentacle", file="dpkg-query"),
        "rpm": query("-q", "--queryformat", "%{VERSION}", "tentacle", file="rpm"),
        "index": keep(do.instances(names.INDEX, wanted.name), {"owner": "owner", "configuration": "configuration"}),
        "configuration": show_configuration(wanted.name, "<owner>"),
        "units": optional(do.units(names.UNITS, names.RUN_BY_A_UNIT, names.unit_name(wanted.name))),
        **certificate_step(wanted),
        **folder_steps(wanted),
        "marker": do.exists(names.marker(wanted.name)),
        "import": do.exists(names.IMPORT),
        "awaiting": do.file(names.AWAITING),
    }
    if wanted.firewall and wanted.listening:
        steps |= firewall_steps()
    if wanted.service_account:
        steps["account"] = do.account(literal(wanted.service_account))
    return steps


def file_of(wanted: Instance, outcomes: Mapping[str, Outcome]) -> str | None:
    """Return the configuration file that has to be read; None where Tentacle's answer says what there is."""
    default = names.configuration_path(wanted.name, names.default_home(wanted.name))
    return file_to_read(answer_of(outcomes["configuration"]), _indexed(wanted, outcomes), default)


def read_observation(wanted: Instance, outcomes: Mapping[str, Outcome], path: str | None = None) -> Observation:
    """Turn the outcomes of `observe_steps`, and of 'settings' in the file `path`, into what is there. Raises HostError."""
    machine = outcomes["machine"].value
    _require(wanted, machine, outcomes)
    program = read_installed(outcomes)
    units = {unit["Id"]: unit for unit in outcomes["units"].value if unit.get("LoadState") == "loaded"}
    _require_own_unit(wanted.name, outcomes["units"].value)
    indexed = _indexed(wanted, outcomes)
    answer, stored = answer_of(outcomes["configuration"]), stored_in(outcomes, path)
    found = judge(answer, indexed, stored, names.defaults(wanted.name), installed=program.version is not None)
    firewall, rule = read_firewall(outcomes, wanted.port) if wanted.firewall and wanted.port else ("", None)
    instance = ObservedInstance(
        exists=indexed.configuration_path is not None,
        configuration=found.configuration,
        broken=found.broken,
        unreadable=program.unreadable or found.unreadable,
        key_unreadable=found.key_unreadable,
        unconfirmed=found.unconfirmed,
        service=_service(units.get(names.unit_name(wanted.name))),
        live_thumbprint=outcomes["certificate"].value if "certificate" in outcomes else None,
        restart_pending=bool(outcomes["marker"].value),
        leftover_keys=bool(outcomes["import"].value),
        firewall=rule,
        firewall_active=bool(firewall),
        home_access=home_access(wanted, outcomes["home"].value),
        application_access=application_access(outcomes["application_folder"].value),
        home_folder=home_folder(wanted, indexed.configuration_path, outcomes["home_folder"].value),
        application_folder=application_folder(wanted, outcomes["application_folder"].value),
        unreachable=unreachable_paths(wanted, outcomes),
    )
    return Observation(
        package=InstalledPackage(program.version),
        instance=instance,
        expected=_expected(wanted),
        service=names.unit_name(wanted.name),
        others=indexed.others,
        running=tuple(sorted(name for name, unit in units.items() if unit["ActiveState"] in _RUNNING)),
        awaiting=noted_services(outcomes["awaiting"].value, units),
        warnings=found.warnings,
        facts={
            **file_facts(found, indexed, path, names.entry(wanted.name)),
            "owner": outcomes["index"].value["owner"],
            "architecture": machine["architecture"],
            "tools": " ".join(machine["tools"]),
            "firewall": firewall,
            "installed_as": program.format or "",
        },
    )


def _require(wanted: Instance, machine: Mapping[str, Any], outcomes: Mapping[str, Outcome]) -> None:
    """Refuse a host that nothing can be done on, before anything is done."""
    if not machine["systemd"]:
        raise HostError("This machine is not run by systemd, and Tentacle needs it to run as a service.")
    if outcomes["units"].error:
        raise HostError(f"Asking systemd for its units failed: {sentence(outcomes['units'].error)}")
    if wanted.service_account and names.holds_the_index(wanted.home):
        raise InputError(
            f"must not be '{wanted.home}', which holds the index of instances, for one that runs as another user than root.",
            option="home_directory",
        )
    if wanted.service_account:
        _require_user(wanted.service_account, outcomes["account"].value)


def _require_user(name: str, found: Mapping[str, Any] | None) -> None:
    """Refuse a user as whom Tentacle cannot run: it keeps its key in the user's home directory (tentacle.md 2.4)."""
    if found is None:
        raise HostError(f"This machine has no user '{name}' ('tentacle_service_user'). Create the user first, or name another.")
    home = shown(found["home"], 200)
    if not found.get("home_exists", True):
        what = f"The user '{name}' has no home directory ('{home}' is not there)"
        how = f"Make it (install -d -m 0700 -o {name} '{home}')"
    elif not found.get("home_owned", True):
        what = f"The home directory of the user '{name}' ('{home}') is not the user's own"
        how = "Give the user another one (usermod --home)"
    elif found.get("closed_store"):
        folder = shown(found["closed_store"], 200)
        what = f"The user '{name}' cannot write to '{folder}'"
        how = f"Give it back (chown -R {name} '{folder}'; chmod u+rwx '{folder}')"
    else:
        return
    raise HostError(f"{what}, and Tentacle keeps its key there. {how}, or name another 'tentacle_service_user'.")


def _require_own_unit(instance: str, units: Sequence[Mapping[str, str]]) -> None:
    """Refuse an instance whose unit would take the place of another's: units are called as instances are, and some have other names too."""
    name = names.unit_name(instance)
    unit = next((unit for unit in units if name in (unit["Id"], *unit.get("Names", "").split())), None)
    if unit is None or unit["LoadState"] == "not-found":
        return
    if unit["Id"] == name and unit["LoadState"] == "loaded" and names.runs(instance, unit.get("ExecStart", "")):
        return
    other = f" ('{name}' is another name of it)" if unit["Id"] != name else ""
    whose = "another instance's" if names.RUN_BY_A_UNIT in unit.get("ExecStart", "") else "not Tentacle's"
    where = shown(f"'{unit['Id']}'{other} that is {whose} ({unit.get('FragmentPath') or unit['LoadState']})")
    raise HostError(
        f"This machine has a unit {where}, and the unit of an instance has the instance's name. Choose another 'tentacle_instance'."
    )


def _indexed(wanted: Instance, outcomes: Mapping[str, Outcome]) -> Indexed:
    return find_instance(wanted.name, outcomes["index"].value["files"], f"{names.INDEX}/")


def _service(found: Mapping[str, str] | None) -> Service | None:
    if found is None:
        return None
    command = _ARGUMENTS.search(found.get("ExecStart", ""))
    return Service(
        running=found["ActiveState"] in _RUNNING and found["SubState"] != "auto-restart",
        automatic=found.get("UnitFileState") == "enabled",
        account=found.get("User") or names.ROOT,
        command_line=command.group(1) if command else "",
    )


def _expected(wanted: Instance) -> Expected:
    owner = wanted.service_account or names.ROOT
    return Expected(
        home_access=Access(full=frozenset({owner}), exclusive=True),
        application_access=owned_by(owner),
        account=owner,
        command_line=names.command_line(wanted.name),
        owners=frozenset({owner, names.ROOT}),
    )
