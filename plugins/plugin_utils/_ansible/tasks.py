# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What each action does: its inputs read, the adapters built, one use case called, its result told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .._core.change import Change, as_dicts
from .._core.errors import Failure, InputError
from .._core.identity import NEW_CERTIFICATE, Identity
from .._core.inputs import RegistrationInputs
from .._core.octopus.registration import known_by
from .._core.octopus.resources import ENVIRONMENT, MACHINE_POLICY, TARGET, WORKER, WORKER_POOL
from .._core.options import HEALTH, PREFLIGHT
from .._core.results import HostResult
from .._core.tentacle.wanted import wanted_instance, wanted_package
from .._core.version import VERSION, place
from .._store.snapshot import SnapshotFile
from .._store.source import IdentitySource
from .._work.host import HostWork
from .._work.manner import Manner
from . import managed, siblings, stores, wiring
from .fleet import doubles_of, look_at, other_names, require_sound_fleet, scope_of
from .health import health_of_named, health_of_own, named_machines
from .output import with_diff
from .reaching import Reach, reach
from .records import FOUND, key_of
from .remote import Remote
from .servers import servers_of, without_effect

if TYPE_CHECKING:
    from .action import OctopusAction

_INSTALLATIONS = "installations"
"""Topic of the notebook, by instance: what a second task goes on with."""


def tentacle(action: OctopusAction) -> dict[str, Any]:
    """Bring an instance on the task's host to the wanted state, or take it off."""
    run, options = action.run_options, action.arguments
    action.known["instance"] = options["instance"]
    remote = Remote(action, action.task_vars)
    job = wiring.notebook().row(_INSTALLATIONS, key_of(action.host, options["instance"])) if options.get("installation") else None
    identities = wiring.source_of(action, options, host=action.host)
    present = options["state"] == "present"
    registrations = action.registrations() if present and options["for_registration"] else ()
    if present and job is None:
        siblings.require_own_names(action.host, options, *registrations)
    sides = _server_side(action, registrations, first=job is None) if registrations else None
    snapshots = _snapshots(action, sides) if present else []
    if sides and job is None:
        _check_records(action, identities, sides)
    work = HostWork(
        wanted=wanted_instance(options, **(servers_of(action, snapshots) if present else {"trust": ()})),
        package=wanted_package(options),
        host=wiring.host_of(action, options, remote),
        identities=identities,
        manner=_manner(action, run, options),
        registers=tuple(each.register for each in sides.found) if sides else (),
        unreached=sides.failures if sides else (),
        tell=action.say,
        mask=action.keep_secret,
        claim=lambda thumbprint: siblings.other_owner(thumbprint, action.host),
        note=siblings.note_on(action.host),
        warnings=without_effect(options, registrations),
    )
    result = work.bring(job) if present else work.remove()
    told = {**action.known, **_noted(result, action.host, options).as_dict(), **_told(snapshots)}
    return with_diff(action, told, result.changes, f"Tentacle instance {result.instance}") | (
        {"ansible_facts": remote.discovered} if remote.discovered else {}
    )


def _manner(action: OctopusAction, run: Mapping[str, Any], options: Mapping[str, Any]) -> Manner:
    return Manner(
        check_mode=action.check_mode,
        background=options["install_background"] and not action.debugging,
        install_timeout=options["install_timeout"],
        pfx_encryption=options["pfx_encryption"],
        service_password=options.get("service_password"),
        health_check=run["health_check"],
        health_strict=run["health_strict"],
        keeps_files=wiring.keeps_files(),
    )


def health_check(action: OctopusAction) -> dict[str, Any]:
    """Let Octopus check the health of the host's record, or of the machines that the task names."""
    options = action.values_of(HEALTH)
    machines = named_machines(action, options)
    return health_of_own(action, options) if machines is None else health_of_named(action, options, machines)


def preflight(action: OctopusAction) -> dict[str, Any]:
    """Look over all hosts of the play, and change nothing. The server is each host's own, or the one that the task names for all."""
    options = action.values_of(PREFLIGHT)
    hosts = [str(host) for host in action.task_vars["ansible_play_hosts"]]
    managed.foresee(action)
    looks = {host: look_at(action, host) for host in hosts}
    told = doubles_of(action, {host: look.inputs for host, look in looks.items() if look.inputs})
    told = {**stores.rekeyed(action, scope_of(action), looks), **told}
    findings = {host: {**look.finding, "failure": look.finding["failure"] or told.get(host)} for host, look in looks.items()}
    result = {
        "changed": False,
        "collection": {"version": VERSION, "path": place()},
        "servers": list({str(server): server for look in looks.values() for server in look.servers}.values()),
        "identities_missing": [host for host, look in looks.items() if look.identity_missing],
        "hosts": findings,
    }
    failures = list(dict.fromkeys(finding["failure"] for finding in findings.values() if finding["failure"]))
    sound = any(finding["failure"] is None for finding in findings.values())
    if failures and (options["strict"] or not sound):
        more = f" There are {len(failures) - 5} more mistakes." if len(failures) > 5 else ""
        raise Failure(InputError(f"{' '.join(failures[:5])}{more} No machine was touched."), result)
    return result


def server_info(action: OctopusAction) -> dict[str, Any]:
    """Return the snapshot of the server without its machines."""
    with wiring.snapshot_of(action.connection) as snapshot:
        held = wiring.with_lists(action.connection, snapshot, [WORKER_POOL]).meta()
        return {
            "changed": False,
            "url": held.url,
            "version": held.server_version,
            "thumbprint": held.thumbprint,
            "space": {"id": held.space_id, "name": held.space_name},
            "environments": [{"id": each.id, "name": each.name} for each in held.named(ENVIRONMENT)],
            "machine_policies": [{"id": each.id, "name": each.name} for each in held.named(MACHINE_POLICY)],
            "worker_pools": [{"id": each.id, "name": each.name} for each in held.named(WORKER_POOL)],
            "missing_permissions": list(held.missing_permissions(TARGET)),
            "deployment_targets": snapshot.count(TARGET),
            "workers": snapshot.count(WORKER),
        }


def tentacle_certificate(action: OctopusAction) -> dict[str, Any]:
    """Return the public part of an identity, made or replaced if need be. The private key never leaves the store."""
    options = action.arguments
    name, supplied = options["name"], options.get("certificate")
    store = wiring.store_in(options["store"], options["encryption"], action._loader)
    # A supplied certificate is not lost with the folder.
    identities = wiring.made_in(action, name, store, allow_ephemeral=bool(options["allow_ephemeral"] or supplied))
    before = after = store.find(name)
    if supplied:
        material = wiring.material_of(supplied, options.get("certificate_password"))
        if before is None or before.thumbprint != material.thumbprint:
            identities.require_place()
            after = Identity(name, material.thumbprint, material.certificate_pem) if action.check_mode else store.replace(name, material)
    elif not action.check_mode:
        after = identities.require()
    elif before is None:
        identities.require_place()
    changes: tuple[Change, ...] = ()
    if before is None or after is None or before.thumbprint != after.thumbprint:
        changes = (Change("certificate", before and before.thumbprint, after.thumbprint if after else NEW_CERTIFICATE),)
    told = {
        "changed": bool(changes),
        "changes": as_dicts(changes),
        "name": name,
        "thumbprint": after and after.thumbprint,
        "certificate": after and after.certificate_pem,
        "former_thumbprints": list(after.former_thumbprints) if after else [],
    }
    return with_diff(action, told, changes, f"identity {name}")


def _server_side(action: OctopusAction, registrations: Sequence[RegistrationInputs], *, first: bool) -> Reach:
    """Return the records that follow, beside what their servers hold. Raises OperatorError."""
    options = action.arguments
    if first:
        action.known |= managed.bring_about(action, registrations, fleet=True)
        require_sound_fleet(action, strict=action.run_options["preflight_strict"])
    sides = reach(registrations, lambda kind: other_names(action, action.host, kind), options)
    if sides.failures and options["trust_exclusive"] and "trust" not in options:
        raise InputError(
            f"{' '.join(sides.failures)} As 'tentacle_trust_exclusive' is set, nothing was changed: its trust would be removed."
        )
    return sides


def _told(snapshots: Sequence[SnapshotFile]) -> dict[str, Any]:
    """Return what is told of the servers that were asked."""
    told = [wiring.server_told(snapshot) for snapshot in snapshots]
    return {"server": told[0], "servers": told} if told else {}


def _check_records(action: OctopusAction, identities: IdentitySource, sides: Reach) -> None:
    """Refuse what can be refused before the machine is touched: what its records need, and a store that is not the fleet's."""
    identity = identities.find()
    for each in sides.found:
        with each.named():
            comparison = each.register.check(known_by(identity))
        if stores.is_new(identities, identity, comparison) and not action.run_options["allow_rekey"]:
            stores.require_own(action, scope_of(action), each.inputs, each.snapshot)


def _snapshots(action: OctopusAction, sides: Reach | None) -> list[SnapshotFile]:
    """Return what the servers hold that a task has to do with: those of the records that follow, or those that are to be trusted."""
    if sides:
        return [each.snapshot for each in sides.found]
    if "trust" in action.arguments:
        return []
    return [wiring.snapshot_of(connection) for connection in action.connections]


def _noted(result: HostResult, host: str, options: Mapping[str, Any]) -> HostResult:
    """Hand on what the next task needs by the notebook: results are masked, and a secret may be part of anything."""
    book = wiring.notebook()
    if result.installation:
        book.write(_INSTALLATIONS, {key_of(host, result.instance): result.installation})
        return replace(result, installation={"instance": result.instance})
    if result.thumbprint and result.former_thumbprints is not None:
        anew = any(change.path == "instance" for change in result.changes)
        said = {name: options.get(name) for name in ("port", "communication_style")}
        found = [result.thumbprint, result.former_thumbprints, result.port, said, anew, result.subscription_ids]
        book.write(FOUND, {host: found, key_of(host, result.instance): found})
    return result
