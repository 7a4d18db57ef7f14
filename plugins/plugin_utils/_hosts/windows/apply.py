# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""From a plan to the steps that carry it out on a Windows host. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable

from ..._core.tentacle.instance import Access, Instance
from ..._core.tentacle.observation import Observation
from ..._core.tentacle.paths import path_key
from ..._core.tentacle.plan import InstancePlan
from .. import contract as do
from ..driver import literal_in_steps, set_aside_steps
from ..proof import came_up_step
from ..step import Step, always, literal, optional
from . import names
from .folders import PARENT_ACCESS, STATE_ACCESS
from .observe import prelude, run, show_configuration

_SERVICE_SECONDS = 120
_TAIL_LINES = 40


def apply_steps(
    wanted: Instance, plan: InstancePlan, observation: Observation, *, service_password: bool, listen_seconds: int
) -> list[Step]:
    """Return the steps that make the instance what is wanted, in an order that a crash anywhere leaves mendable.

    The marker is written before the first change and removed after the restart was verified; the key is on the disk only between
    its writing and the end of its import, in a folder that SYSTEM and administrators alone can read. `listen_seconds` is how long
    the restarted service may take until its port presents the certificate.
    """
    wanted = literal_in_steps(wanted)
    steps = [*prelude().values(), _state_folder()]
    if plan.restart:
        steps.append(do.write(names.marker(wanted.name), ""))
    if plan.clean_up:
        steps.append(do.remove(names.IMPORT))
    steps += _folders(wanted, plan, observation)
    if plan.create:
        steps += _create(wanted, plan, observation)
    if plan.import_certificate:
        steps += _import(wanted)
    if plan.configure:
        steps.append(run("configure", "--instance", wanted.name, *map(literal, plan.configure)))
    steps += [run("server-comms", "--instance", wanted.name, *map(literal, options)) for options in plan.server_comms]
    steps += [show_configuration(wanted.name)] if plan.server_comms else []
    steps += [run(command, "--instance", wanted.name, *map(literal, said)) for command, *said in plan.proxies]
    steps += _service(wanted, plan, observation, with_password=service_password)
    if plan.open_firewall and wanted.port:
        steps.append(do.set_firewall(names.firewall_rule(wanted.name), "Lets Octopus Server connect to Tentacle.", wanted.port))
    if plan.restart:
        steps += _restart(wanted, listen_seconds)
    return steps


def prepare_steps() -> list[Step]:
    """Return the steps that make our own folder: an installer writes its log there, and may lie there itself."""
    return [*prelude().values(), _state_folder()]


def stop_steps(running: Iterable[str]) -> list[Step]:
    """Return the steps that stop services for an installation, noting them first: the MSI leaves them stopped (tentacle.md 7.4)."""
    running = list(running)
    return [
        *prelude().values(),
        do.write_text(names.STOPPED, json.dumps(running)),
        *(do.stop(literal(name), _SERVICE_SECONDS) for name in running),
    ]


def start_steps(stopped: Iterable[str]) -> list[Step]:
    """Return the steps that start what was stopped for an installation, and forget that it was.

    Its package goes, too, unless an installer still has it.
    """
    return [
        *prelude().values(),
        *(do.start(literal(name), _SERVICE_SECONDS) for name in stopped),
        always(optional(do.remove(names.PACKAGE))),
        do.remove(names.STOPPED),
    ]


def remove_steps(wanted: Instance, observation: Observation) -> list[Step]:
    """Return the steps that remove the instance: its service, its entry in the index, its configuration with the key, its firewall rule.

    Logs, deployed applications and everything else in the home directory stay.
    """
    instance = ("--instance", wanted.name)
    steps: list[Step] = [*prelude().values()]
    if observation.instance.service is not None:
        steps.append(do.stop(names.service_name(wanted.name), _SERVICE_SECONDS))
        steps.append(run("service", *instance, "--uninstall"))
    told = observation.instance.configuration is not None and not observation.instance.unconfirmed
    if told and not observation.facts["entry"]:
        steps.append(run("delete-instance", *instance))
    elif observation.instance.exists or observation.facts["entry"]:  # where Tentacle gives no answer, it deletes nothing either
        steps.append(do.remove(names.entry(wanted.name)))
    if observation.facts["configuration_path"]:
        steps.append(do.remove(literal(observation.facts["configuration_path"])))
    if observation.instance.firewall is not None:
        steps.append(do.remove_firewall(names.firewall_rule(wanted.name)))
    others_wait = any(name != observation.service for name in observation.awaiting)
    leftovers = (
        (observation.instance.leftover_keys, names.IMPORT),
        (observation.instance.restart_pending, names.marker(wanted.name)),
        (observation.facts["noted"] and not others_wait, names.STOPPED),
    )
    return [*steps, *(do.remove(path) for there, path in leftovers if there)]


def _state_folder() -> Step:
    """What runs from there runs as SYSTEM: what is there and is not as we make it is somebody else's, and only makes room."""
    return _directory(names.STATE, STATE_ACCESS, aside=True)


def _directory(path: str, access: Access, owners: Iterable[str] = (), *, aside: bool = False) -> Step:
    """Return the step that makes a folder. `owners` may own one that is there, beside those who may own anything."""
    trusted = [*names.TRUSTED, *(sid for sid in owners if sid not in names.TRUSTED)]
    return do.windows_directory(path, sorted(access.full), sorted(access.readers), trusted, aside)


def _folders(wanted: Instance, plan: InstancePlan, observation: Observation) -> list[Step]:
    observed, expected = observation.instance, observation.expected
    application, there = wanted.application_directory, observed.application_folder
    folders = (
        (plan.protect_home, wanted.home, expected.home_access, observed.home_access, observed.home_folder),
        (plan.protect_application_directory, application, expected.application_access, observed.application_access, there),
    )
    steps: dict[str, Step] = {}
    for _protect, path, access, found, folder in (folder for folder in folders if folder[0]):
        for parent in folder.missing:
            steps.setdefault(path_key(literal(parent)), _directory(literal(parent), PARENT_ACCESS))
        adopted = {found.owner} if found and found.owner and wanted.adopt_directories else set()
        steps[path_key(path)] = _directory(path, access, sorted(access.full | adopted))
    return list(steps.values())


def _create(wanted: Instance, plan: InstancePlan, observation: Observation) -> list[Step]:
    path = literal(observation.facts["configuration_path"]) or names.configuration_path(wanted.name, wanted.home)
    aside = set_aside_steps(observation, names.entry_aside(wanted.name)) if plan.set_aside else []
    create = run("create-instance", "--instance", wanted.name, "--config", path, "--home", wanted.home)
    return [*aside, create]


def _import(wanted: Instance) -> list[Step]:
    pfx = f"{names.IMPORT}\\identity.pfx"
    return [
        _directory(names.IMPORT, STATE_ACCESS),
        do.write(pfx, "<pfx>"),
        run("import-certificate", "--instance", wanted.name, "--from-file", pfx, "--pfx-password", "<pfx_password>"),
        always(do.remove(names.IMPORT)),
    ]


def _service(wanted: Instance, plan: InstancePlan, observation: Observation, *, with_password: bool) -> list[Step]:
    if plan.service is None:
        return []
    account = wanted.service_account or names.LOCAL_SYSTEM
    service = observation.instance.service
    # An account that stays is not named: without its password, which nobody has to say again, Windows would forget it.
    stays = account == (service.account if service else names.LOCAL_SYSTEM) and not with_password
    options = [] if stays else ["--username", account]
    # The password goes by the environment: what stands on a command line is seen by every process of the machine.
    environment = {"OCTOPUS_SERVICE_PASSWORD": "<service_password>"} if with_password else None
    return [run("service", "--instance", wanted.name, f"--{plan.service}", *options, environment=environment)]


def _restart(wanted: Instance, listen_seconds: int) -> list[Step]:
    service = names.service_name(wanted.name)
    home = wanted.home.rstrip("\\")
    return [
        do.stop(service, _SERVICE_SECONDS),
        do.start(service, _SERVICE_SECONDS),
        came_up_step(wanted, service, listen_seconds),
        do.remove(names.marker(wanted.name)),
        always(optional(do.tail(f"{home}\\Logs\\OctopusTentacle.txt", _TAIL_LINES))),
    ]
