# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""From a plan to the steps that carry it out on a Linux host. Pure."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable

from ..._core.tentacle.instance import Instance
from ..._core.tentacle.observation import Observation
from ..._core.tentacle.paths import same_path
from ..._core.tentacle.plan import InstancePlan
from .. import contract as do
from ..driver import set_aside_steps
from ..proof import came_up_step
from ..step import Step, always, literal, optional
from . import names
from .firewall import close_steps, open_steps
from .folders import home_mode
from .observe import run, show_configuration

_TAIL_LINES = 40
_THUMBPRINT = re.compile(r"[0-9A-F]{40}", re.IGNORECASE)


def apply_steps(wanted: Instance, plan: InstancePlan, observation: Observation, *, listen_seconds: int) -> list[Step]:
    """Return the steps that make the instance what is wanted, in an order that a crash anywhere leaves mendable.

    Tentacle runs as the user whose the instance's folders are: root would write through the links that he could put there.
    The marker is written before the first change and removed after the restart was verified; the key is on the disk only between
    its writing and the end of its import, in a folder that root alone can read. `listen_seconds` is how long the restarted service
    may take until its port presents the certificate.
    """
    owner = wanted.service_account or names.ROOT
    steps = [state_folder()]
    if plan.restart:
        steps.append(do.write(names.marker(wanted.name), ""))
    if plan.clean_up:
        steps.append(do.remove(names.IMPORT))
    steps += _folders(wanted, plan, observation, owner)
    if plan.create:
        steps += _create(wanted, plan, observation, owner)
    if plan.import_certificate:
        steps += [*_forget(_thumbprints(observation) - {wanted.thumbprint}, observation), *_import(wanted, owner)]
    if plan.configure:
        steps.append(tentacle("configure", "--instance", wanted.name, *map(literal, plan.configure), user=owner))
    for options in plan.server_comms:
        steps.append(tentacle("server-comms", "--instance", wanted.name, *map(literal, options), user=owner))
    if plan.server_comms:
        steps.append(show_configuration(wanted.name, literal(owner)))
    steps += [tentacle(command, "--instance", wanted.name, *map(literal, said), user=owner) for command, *said in plan.proxies]
    if plan.create or plan.import_certificate or plan.configure or plan.server_comms or plan.proxies or plan.protect_home:
        # Tentacle lets everybody read the configuration that it makes (tentacle.md 2.2).
        steps += _kept_to(owner, wanted, plan, observation)
    if plan.service:
        steps += _service(wanted, owner)
    if plan.open_firewall and wanted.port:
        steps += open_steps(observation.facts["firewall"], wanted.port, wanted.name)
    if plan.restart:
        steps += _restart(wanted, observation, listen_seconds)
    return steps


def note_steps(running: Iterable[str]) -> list[Step]:
    """Return the steps that note which units run before an installation: the package restarts none (tentacle.md 7.1)."""
    running = list(running)
    return [state_folder(), *([do.write_text(names.AWAITING, json.dumps(running))] if running else [])]


def restart_steps(awaiting: Iterable[str]) -> list[Step]:
    """Return the steps that restart what ran before an installation, and forget that it waited."""
    return [*(run("systemctl", "restart", literal(unit)) for unit in awaiting), do.remove(names.AWAITING)]


def remove_steps(wanted: Instance, observation: Observation) -> list[Step]:
    """Return the steps that remove the instance: its service, its entry in the index, all that holds its key, its firewall rule.

    Logs, deployed applications and everything else in the home directory stay.
    """
    unit = names.unit_name(wanted.name)
    steps: list[Step] = []
    if observation.instance.service is not None:
        steps += [
            run("systemctl", "disable", "--now", unit),
            do.remove(f"{names.UNITS}/{unit}"),
            run("systemctl", "daemon-reload"),
            # systemd takes an agent that it has stopped for a failed one (tentacle.md 1.15), and remembers it without its file.
            optional(run("systemctl", "reset-failed", unit)),
        ]
    if observation.instance.exists or observation.facts["entry"]:
        steps.append(do.remove(names.entry(wanted.name)))
    configuration = literal(observation.facts["configuration_path"])
    if configuration:
        steps += [do.remove(configuration), do.remove(f"{configuration}.broken", numbered=True)]
    steps += _forget(_thumbprints(observation), observation)
    if not observation.others:
        steps.append(do.remove(names.MACHINE_KEY))
    if observation.instance.firewall is not None and wanted.port:
        steps += close_steps(observation.facts["firewall"], wanted.port)
    return [*steps, do.remove(names.IMPORT), do.remove(names.marker(wanted.name))]


def state_folder() -> Step:
    """Return the step that makes our own folder on the host. Others may pass it, to what is theirs in it, and not look around."""
    return do.linux_directory(names.STATE, names.ROOT, mode="0711")


def tentacle(*arguments: str, user: str = names.ROOT, scratch: Iterable[str] = ()) -> Step:
    """Return the step that runs Tentacle. `arguments` may name words."""
    return run(names.EXECUTABLE, *arguments, user=literal(user), scratch=(names.LOG_FOLDER, *scratch))


def _thumbprints(observation: Observation) -> set[str]:
    """Return the certificates that .NET may have made copies of with their keys, a cloned machine's own among them."""
    instance = observation.instance
    configured = instance.configuration.thumbprint if instance.configuration else None
    return {found for found in (configured, instance.live_thumbprint) if found and _THUMBPRINT.fullmatch(found)}


def _forget(thumbprints: Iterable[str], observation: Observation, keeper: str | None = None) -> list[Step]:
    """Return the step that removes copies of keys; the accounts may be a directory service's, so they are named."""
    service = observation.instance.service
    users = {observation.facts["owner"], *([service.account] if service else [])}
    thumbprints = sorted(thumbprints)
    return [do.forget(thumbprints, users=sorted(map(literal, users)), keeper=keeper and literal(keeper))] if thumbprints else []


def _configuration(wanted: Instance, plan: InstancePlan, observation: Observation) -> str:
    """Return where the configuration is; a new one goes into the home directory, where the instance's user may write."""
    found, usual = observation.facts["configuration_path"], names.configuration_path(wanted.name, wanted.home)
    anew = plan.create and observation.instance.configuration is None
    return usual if not found or (anew and posixpath.dirname(found) != wanted.home) else found


def _folders(wanted: Instance, plan: InstancePlan, observation: Observation, owner: str) -> list[Step]:
    steps = [
        do.linux_directory(path, names.ROOT, mode="0755") if path in names.shared_folders() else run("chmod", "0644", literal(path))
        for path in plan.make_reachable
    ]
    home, account = literal(wanted.home), literal(owner)
    if plan.protect_home:
        configuration = literal(posixpath.basename(_configuration(wanted, plan, observation)))
        content = (configuration, *names.MADE_IN_A_HOME) if _is_its_home(wanted, observation) else ()
        steps.append(do.linux_directory(home, account, mode=home_mode(wanted.home), content=content))
        if observation.facts["configuration_path"] and not plan.create:
            steps += _kept_to(owner, wanted, plan, observation)
    if _is_left_behind(wanted, plan, observation, owner):
        folder, configuration = posixpath.split(_configuration(wanted, plan, observation))
        steps.append(do.linux_directory(literal(folder), account, mode=home_mode(folder), content=(literal(configuration),)))
    if plan.protect_home or "--home" in plan.configure:
        # The agent, which is the first to log in a new home, would let everybody read in this folder. One that is a link is left alone.
        steps.append(optional(do.linux_directory(names.logs(home), account, new_mode="0700")))
    if plan.protect_application_directory:
        steps.append(do.linux_directory(literal(wanted.application_directory), account, new_mode="0755"))
    return steps


def _is_left_behind(wanted: Instance, plan: InstancePlan, observation: Observation, owner: str) -> bool:
    """Tell whether the configuration is in a former home of the instance's, which the one who owned it kept to himself."""
    folder = posixpath.dirname(_configuration(wanted, plan, observation))
    now = observation.instance.configuration
    if owner == observation.facts["owner"] or same_path(folder, wanted.home) or names.holds_the_index(folder):
        return False
    return names.is_conventional(folder) or (now is not None and same_path(now.home, folder))


def _is_its_home(wanted: Instance, observation: Observation) -> bool:
    """Tell whether the home directory was the instance's before: in one that is taken over, nothing is Tentacle's."""
    now = observation.instance.configuration
    return observation.instance.home_folder.tentacles or (now is not None and same_path(now.home, wanted.home))


def _kept_to(owner: str, wanted: Instance, plan: InstancePlan, observation: Observation) -> list[Step]:
    account, former = literal(owner), literal(observation.facts["owner"])
    return [
        do.own(literal(_configuration(wanted, plan, observation)), account, former),
        do.own(names.logs(literal(wanted.home)), account, former, files=names.LOG),
    ]


def _create(wanted: Instance, plan: InstancePlan, observation: Observation, owner: str) -> list[Step]:
    """Return the steps that make the instance. Its entry in the index, where root alone may write, is not its user's to make."""
    path, damaged = _configuration(wanted, plan, observation), literal(observation.facts["damaged"])
    # It holds the key, and nothing says that it kept it to itself.
    aside = [optional(do.own(damaged, literal(owner), literal(observation.facts["owner"])))] if plan.set_aside and damaged else []
    aside += set_aside_steps(observation, names.entry_aside(wanted.name)) if plan.set_aside else []
    options = ("--instance", wanted.name, "--config", literal(path), "--home", literal(wanted.home))
    index = [folder for folder in names.shared_folders() if names.holds_the_index(folder) and folder != wanted.home]
    return [
        *aside,
        tentacle("create-instance", *options, user=owner, scratch=(names.MACHINE_FOLDER,)),
        *(do.linux_directory(folder, names.ROOT, mode="0755") for folder in index),
        do.write_text(names.entry(wanted.name), names.entry_text(wanted.name, path), mode="0644"),
    ]


def _import(wanted: Instance, owner: str) -> list[Step]:
    pfx = f"{names.IMPORT}/identity.pfx"
    options = ("--instance", wanted.name, "--from-file", pfx, "--pfx-password", "<pfx_password>")
    return [
        do.linux_directory(names.IMPORT, names.ROOT, mode="0711"),
        do.write(pfx, "<pfx>", owner=literal(owner)),
        tentacle("import-certificate", *options, user=owner),
        always(do.remove(names.IMPORT)),
    ]


def _service(wanted: Instance, owner: str) -> list[Step]:
    unit = names.unit_name(wanted.name)
    return [
        do.write_text(f"{names.UNITS}/{unit}", names.unit(wanted.name, owner), mode="0644"),
        run("systemctl", "daemon-reload"),
        run("systemctl", "enable", unit),
    ]


def _restart(wanted: Instance, observation: Observation, listen_seconds: int) -> list[Step]:
    unit, owner = names.unit_name(wanted.name), wanted.service_account or names.ROOT
    return [
        # A unit that died too often is not started again before it is forgiven; one that never failed is no failure here.
        optional(run("systemctl", "reset-failed", unit)),
        run("systemctl", "restart", unit),
        came_up_step(wanted, unit, listen_seconds, unit=unit),
        # From now on no other account reads the key.
        *_forget({wanted.thumbprint}, observation, keeper=owner),
        do.remove(names.marker(wanted.name)),
        always(optional(do.tail(f"{names.logs(literal(wanted.home))}/OctopusTentacle.txt", _TAIL_LINES))),
    ]
