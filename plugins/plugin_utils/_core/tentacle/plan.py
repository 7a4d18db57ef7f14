# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""From what an instance is to what it should be: the plan that every host driver carries out."""

from __future__ import annotations

from dataclasses import dataclass

from ..change import Change
from ..errors import HostError
from ..text import sentence
from .communication import same_door
from .folders import settle_folder
from .instance import Access, Configuration, Instance, ObservedInstance
from .observation import Expected, Observation
from .paths import same_path
from .proxy import proxy_changes, proxy_commands
from .trust import communication_options, communication_settings, server_comms


@dataclass(frozen=True)
class InstancePlan:
    """What is to be done, in the order in which a driver does it. Nothing to do: `changes` is empty.

    `configure` holds the options of one `Tentacle configure`, `server_comms` those of one `Tentacle server-comms` for each address that
    is to be polled, `proxies` commands of their own, each with its options; `restart` means that the running process must read its
    configuration again, or start at all.
    """

    changes: tuple[Change, ...] = ()
    set_aside: bool = False
    protect_home: bool = False
    protect_application_directory: bool = False
    create: bool = False
    import_certificate: bool = False
    configure: tuple[str, ...] = ()
    server_comms: tuple[tuple[str, ...], ...] = ()
    proxies: tuple[tuple[str, ...], ...] = ()
    service: str | None = None
    open_firewall: bool = False
    restart: bool = False
    clean_up: bool = False
    make_reachable: tuple[str, ...] = ()


def plan_instance(wanted: Instance, observation: Observation, *, stale: bool = False) -> InstancePlan:
    """Compare, and list what differs.

    What the driver expects on its kind of host for this instance is part of the observation. Nothing is taken to be live because it
    is on disk: the certificate that the port presents and the marker of an interrupted run decide, beside the configuration.
    `stale`: a service that there is runs, or will run, another version of Tentacle than is installed when this plan is carried out.
    Raises HostError where nobody can tell what is there: then nothing may be done.
    """
    observed, expected = observation.instance, observation.expected
    if observed.unreadable is not None:
        raise HostError(observed.unreadable)
    now = observed.configuration
    service = observed.service
    changes: list[Change] = []
    create = now is None or observed.broken is not None
    if create:
        changes.append(Change("instance", observed.broken, wanted.name))
    changes += _configuration_changes(wanted, now)
    proxies = {} if create else observed.proxies
    changes += proxy_changes(wanted.proxies, proxies)
    certificate_differs = now is None or now.thumbprint != wanted.thumbprint or observed.key_unreadable
    if observed.key_unreadable:
        changes.append(Change("private_key", "encrypted on another machine", "imported"))
    # A running service that presents something else although its configuration is right cannot read its key (a cloned disk, a
    # configuration copied from another machine), or was not restarted; importing again mends the one and does not hurt the other.
    # One that polls shows its certificate to nobody but its servers.
    same_port = now is not None and wanted.listening is not None and same_door(now.listening, wanted.listening)
    live_differs = same_port and service is not None and service.running and observed.live_thumbprint != wanted.thumbprint
    if live_differs and not certificate_differs:
        changes.append(Change("live_certificate", observed.live_thumbprint, wanted.thumbprint))
    changes += _service_changes(observed, expected)
    if observed.restart_pending:
        changes.append(Change("restart_pending", True, False))
    needs_restart = bool(changes) or (stale and service is not None)
    access = _access_changes(observed, expected)
    access += [Change("unreachable", list(observed.unreachable), [])] if observed.unreachable else []
    firewall = _firewall_changes(wanted, observed)
    leftovers = [Change("leftover_keys", True, False)] if observed.leftover_keys else []
    state = [Change("state_directory", observed.state_misfit, "set aside and made anew")] if observed.state_misfit else []
    return InstancePlan(
        changes=(*changes, *access, *firewall, *leftovers, *state),
        set_aside=observed.broken is not None,
        protect_home=observed.home_access != expected.home_access,
        protect_application_directory=observed.application_access != expected.application_access,
        create=create,
        import_certificate=certificate_differs or live_differs,
        configure=tuple(configure_options(wanted, now)),
        server_comms=server_comms(wanted, now),
        proxies=tuple(proxy_commands(wanted.proxies, proxies)),
        service=_service_step(observed, expected),
        open_firewall=bool(firewall),
        restart=needs_restart,
        clean_up=observed.leftover_keys,
        make_reachable=observed.unreachable,
    )


def settle_folders(wanted: Instance, observation: Observation) -> list[str]:
    """Return what to warn of before the instance has its folders. Raises InputError for one that is somebody else's."""
    observed = observation.instance
    now = observed.configuration
    folders = (
        ("home_directory", wanted.home, now.home if now else None, observed.home_folder),
        ("application_directory", wanted.application_directory, now.application_directory if now else None, observed.application_folder),
    )
    warnings = (
        settle_folder(option, path, folder, own=same_path(found, path), owners=observation.expected.owners, adopt=wanted.adopt_directories)
        for option, path, found, folder in folders
    )
    return [warning for warning in warnings if warning]


def require_firewall(wanted: Instance, observed: ObservedInstance) -> None:
    """Raise HostError when a rule is wanted of a firewall that cannot be asked for one."""
    if wanted.firewall and wanted.listening and observed.firewall_problem:
        raise HostError(
            f"The firewall of this machine cannot be asked for its rules: {sentence(observed.firewall_problem)} Start its service "
            "(Windows Defender Firewall, MpsSvc), or set 'tentacle_firewall: false' if the machine needs no rule."
        )


def configure_options(wanted: Instance, now: Configuration | None) -> list[str]:
    """Return the options of `Tentacle configure` that make `now` what is wanted; none when it is.

    Whatever their order, trust is removed and added before anything else, in one go (tentacle.md 1.7).
    """
    options: list[str] = []
    if now is not None and not same_path(now.home, wanted.home):
        options += ["--home", wanted.home]
    if now is None or not same_path(now.application_directory, wanted.application_directory):
        options += ["--app", wanted.application_directory]
    options += communication_options(wanted, now)
    return options


def _configuration_changes(wanted: Instance, now: Configuration | None) -> list[Change]:
    paths = (
        ("home_directory", now.home if now else None, wanted.home),
        ("application_directory", now.application_directory if now else None, wanted.application_directory),
    )
    settings = (
        *((name, found, path) for name, found, path in paths if not same_path(found, path)),
        ("certificate", now and now.thumbprint, wanted.thumbprint),
        *communication_settings(wanted, now),
    )
    return [Change(path, before, after) for path, before, after in settings if before != after]


def _service_changes(observed: ObservedInstance, expected: Expected) -> list[Change]:
    service = observed.service
    if service is None:
        return [Change("service", None, "running")]
    settings = (
        ("service.command_line", service.command_line, expected.command_line),
        ("service.account", service.account, expected.account),
        ("service.start_mode", "automatic" if service.automatic else "not automatic", "automatic"),
        ("service.state", "running" if service.running else "not running", "running"),
    )
    return [Change(path, before, after) for path, before, after in settings if before != after]


def _service_step(observed: ObservedInstance, expected: Expected) -> str | None:
    """Return `install`, `reconfigure` or None."""
    service = observed.service
    if service is None:
        return "install"
    if not service.automatic or (service.account, service.command_line) != (expected.account, expected.command_line):
        return "reconfigure"
    return None


def _access_changes(observed: ObservedInstance, expected: Expected) -> list[Change]:
    pairs = (
        ("home_directory.access", observed.home_access, expected.home_access),
        ("application_directory.access", observed.application_access, expected.application_access),
    )
    return [Change(path, _describe(before), _describe(after)) for path, before, after in pairs if before != after]


def _describe(access: Access | None) -> list[str] | None:
    if access is None:
        return None
    return [
        *([f"{access.owner}: owner"] if access.owner else []),
        *(f"{account}: full" for account in sorted(access.full)),
        *(f"{account}: read" for account in sorted(access.readers)),
        *([] if access.exclusive else ["others too"]),
    ]


def _firewall_changes(wanted: Instance, observed: ObservedInstance) -> list[Change]:
    rule, port = observed.firewall, wanted.port
    if (
        not wanted.firewall
        or port is None
        or not observed.firewall_active
        or (rule is not None and rule.open and _covers(rule.ports, port))
    ):
        return []
    return [Change("firewall", rule.ports if rule and rule.open else None, str(port))]


def _covers(ports: str, port: int) -> bool:
    """Tell whether a rule of these ports lets connections to this one in. Whom it lets in (`from ...`) is the site's own matter."""
    for listed in ports.partition(" from ")[0].split(","):
        first, _dash, last = listed.strip().partition("-")
        if listed.strip() == "*" or (first.isdecimal() and (last or first).isdecimal() and int(first) <= port <= int(last or first)):
            return True
    return False
