# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What each action does: its inputs read, the adapters built, one use case called, its result told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .._core.change import Change, as_dicts, as_diff
from .._core.errors import Failure, InputError
from .._core.identity import NEW_CERTIFICATE, Identity
from .._core.octopus.registration import Known
from .._core.octopus.resources import ENVIRONMENT, MACHINE_POLICY, TARGET
from .._core.options import HEALTH, IDENTITY, MACHINE, PREFLIGHT
from .._core.results import HostResult
from .._core.tentacle.wanted import wanted_instance, wanted_package
from .._core.version import VERSION, place
from .._store.snapshot import SnapshotFile
from .._store.source import IdentitySource
from .._work.host import HostWork, Manner
from .._work.register import Register
from .._work.waiting import Waiting, WaitingRoom
from . import siblings, stores, wiring
from .fleet import doubles_of, known_by, look_at, other_names, require_sound_fleet, scope_of
from .health import health_of_named, health_of_own, named_machines
from .remote import Remote

if TYPE_CHECKING:
    from .action import OctopusAction

_INSTALLATIONS, _FOUND = "installations", "found"
"""Topics of the notebook, by instance: what a second task goes on with, and what its record is made from (by host: the last one's)."""


def tentacle(action: OctopusAction) -> dict[str, Any]:
    """Bring an instance on the task's host to the wanted state, or take it off."""
    run, options = action.run_options, action.arguments
    action.known["instance"] = options["instance"]
    remote = Remote(action, action.task_vars)
    job = wiring.notebook().row(_INSTALLATIONS, _of(action.host, options["instance"])) if options.get("installation") else None
    identities = wiring.source_of(action, options, host=action.host)
    present = options["state"] == "present"
    if present and job is None:
        siblings.require_own_names(action.host, options, *([action.registration] if options["for_registration"] else []))
    register, snapshot = _server_side(action, first=job is None) if present else (None, None)
    if register and snapshot and job is None:
        _check_record(action, identities, register, snapshot)
    work = HostWork(
        wanted=wanted_instance(options, trust=_trust(action, snapshot) if present else ()),
        package=wanted_package(options),
        host=wiring.host_of(action, options, remote),
        identities=identities,
        manner=Manner(
            check_mode=action.check_mode,
            background=options["install_background"] and not action.debugging,
            install_timeout=options["install_timeout"],
            pfx_encryption=options["pfx_encryption"],
            service_password=options.get("service_password"),
            health_check=run["health_check"],
            health_strict=run["health_strict"],
            keeps_files=wiring.keeps_files(),
        ),
        register=register,
        tell=action.say,
        mask=action.keep_secret,
        claim=lambda thumbprint: siblings.other_owner(thumbprint, action.host),
        note=siblings.note_on(action.host),
    )
    result = work.bring(job) if present else work.remove()
    told = _noted(result, action.host, options.get("port")).as_dict() | ({"server": wiring.server_told(snapshot)} if snapshot else {})
    return _with_diff(action, told, result.changes, f"Tentacle instance {result.instance}") | (
        {"ansible_facts": remote.discovered} if remote.discovered else {}
    )


def deployment_target(action: OctopusAction) -> dict[str, Any]:
    """Bring the record of a machine to the wanted state, or remove it."""
    options = action.values_of(MACHINE)
    inputs = action.registration
    snapshot = wiring.snapshot_of(inputs.connection)
    thumbprint, former, port, said, anew = _machine(action, options)
    # Of a machine that the task gives by its thumbprint, the inventory says nothing.
    others = None if "thumbprint" in options else other_names(action, action.host)
    register = wiring.register_for(inputs, snapshot, others, port=said)
    register.made_anew = anew
    if options["state"] == "absent":
        known = Known(thumbprint, former) if thumbprint else _kept_identity(action, former)
        result = register.remove(known, check_mode=action.check_mode)
    else:
        if thumbprint is None:
            raise InputError("is missing: give the thumbprint of the machine's certificate, as 'tentacle' returns it.", option="thumbprint")
        result = register.bring(Known(thumbprint, former), port, check_mode=action.check_mode)
        if result.id and not action.check_mode:
            WaitingRoom(wiring.notebook()).enter(Waiting(action.host, inputs.connection.cache_key(), result.id))
    told = result.as_dict() | ({"sources": {name: dict(found) for name, found in inputs.sources.items()}} if inputs.sources else {})
    return _with_diff(action, told, result.changes, f"Deployment target {result.name}")


def _machine(action: OctopusAction, options: Mapping[str, Any]) -> tuple[str | None, tuple[str, ...], int | None, int | None, bool]:
    """Return thumbprint, former thumbprints and port of the machine, the port that was said of it, and whether it was made anew.

    As the task says, else as this run has found or made them.
    """
    key = _of(action.host, options["instance"]) if "instance" in options else action.host
    thumbprint, former, *more = wiring.notebook().row(_FOUND, key) or [None, [], None, None, False]
    if "thumbprint" in options:
        return options["thumbprint"], tuple(options["former_thumbprints"]), *more
    return thumbprint, (*options["former_thumbprints"], *former), *more


def _kept_identity(action: OctopusAction, former: tuple[str, ...]) -> Known | None:
    """Return by what a machine is known that this run has not seen: by its certificate, if it has one."""
    known = known_by(wiring.source_of(action, action.values_of(IDENTITY), host=action.host).find())
    return known and Known(known.thumbprint, (*known.own, *former))


def health_check(action: OctopusAction) -> dict[str, Any]:
    """Let Octopus check the health of the host's record, or of the machines that the task names."""
    options = action.values_of(HEALTH)
    machines = named_machines(action, options)
    return health_of_own(action, options) if machines is None else health_of_named(action, options, machines)


def preflight(action: OctopusAction) -> dict[str, Any]:
    """Look over all hosts of the play, and change nothing. The server is each host's own, or the one that the task names for all."""
    options = action.values_of(PREFLIGHT)
    hosts = [str(host) for host in action.task_vars["ansible_play_hosts"]]
    looks = {host: look_at(action, host) for host in hosts}
    told = doubles_of(action, {host: look.inputs for host, look in looks.items() if look.inputs})
    told = {**stores.rekeyed(action, scope_of(action), looks), **told}
    findings = {host: {**look.finding, "failure": look.finding["failure"] or told.get(host)} for host, look in looks.items()}
    result = {
        "changed": False,
        "collection": {"version": VERSION, "path": place()},
        "servers": list({str(look.server): look.server for look in looks.values() if look.server}.values()),
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
        held = snapshot.meta()
        return {
            "changed": False,
            "url": held.url,
            "version": held.server_version,
            "thumbprint": held.thumbprint,
            "space": {"id": held.space_id, "name": held.space_name},
            "environments": [{"id": each.id, "name": each.name} for each in held.named(ENVIRONMENT)],
            "machine_policies": [{"id": each.id, "name": each.name} for each in held.named(MACHINE_POLICY)],
            "missing_permissions": list(held.missing_permissions),
            "deployment_targets": snapshot.count(TARGET),
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
    return _with_diff(action, told, changes, f"identity {name}")


def _server_side(action: OctopusAction, *, first: bool) -> tuple[Register | None, SnapshotFile | None]:
    """Return the record that follows, and what the server held; neither where no server is needed. Raises OperatorError."""
    options = action.arguments
    if options["for_registration"]:
        registration = action.registration
        if first:
            require_sound_fleet(action, strict=action.run_options["preflight_strict"])
        snapshot = wiring.snapshot_of(registration.connection)
        snapshot.meta().require_permissions()
        return wiring.register_for(registration, snapshot, other_names(action, action.host), port=options.get("port")), snapshot
    if "trust" in options:
        return None, None
    return None, wiring.snapshot_of(action.connection)


def _check_record(action: OctopusAction, identities: IdentitySource, register: Register, snapshot: SnapshotFile) -> None:
    """Refuse what can be refused before the machine is touched: what its record needs, and a store that is not the fleet's."""
    identity = identities.find()
    comparison = register.check(known_by(identity))
    if stores.is_new(identities, identity, comparison) and not action.run_options["allow_rekey"]:
        stores.require_own(action, scope_of(action), action.registration, snapshot)


def _trust(action: OctopusAction, snapshot: SnapshotFile | None) -> list[str]:
    said = action.arguments.get("trust")
    trust = list(said) if said is not None else [snapshot.meta().thumbprint] if snapshot else []
    if not trust:
        raise InputError("is empty: give the thumbprint of the Octopus Server that may connect.", option="trust")
    return trust


def _noted(result: HostResult, host: str, port: int | None) -> HostResult:
    """Hand on what the next task needs by the notebook: results are masked, and a secret may be part of anything. `port`: as said."""
    book = wiring.notebook()
    if result.installation:
        book.write(_INSTALLATIONS, {_of(host, result.instance): result.installation})
        return replace(result, installation={"instance": result.instance})
    if result.thumbprint and result.former_thumbprints is not None:
        anew = any(change.path == "instance" for change in result.changes)
        found = [result.thumbprint, result.former_thumbprints, result.port, port, anew]
        book.write(_FOUND, {host: found, _of(host, result.instance): found})
    return result


def _of(host: str, instance: str) -> str:
    """Return the key of an instance."""
    return f"{host}\n{instance.casefold()}"


def _with_diff(action: OctopusAction, told: dict[str, Any], changes: Iterable[Change], header: str) -> dict[str, Any]:
    return told | ({"diff": as_diff(changes, header=header)} if action.diff_mode and changes else {})
