# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What the run makes before anything else (`octopus_manage`): once for the fleet, by whoever comes first."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .._core.errors import OctopusError, OperatorError
from .._core.inputs import RegistrationInputs
from .._core.managed import Thing, things
from .._core.octopus.connection import Connection
from .._core.octopus.snapshot import Named
from .._work.managed import Managed, make
from . import wiring
from .fleet import running_hosts, scope_of, variables_of
from .hosts import read_host
from .output import tell

if TYPE_CHECKING:
    from .action import OctopusAction

Wanted = dict[str, tuple[Connection, dict[str, Thing]]]
"""What is named, by the server and space where it shall be."""


def bring_about(action: OctopusAction, registrations: Sequence[RegistrationInputs], *, fleet: bool) -> dict[str, Any]:
    """Make what this host names and its servers lack, and return what a result tells of it. In check mode, say so.

    `fleet`: before that, all hosts of the run are looked at, once. Others' variables are a forecast, as in the look over the fleet: what
    they name that cannot be read is theirs to be told. Raises OctopusError when something that this host names could not be made.
    """
    managed = action.run_options.get("manage")
    if not managed:
        return {}
    if fleet:
        _look_over(action, {}, check_mode=action.check_mode)
    own = _collected((each, managed) for each in registrations)
    rows = _have(own, check_mode=action.check_mode)
    mine = [rows[_key(place, thing)] for place, (_server, named) in own.items() for thing in named.values()]
    failures = list(dict.fromkeys(row["failure"] for row in mine if row["failure"]))
    if failures:
        raise OctopusError(" ".join(failures))
    told = [{name: row[name] for name in ("kind", "name", "result")} for row in mine if row["result"] != "unchanged"]
    return {"managed": told} if told else {}


def foresee(action: OctopusAction) -> None:
    """Let those who look at the server find what a run would make. Makes nothing; the task may name the server for all."""
    if action.run_options.get("manage"):
        _look_over(action, action.given, check_mode=True)


def _look_over(action: OctopusAction, given: Mapping[str, Any], *, check_mode: bool) -> None:
    def looked() -> dict[str, Any]:
        _have(_of_fleet(action, given), check_mode=check_mode)
        return {}

    wiring.notebook().once(f"managed fleet {scope_of(action)} {check_mode}", looked)


def _have(wanted: Wanted, *, check_mode: bool) -> dict[str, Any]:
    """Return the rows of the notebook, with those of what is wanted: what nobody has looked for yet in this run is made."""
    book, topic = wiring.notebook(), f"managed {check_mode}"
    rows = book.rows(topic)
    if _unknown(wanted, rows):
        with book.locked(topic):
            rows = book.rows(topic)
            new = _make(_unknown(wanted, rows), check_mode=check_mode)
            book.write(topic, new)
            rows |= new
    return rows


def _of_fleet(action: OctopusAction, given: Mapping[str, Any]) -> Wanted:
    """Return what the hosts of the run name, those that may not be touched for another reason left out."""
    read: list[tuple[RegistrationInputs, Sequence[str]]] = []
    for host in sorted(running_hosts(action)):
        try:
            inputs = read_host(variables_of(action, host), given, os.environ)
        except OperatorError:
            continue
        for instance in inputs.instances:
            for each in instance.registrations:
                action.keep_secret((each.connection.api_key, each.connection.access_token))
                read.append((each, instance.tentacle.get("manage") or ()))
    return _collected(read)


def _collected(read: Iterable[tuple[RegistrationInputs, Sequence[str]]]) -> Wanted:
    found: Wanted = {}
    for inputs, managed in read:
        _server, named = found.setdefault(inputs.connection.cache_key(), (inputs.connection, {}))
        for thing in things(inputs.registration, managed):
            named.setdefault(thing.key, thing)
    return found


def _unknown(own: Wanted, rows: Mapping[str, Any]) -> Wanted:
    """Return what nobody has looked for yet."""
    left = {
        place: (server, {key: thing for key, thing in named.items() if _key(place, thing) not in rows})
        for place, (server, named) in own.items()
    }
    return {place: (server, named) for place, (server, named) in left.items() if named}


def _make(wanted: Wanted, *, check_mode: bool) -> dict[str, Any]:
    """Make things on their servers, and return the rows of the notebook."""
    rows: dict[str, Any] = {}
    for place, (connection, named) in wanted.items():
        done = list(make(named.values(), wiring.client_for(connection), check_mode=check_mode)) if named else []
        _tell(connection, done, check_mode=check_mode)
        _note(connection, done)
        rows |= {_key(place, each.thing): _row(each) for each in done}
    return rows


def _tell(connection: Connection, done: Iterable[Managed], *, check_mode: bool) -> None:
    new = [_words(each) for each in done if each.result != "unchanged"]
    if new:
        would = " (a run would do that; this is check mode)" if check_mode else ""
        tell(f"Octopus Server at {connection.url}: {', '.join(new)}{would}")


def _note(connection: Connection, done: Iterable[Managed]) -> None:
    """Let those who look at the server know what is new: it may have been read before, and in check mode it is not there."""
    new: dict[str, list[Named]] = {}
    for each in done:
        if each.named:
            new.setdefault(each.thing.kind.path, []).append(each.named)
    if new:
        wiring.note_new(connection, new)


def _words(each: Managed) -> str:
    kind = each.thing.kind.words
    return f"{kind} '{each.thing}' is {each.result}" if not each.thing.tag else f"tag '{each.thing}' is created"


def _row(each: Managed) -> dict[str, Any]:
    kind, result = each.thing.kind.noun, each.result
    return {"kind": kind, "name": str(each.thing), "result": result, "failure": each.failure}


def _key(place: str, thing: Thing) -> str:
    return f"{place}\n{thing.key}"
