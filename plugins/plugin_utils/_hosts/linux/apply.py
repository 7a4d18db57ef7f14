# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""From a plan to the steps that carry it out on a Linux host. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable

from ..._core.tentacle.instance import Instance
from ..._core.tentacle.observation import Observation
from ..._core.tentacle.plan import InstancePlan
from ..steps import Step, write_text
from . import names as names
from .firewall import close_steps, open_steps
from .observe import home_mode, run

_TAIL_LINES = 40


def apply_steps(wanted: Instance, plan: InstancePlan, observation: Observation, *, listen_seconds: int) -> list[Step]:
    """Return the steps that make the instance what is wanted, in an order that a crash anywhere leaves mendable.

    The marker is written before the first change and removed after the restart was verified; the key is on the disk only between
    its writing and the end of its import, in a folder that root alone can read. `listen_seconds` is how long the restarted service
    may take until its port presents the certificate.
    """
    owner = wanted.service_account or names.ROOT
    steps = [state_folder()]
    if plan.restart:
        steps.append({"do": "write", "path": names.marker(wanted.name), "content": ""})
    if plan.clean_up:
        steps.append({"do": "remove", "path": names.IMPORT})
    steps += _folders(wanted, plan, owner)
    if plan.create:
        steps += _create(wanted, plan, observation)
    if plan.import_certificate:
        steps += _import(wanted)
    if plan.configure:
        steps.append(tentacle("configure", "--instance", wanted.name, *plan.configure))
    if plan.create or plan.import_certificate or plan.configure or plan.protect_home:
        # Tentacle ran as root: what it made is root's, and its configuration everybody's to read (tentacle.md 2.2).
        steps += [{"do": "own", "path": path, "owner": owner} for path in (_configuration(wanted, observation), names.logs(wanted.home))]
    if plan.service:
        steps += _service(wanted, owner)
    if plan.open_firewall:
        steps += open_steps(observation.facts["firewall"], wanted.port, wanted.name)
    if plan.restart:
        steps += _restart(wanted, listen_seconds)
    return steps


def note_steps(running: Iterable[str]) -> list[Step]:
    """Return the steps that note which units run before an installation: the package restarts none (tentacle.md 7.1)."""
    running = list(running)
    return [state_folder(), *([write_text(names.AWAITING, json.dumps(running))] if running else [])]


def restart_steps(awaiting: Iterable[str]) -> list[Step]:
    """Return the steps that restart what ran before an installation, and forget that it waited."""
    return [*(run("systemctl", "restart", unit) for unit in awaiting), {"do": "remove", "path": names.AWAITING}]


def remove_steps(wanted: Instance, observation: Observation) -> list[Step]:
    """Return the steps that remove the instance: its service, its entry in the index, the places that hold its key, its firewall rule.

    Logs, deployed applications and everything else in the home directory stay.
    """
    unit = names.unit_name(wanted.name)
    steps: list[Step] = []
    if observation.instance.service is not None:
        steps += [
            run("systemctl", "disable", "--now", unit),
            {"do": "remove", "path": f"{names.UNITS}/{unit}"},
            run("systemctl", "daemon-reload"),
        ]
    if observation.instance.exists or observation.facts["entry"]:
        steps.append({"do": "remove", "path": names.entry(wanted.name)})
    for key in ("configuration_path", "cached_certificate"):
        if observation.facts[key]:
            steps.append({"do": "remove", "path": observation.facts[key]})
    if observation.instance.firewall is not None:
        steps += close_steps(observation.facts["firewall"], wanted.port)
    return [*steps, *({"do": "remove", "path": path} for path in (names.IMPORT, names.marker(wanted.name)))]


def state_folder() -> Step:
    """Return the step that makes our own folder on the host."""
    return {"do": "directory", "path": names.STATE, "owner": names.ROOT, "mode": "0700"}


def tentacle(*arguments: str) -> Step:
    """Return the step that runs Tentacle."""
    return run(names.EXECUTABLE, *arguments)


def _configuration(wanted: Instance, observation: Observation) -> str:
    return observation.facts["configuration_path"] or names.configuration_path(wanted.name, wanted.home)


def _folders(wanted: Instance, plan: InstancePlan, owner: str) -> list[Step]:
    steps: list[Step] = []
    if plan.protect_home:
        steps.append(
            {
                "do": "directory",
                "path": wanted.home,
                "owner": owner,
                "mode": home_mode(wanted.home),
                "content": True,
                "except": names.INDEX,
            }
        )
    if plan.protect_application_directory:
        steps.append({"do": "directory", "path": wanted.application_directory, "owner": owner, "new_mode": "0755"})
    return steps


def _create(wanted: Instance, plan: InstancePlan, observation: Observation) -> list[Step]:
    path = _configuration(wanted, observation)
    steps: list[Step] = []
    if plan.set_aside:
        if observation.facts["entry"]:
            steps.append({"do": "remove", "path": observation.facts["entry"]})
        steps.append({"do": "move", "path": path, "target": f"{path}.broken", "optional": True})
    steps.append(tentacle("create-instance", "--instance", wanted.name, "--config", path, "--home", wanted.home))
    return steps


def _import(wanted: Instance) -> list[Step]:
    pfx = f"{names.IMPORT}/identity.pfx"
    return [
        {"do": "directory", "path": names.IMPORT, "owner": names.ROOT, "mode": "0700"},
        {"do": "write", "path": pfx, "content": "<pfx>"},
        tentacle("import-certificate", "--instance", wanted.name, "--from-file", pfx, "--pfx-password", "<pfx_password>"),
        {"do": "remove", "path": names.IMPORT, "always": True},
    ]


def _service(wanted: Instance, owner: str) -> list[Step]:
    unit = names.unit_name(wanted.name)
    return [
        write_text(f"{names.UNITS}/{unit}", names.unit(wanted.name, owner), mode="0644"),
        run("systemctl", "daemon-reload"),
        run("systemctl", "enable", unit),
    ]


def _restart(wanted: Instance, listen_seconds: int) -> list[Step]:
    unit = names.unit_name(wanted.name)
    return [
        # A unit that died too often is not started again before it is forgiven; one that never failed is no failure here.
        run("systemctl", "reset-failed", unit, optional=True),
        run("systemctl", "restart", unit),
        {
            "do": "certificate",
            "address": wanted.listen_ip or "127.0.0.1",
            "port": wanted.port,
            "wait": listen_seconds,
            "expect": wanted.thumbprint,
            "unit": unit,
        },
        {"do": "remove", "path": names.marker(wanted.name)},
        {"do": "tail", "path": f"{names.logs(wanted.home)}/OctopusTentacle.txt", "lines": _TAIL_LINES, "always": True, "optional": True},
    ]
