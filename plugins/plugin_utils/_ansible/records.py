# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Bring the records of one machine to the wanted state, or remove them: one, or one for each registration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .._core.change import as_dicts, as_diff
from .._core.errors import Failure, InputError, OctopusError, OperatorError
from .._core.identity import Identity
from .._core.inputs import RegistrationInputs
from .._core.octopus.registration import Known, known_by
from .._core.octopus.resources import ResourceType
from .._core.options import IDENTITY, INSTANCE, MACHINE
from .._core.results import RecordResult
from .._core.tentacle.trust import NEW_SUBSCRIPTION
from .._work.waiting import Waiting, WaitingRoom
from . import managed, wiring
from .fleet import other_names
from .health import place_of
from .reaching import Reach, Reached, reach
from .servers import without_effect

if TYPE_CHECKING:
    from .action import OctopusAction

FOUND = "found"
"""Topic of the notebook, by instance: what its records are made from; by host, that of the last one."""

_STYLE = next(option for option in INSTANCE if option.name == "communication_style")


@dataclass(frozen=True)
class _Machine:
    """What the records are made from: as the task says, else as this run has found or made it.

    `said`: the options of `tentacle` that were said; `polls`: the ids under which it polls, by the servers' thumbprints, None where it
    does not, and `subscription` one for whatever server; `anew`: this run makes the machine's instance anew; `listed`: it is one of the
    inventory's, whose names tell machines apart; `seen`: `tentacle` has brought it, or would, in this run;
    `remembered`: the ids under which it polled when it was seen last.
    """

    thumbprint: str | None
    former: tuple[str, ...]
    port: int | None
    said: Mapping[str, Any]
    anew: bool
    listed: bool
    polls: Mapping[str, str] | None = None
    subscription: str | None = None
    seen: bool = False
    remembered: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Done:
    """One record, and what became of it: a result, or why there is none."""

    each: Reached
    result: RecordResult | None = None
    failure: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it as the task's result lists it."""
        held, wanted = self.each.snapshot.meta(), self.each.inputs.registration
        nothing: dict[str, Any] = {
            "changed": False,
            "result": None,
            "name": wanted.name,
            "id": None,
            "thumbprint": None,
            "uri": None,
            "changes": [],
        }
        return {
            "kind": wanted.type.noun,
            "url": held.url,
            "space": held.space_name,
            "failure": self.failure,
            **(self.result.as_dict() if self.result else nothing),
            "sources": _sources(self.each),
        }


def key_of(host: str, instance: str) -> str:
    """Return the key of an instance."""
    return f"{host}\n{instance.casefold()}"


def one_kind(action: OctopusAction, kind: ResourceType) -> dict[str, Any]:
    """Bring a machine's record of one type to the wanted state; its records, where `octopus_registrations` names several."""
    sides, done, warnings = _bring(action, kind)
    told = _told_of_all(action, sides, done, warnings)
    first = done[0].as_dict()
    alone = ("result", "name", "id", "thumbprint", "uri", *(["sources"] if first["sources"] else []))
    if len(done) == 1:
        del told["registrations"]
        told |= {"diff": told["diff"][0]} if "diff" in told else {}
    return {name: first[name] for name in alone} | told


def all_kinds(action: OctopusAction) -> dict[str, Any]:
    """Bring all records of a machine to the wanted state."""
    return _told_of_all(action, *_bring(action, None))


def _bring(action: OctopusAction, kind: ResourceType | None) -> tuple[Reach, list[_Done], list[str]]:
    options = action.values_of(MACHINE)
    machine = _machine(action, options)
    registrations = action.registrations(kind)
    if options["state"] == "present":
        managed.bring_about(action, registrations, fleet=False)
    sides = reach(registrations, lambda each: other_names(action, action.host, each) if machine.listed else None, machine.said)
    if machine.subscription:
        machine = replace(machine, polls={each.snapshot.meta().thumbprint: machine.subscription for each in sides.found})
    known = _known(action, options, machine)
    warnings = _warnings(machine, registrations) if options["state"] == "present" else []
    return sides, [_done(action, each, options["state"], machine, known) for each in sides.found], warnings


def _warnings(machine: _Machine, registrations: Sequence[RegistrationInputs]) -> list[str]:
    """Return what to warn of that `tentacle` has not: it knows the style that is said, not the one that it finds."""
    polls, told = machine.polls is not None, machine.seen and bool(machine.said.get("communication_style"))
    return without_effect({"communication_style": "polling"}, registrations) if polls and not told else []


def _done(action: OctopusAction, each: Reached, state: str, machine: _Machine, known: Known | None) -> _Done:
    """Bring one record to its state. What keeps one from it does not keep the machine's others."""
    each.register.made_anew = machine.anew
    try:
        if state == "absent":
            return _Done(each, each.register.remove(known, check_mode=action.check_mode))
        if known is None:
            raise InputError("is missing: give the thumbprint of the machine's certificate, as 'tentacle' returns it.", option="thumbprint")
        if not (machine.seen and action.check_mode) and each.register.compare(known, machine.port).uri == NEW_SUBSCRIPTION:
            raise InputError(
                "is missing, and nothing tells under which id this machine polls this server: "
                "let 'tentacle' bring the machine to poll it first, or give the id.",
                option="subscription_id",
            )
        result = each.register.bring(known, machine.port, check_mode=action.check_mode)
    except OperatorError as error:
        return _Done(each, failure=each.inputs.told(error))
    if result.id and not action.check_mode:
        place = place_of(each.inputs.connection, each.inputs.registration.type)
        WaitingRoom(wiring.notebook()).enter(Waiting(action.host, place, result.id))
    return _Done(each, result)


def _told_of_all(action: OctopusAction, sides: Reach, done: list[_Done], warnings: list[str]) -> dict[str, Any]:
    """Return what became of each. Raises Failure when one of them could not be brought where it should be."""
    results = [each.result for each in done if each.result]
    changes = [change for result in results for change in result.changes]
    told: dict[str, Any] = {
        "changed": bool(changes),
        "registrations": [each.as_dict() for each in done],
        "changes": as_dicts(changes),
    }
    if warnings:
        told["warnings"] = warnings
    if action.diff_mode and changes:
        told["diff"] = [as_diff(each.result.changes, header=_header(each)) for each in done if each.result and each.result.changes]
    failures = [*sides.failures, *(_failure(each, alone=len(done) + len(sides.failures) == 1) for each in done if each.failure)]
    if failures:
        raise Failure(OctopusError(" ".join(failures)), told)
    return told


def _sources(each: Reached) -> dict[str, Any]:
    return {name: dict(found) for name, found in each.inputs.sources.items()}


def _failure(done: _Done, *, alone: bool) -> str:
    return str(done.failure) if alone else f"{done.each.inputs.label}: {done.failure}"


def _header(done: _Done) -> str:
    words = done.each.inputs.registration.type.words
    return f"{words[:1].upper()}{words[1:]} {done.result.name if done.result else ''}"


def _machine(action: OctopusAction, options: Mapping[str, Any]) -> _Machine:
    key = key_of(action.host, options["instance"]) if "instance" in options else action.host
    found = wiring.notebook().row(FOUND, key)
    thumbprint, former, port, said, anew, polls = found or [None, [], None, {}, False, None]
    subscription = options.get("subscription_id")
    kept = _polling_identity(action, options) if not (found or subscription) else None
    if kept:
        thumbprint, former, polls = kept.thumbprint, kept.former_thumbprints, kept.subscriptions
    if subscription or kept:
        port, said = None, {"communication_style": "polling"}
    more = {"port": port, "said": said, "anew": anew, "polls": polls, "subscription": subscription, "seen": bool(found)}
    more["remembered"] = tuple(kept.subscriptions.values()) if kept else ()
    if "thumbprint" in options:  # of this machine the inventory says nothing
        return _Machine(options["thumbprint"], tuple(options["former_thumbprints"]), listed=False, **more)
    return _Machine(thumbprint, (*options["former_thumbprints"], *former), listed=True, **more)


def _polling_identity(action: OctopusAction, options: Mapping[str, Any]) -> Identity | None:
    """Return the identity of a machine that is said to poll and that this run has not seen, if it is that of the task."""
    if options["state"] == "absent" or action.values_of((_STYLE,)).get("communication_style") != "polling":
        return None
    identity = _identity(action)
    return identity if identity and options.get("thumbprint") in (None, identity.thumbprint) else None


def _identity(action: OctopusAction) -> Identity | None:
    return wiring.source_of(action, action.values_of(IDENTITY), host=action.host).find()


def _known(action: OctopusAction, options: Mapping[str, Any], machine: _Machine) -> Known | None:
    """Return by what the machine is known: one that is to be removed, and that this run has not seen, by its certificate, if it has one."""
    if machine.thumbprint:
        return Known(machine.thumbprint, machine.former, machine.polls, machine.remembered)
    if options["state"] != "absent":
        return None
    kept = known_by(_identity(action))
    return kept and replace(kept, own=(*kept.own, *machine.former))
