# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The look over the fleet of a play, once for all its hosts: see _work/forecast.py."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible.utils.display import Display

from .._core.errors import InputError, OperatorError
from .._core.fleet import Claims, claims_of, doubles
from .._core.inputs import HostInputs, InstanceInputs
from .._core.octopus.health import well
from .._core.octopus.registration import known_by
from .._core.octopus.resources import ResourceType
from .._core.options import RUN
from .._core.secret import secrets_in
from .._core.version import VERSION, place
from .._work.forecast import Forecast, look_over, refusal
from . import stores, wiring
from .claims import Glance, read_names
from .cores import template_with, with_extra_variables
from .hosts import read_host
from .inputs import HostVariables
from .output import REPORT, report_is_on, tell
from .reaching import Reach, reach

if TYPE_CHECKING:
    from .action import OctopusAction


_OF_ONE_MACHINE = frozenset(
    {
        "ansible_host",
        "octopus_public_hostname",
        "octopus_public_port",
        "octopus_target_name",
        "octopus_worker_name",
        "tentacle_certificate",
        "tentacle_identity_name",
    }
)
"""Variables that say what one machine is called, and how it is known."""


def require_sound_fleet(action: OctopusAction, *, strict: bool) -> None:
    """Raise InputError when this host must not go on by what the fleet's variables say. Whoever comes first reads them for all."""
    # Whether the server is asked too is each host's own `strict`: no host answers that for another.
    book, topic = wiring.notebook(), f"fleet {scope_of(action)} {strict}"
    book.once(topic, lambda: forecast(action, check=strict).rows())
    found = book.rows(topic)
    running = [str(host) for host in action.task_vars["ansible_play_hosts"]]
    told = refusal(Forecast(found["doubled"], found["wrong"]), action.host, running=running, strict=strict)
    if told:
        raise InputError(told)


def forecast(action: OctopusAction, *, check: bool) -> Forecast:
    """Read the variables of all hosts of the play's pattern, also of those that a limit leaves out: they share one Octopus."""
    tell(f"octoboot.octopus {VERSION} from {place()}")
    if not report_is_on():
        tell(f"For progress, a table of results and logs, set 'callbacks_enabled = {REPORT}' under [defaults] in ansible.cfg.")
    hosts = fleet_of(action)
    checks: Callable[[HostInputs], None] | None = (lambda inputs: check_host(action, inputs)) if check else None
    seen: set[str] = set()
    read: list[HostInputs] = []

    def reading(host: str) -> HostInputs:
        variables = variables_of(action, host)
        seen.update(variables.raw)
        read.append(read_inputs(action, variables))
        return read[-1]

    def glancing(host: str) -> Claims:
        variables = variables_of(action, host)
        seen.update(variables.raw)
        glance = Glance(variables, {}, os.environ)
        read.extend(glance.inputs())
        return glance.claims()

    found = look_over(hosts, reading, glancing, checks, running=running_hosts(action))
    stores.note(action, scope_of(action), read)
    _warn_of_what_has_no_effect(action, seen)
    return found


def fleet_of(action: OctopusAction) -> list[str]:
    """Return all hosts of the play's pattern, also those that a limit leaves out."""
    inventory = action.task_vars["hostvars"]._inventory
    return [str(host) for host in inventory.get_hosts(action._task.get_play().hosts, ignore_limits=True, ignore_restrictions=True)]


def running_hosts(action: OctopusAction) -> frozenset[str]:
    """Return the hosts of the play, those of other batches and those that failed included."""
    return frozenset(map(str, action.task_vars["ansible_play_hosts_all"]))


def doubles_of(action: OctopusAction, looked: Mapping[str, HostInputs]) -> dict[str, str]:
    """Return why hosts that were looked at cannot go on beside all other hosts of the play's pattern."""
    claimed = {host: claims_of(inputs) for host, inputs in looked.items()}
    others = [host for host in fleet_of(action) if host not in looked]
    return doubles(claimed | {host: Glance(variables_of(action, host), action.given, os.environ).claims() for host in others})


def other_names(action: OctopusAction, host: str, kind: ResourceType) -> Callable[[], Collection[str]]:
    """Return how to find the names that the other hosts of the inventory have in Octopus as machines of a type.

    They are read when they are asked for.
    """

    def read() -> dict[str, list[str]]:
        inventory = action.task_vars["hostvars"]._inventory
        names = {name: [name] for name in map(str, inventory.hosts)}
        return names | {each: read_names(variables_of(action, each), kind, os.environ) for each in fleet_of(action)}

    def names() -> Collection[str]:
        book, topic = wiring.notebook(), f"names {kind.path} {scope_of(action)}"
        book.once(topic, read)
        return {name for each, found in book.rows(topic).items() if each != host for name in found}

    return names


def check_host(action: OctopusAction, inputs: HostInputs) -> None:
    """Check what a host of the run wants against its server and its identity store. Raises OperatorError."""
    for instance in inputs.instances:
        identities = wiring.source_of(action, instance.tentacle, host=inputs.host)
        identity = identities.find()
        if identity is None:
            identities.require_place()
        sides = reached(action, inputs.host, instance)
        for each in sides.found:
            with each.named():
                each.register.check(known_by(identity))
        if sides.failures:
            raise InputError(" ".join(sides.failures))


@dataclass
class Look:
    """What a look at one host found: see RETURN of plugins/modules/preflight.py."""

    inputs: HostInputs | None = None
    servers: list[dict[str, str]] = field(default_factory=list)
    identity_missing: bool = False
    new_certificate: bool = False
    finding: dict[str, Any] = field(
        default_factory=lambda: dict.fromkeys(("name", "thumbprint", "machine_id", "uri", "record", "settled", "failure"))
    )


def look_at(action: OctopusAction, host: str) -> Look:
    """Look at what is wanted of a host, and compare its record with the server. Makes nothing."""
    look = Look()
    try:
        look.inputs = read_inputs(action, variables_of(action, host), action.given)
        _look_further(action, look, look.inputs)
    except OperatorError as error:
        look.finding["failure"] = str(error)
    return look


def _look_further(action: OctopusAction, look: Look, inputs: HostInputs) -> None:
    (instance,) = inputs.instances
    identities = wiring.source_of(action, instance.tentacle, host=inputs.host)
    identity = identities.find()
    look.identity_missing = identity is None
    look.finding |= {"name": identities.name, "thumbprint": identity and identity.thumbprint}
    if identity is None:
        identities.require_place()
    sides = reached(action, inputs.host, instance)
    look.servers = [wiring.server_told(each.snapshot) for each in sides.found]
    looked = []
    for each in sides.found:
        with each.named():
            each.register.check(known_by(identity))
            looked.append(each.register.compare(known_by(identity), None))
    look.new_certificate = any(stores.is_new(identities, identity, found) for found in looked)
    healthy = all(well(found.status, found.disabled, strict=instance.tentacle["health_strict"]) for found in looked)
    results = [found.result for found in looked]
    result = next((each for each in results if each != "unchanged"), "unchanged")
    settled = result == "unchanged" and healthy and not sides.failures
    look.finding |= {"machine_id": looked[0].record_id, "uri": looked[0].uri, "record": result, "settled": settled}
    look.finding["failure"] = " ".join(sides.failures) or None


def reached(action: OctopusAction, host: str, instance: InstanceInputs) -> Reach:
    """Return the records that are wanted for an instance of a host, each with what its server holds. Raises OperatorError."""
    return reach(instance.registrations, lambda kind: other_names(action, host, kind), instance.tentacle)


def variables_of(action: OctopusAction, host: str) -> HostVariables:
    """Return all variables of a host as the action's task would see them on it, those of the play and the role's defaults included.

    What `-e` says of a single machine it says of the machines of this run: a host that the limit leaves out is read without.
    """
    hostvars = action.task_vars["hostvars"]
    manager = hostvars._variable_manager
    if host not in running_hosts(action):
        said = {name: value for name, value in manager.extra_vars.items() if name not in _OF_ONE_MACHINE}
        manager = with_extra_variables(manager, said)
    variables = manager.get_vars(play=action._task.get_play(), host=hostvars._inventory.get_host(host), task=action._task)
    # Relative paths of lookups mean the same as in the host's own task.
    variables.setdefault("ansible_search_path", action._task.get_search_path())
    return HostVariables(host, variables, template_with(action._templar.copy_with_new_env(available_variables=variables)))


def read_inputs(action: OctopusAction, variables: HostVariables, given: Mapping[str, Any] | None = None) -> HostInputs:
    """Read all that the variables of a host say of it, and mask its secrets. `given`: what a task says of the server. Raises InputError."""
    inputs = read_host(variables, given or {}, os.environ)
    for instance in inputs.instances:
        action.keep_secret(secrets_in(instance.tentacle.values()))
        action.keep_secret(secret for each in instance.registrations for secret in (each.connection.api_key, each.connection.access_token))
    return inputs


def scope_of(action: OctopusAction) -> str:
    """Name what the forecast holds for: this task of this play, with the variables of the blocks and roles around it.

    A role that is included or listed once more with other variables is looked over once more.
    """
    task = action._task
    role = getattr(task, "_role", None)
    seen = repr((task.get_play()._uuid, task.get_path(), task.get_vars(), role and (role._role_params, role.vars)))
    return hashlib.sha256(seen.encode("utf-8", "surrogatepass")).hexdigest()


def _warn_of_what_has_no_effect(action: OctopusAction, names: Collection[str]) -> None:
    """Say which of the hosts' variables stand where Ansible does not see them: it reads them for the play, before it knows any host."""
    manager, play = action.task_vars["hostvars"]._variable_manager, action._task.get_play()
    seen = manager.get_vars(play=play, include_hostvars=False)
    for option in RUN:
        for name in option.variables if option.level == "play" else ():
            if name in names and name not in seen:
                Display().warning(
                    f"'{name}' has no effect in an inventory: Ansible reads it before it knows any host. Give it with "
                    f"'-e {name}=…', or as a variable of the play."
                )
