# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""From a plan to the steps that carry it out on a Windows host. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable

from ..._core.tentacle.instance import Instance
from ..._core.tentacle.observation import Observation
from ..._core.tentacle.plan import InstancePlan
from ..steps import Step, write_text
from . import names as names
from .observe import prelude, run

_SERVICE_SECONDS = 120


def apply_steps(
    wanted: Instance, plan: InstancePlan, observation: Observation, *, service_password: bool, listen_seconds: int
) -> list[Step]:
    """Return the steps that make the instance what is wanted, in an order that a crash anywhere leaves mendable.

    The marker is written before the first change and removed after the restart was verified; the key is on the disk only between
    its writing and the end of its import, in a folder that SYSTEM and administrators alone can read. `listen_seconds` is how long
    the restarted service may take until its port presents the certificate.
    """
    steps = [*prelude().values(), _state_folder()]
    if plan.restart:
        steps.append({"do": "write", "path": names.marker(wanted.name), "content": ""})
    if plan.clean_up:
        steps.append({"do": "remove", "path": names.IMPORT})
    steps += _folders(wanted, plan, observation)
    if plan.create:
        steps += _create(wanted, plan, observation)
    if plan.import_certificate:
        steps += _import(wanted)
    if plan.configure:
        steps.append(run("configure", "--instance", wanted.name, *plan.configure))
    steps += _service(wanted, plan, observation, with_password=service_password)
    if plan.open_firewall:
        steps.append(
            {
                "do": "set_firewall",
                "name": names.firewall_rule(wanted.name),
                "description": "Lets Octopus Server connect to Tentacle.",
                "port": wanted.port,
            }
        )
    if plan.restart:
        steps += _restart(wanted, listen_seconds)
    return steps


def stop_steps(running: Iterable[str]) -> list[Step]:
    """Return the steps that stop services for an installation, noting them first: the MSI leaves them stopped (tentacle.md 7.4)."""
    running = list(running)
    return [
        *prelude().values(),
        _state_folder(),
        *([write_text(names.STOPPED, json.dumps(running))] if running else []),
        *({"do": "stop", "name": name, "timeout": _SERVICE_SECONDS} for name in running),
    ]


def start_steps(stopped: Iterable[str]) -> list[Step]:
    """Return the steps that start what was stopped for an installation, and forget that it was."""
    return [
        *prelude().values(),
        *({"do": "start", "name": name, "timeout": _SERVICE_SECONDS} for name in stopped),
        {"do": "remove", "path": names.STOPPED},
    ]


def remove_steps(wanted: Instance, observation: Observation) -> list[Step]:
    """Return the steps that remove the instance: its service, its entry in the index, its configuration with the key, its firewall rule.

    Logs, deployed applications and everything else in the home directory stay.
    """
    instance = ("--instance", wanted.name)
    steps: list[Step] = [*prelude().values()]
    if observation.instance.service is not None:
        steps.append({"do": "stop", "name": names.service_name(wanted.name), "timeout": _SERVICE_SECONDS})
        steps.append(run("service", *instance, "--uninstall"))
    if observation.facts["entry"]:
        steps.append({"do": "remove", "path": observation.facts["entry"]})
    elif observation.instance.configuration is not None:
        steps.append(run("delete-instance", *instance))
    if observation.facts["configuration_path"]:
        steps.append({"do": "remove", "path": observation.facts["configuration_path"]})
    if observation.instance.firewall is not None:
        steps.append({"do": "remove_firewall", "name": names.firewall_rule(wanted.name)})
    leftovers = ((observation.instance.leftover_keys, names.IMPORT), (observation.instance.restart_pending, names.marker(wanted.name)))
    return [*steps, *({"do": "remove", "path": path} for there, path in leftovers if there)]


def _state_folder() -> Step:
    return {"do": "directory", "path": names.STATE, "full": [names.SYSTEM, names.ADMINISTRATORS], "readers": []}


def _folders(wanted: Instance, plan: InstancePlan, observation: Observation) -> list[Step]:
    expected = observation.expected
    folders = (
        (plan.protect_home, wanted.home, expected.home_access),
        (plan.protect_application_directory, wanted.application_directory, expected.application_access),
    )
    return [
        {"do": "directory", "path": path, "full": sorted(access.full), "readers": sorted(access.readers)}
        for protect, path, access in folders
        if protect
    ]


def _create(wanted: Instance, plan: InstancePlan, observation: Observation) -> list[Step]:
    path = observation.facts["configuration_path"] or names.configuration_path(wanted.name, wanted.home)
    steps: list[Step] = []
    if plan.set_aside:
        if observation.facts["entry"]:
            steps.append({"do": "remove", "path": observation.facts["entry"]})
        steps.append({"do": "move", "path": path, "target": f"{path}.broken", "optional": True})
    steps.append(run("create-instance", "--instance", wanted.name, "--config", path, "--home", wanted.home))
    return steps


def _import(wanted: Instance) -> list[Step]:
    pfx = f"{names.IMPORT}\\identity.pfx"
    return [
        {"do": "directory", "path": names.IMPORT, "full": [names.SYSTEM, names.ADMINISTRATORS], "readers": []},
        {"do": "write", "path": pfx, "content": "<pfx>"},
        run("import-certificate", "--instance", wanted.name, "--from-file", pfx, "--pfx-password", "<pfx_password>"),
        {"do": "remove", "path": names.IMPORT, "always": True},
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
    environment = {"OCTOPUS_SERVICE_PASSWORD": "<service_password>"} if with_password else {}
    return [run("service", "--instance", wanted.name, f"--{plan.service}", *options, environment=environment)]


def _restart(wanted: Instance, listen_seconds: int) -> list[Step]:
    service = names.service_name(wanted.name)
    home = wanted.home.rstrip("\\")
    return [
        {"do": "stop", "name": service, "timeout": _SERVICE_SECONDS},
        {"do": "start", "name": service, "timeout": _SERVICE_SECONDS},
        {
            "do": "certificate",
            "address": wanted.listen_ip or "127.0.0.1",
            "port": wanted.port,
            "wait": listen_seconds,
            "expect": wanted.thumbprint,
        },
        {"do": "remove", "path": names.marker(wanted.name)},
        {"do": "tail", "path": f"{home}\\Logs\\OctopusTentacle.txt", "lines": 40, "always": True, "optional": True},
    ]
