"""Create, read, update and delete for every kind of resource (octopus-api.md 3.4, 5)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from tests.lab.octopus import documents, texts, validation
from tests.lab.octopus.dispatch import Call, Reply, Route
from tests.lab.octopus.kinds import KINDS, MACHINE_LIKE, Kind
from tests.lab.octopus.routes.common import found, listed, paged, shown
from tests.lab.octopus.store import Document


def _list(kind: Kind, call: Call) -> Reply:
    return Reply(paged(call, kind, listed(call, kind)))


def _all(kind: Kind, call: Call) -> Reply:
    return Reply(listed(call, kind))


def _read(kind: Kind, call: Call) -> Reply:
    return Reply(shown(call, kind, found(call, kind)))


def _create(kind: Kind, call: Call) -> Reply:
    call.require(kind.permissions.create)
    document = documents.new_document(call.state, kind, str(call.space_id), call.json(), call.caller.username)
    _require_in_each(call, kind.permissions.create, kind.environments_of(document))
    validation.check(call.state, kind, document)
    documents.store(call.state, document)
    call.state.record("Created", document, f"{kind.noun.capitalize()} {document['Name']} was created", call.user)
    if kind in MACHINE_LIKE:
        _queue_initial_check(call, document)
    return Reply(shown(call, kind, document), 201)


def _queue_initial_check(call: Call, machine: Document) -> None:
    """Have a new machine checked, unless it is disabled or the client declines and the server knows how to (octopus-api.md 5.4)."""
    wishes = {name.lower(): value for name, value in call.json().items()}
    declined = wishes.get("skipinitialhealthcheck") is True and call.state.settings.knows_skip_initial_health_check
    if not machine["IsDisabled"] and not declined:
        call.state.queue_task("Health", texts.INITIAL_CHECK.format(name=machine["Name"]), {"MachineIds": [machine["Id"]]}, call.space_id)


def _update(kind: Kind, call: Call) -> Reply:
    former = found(call, kind)
    places = kind.environments_of(former)
    call.require(kind.permissions.edit, places)
    document = documents.write(call.state, kind, former, call.json(), call.caller.username)
    _require_in_each(call, kind.permissions.edit, set(kind.environments_of(document) or ()).difference(places or ()))
    validation.check(call.state, kind, document)
    documents.store(call.state, document)
    call.state.polling.look_again()
    call.state.record("Modified", document, f"{kind.noun.capitalize()} {document['Name']} was modified", call.user)
    return Reply(shown(call, kind, document))


def _delete(kind: Kind, call: Call) -> Reply:
    document = found(call, kind)
    call.require(kind.permissions.delete, kind.environments_of(document))
    validation.check_deletion(call.state, kind, document)
    call.state.store.remove(kind.collection, document["Id"])
    call.state.polling.look_again()
    call.state.record("Deleted", document, f"{kind.noun.capitalize()} {document['Name']} was deleted", call.user)
    return Reply()


def _require_in_each(call: Call, permission: str, environment_ids: Iterable[str] | None) -> None:
    """Refuse a caller who lacks a permission in any of the environments that a machine is put into. Raises ApiError 403."""
    for environment_id in environment_ids or ():
        call.require(permission, (environment_id,))


def _routes_of(kind: Kind) -> list[Route]:
    path = f"/{kind.collection}"
    return [
        Route("GET", path, partial(_list, kind)),
        Route("GET", f"{path}/all", partial(_all, kind)),
        Route("GET", f"{path}/{{id}}", partial(_read, kind)),
        Route("POST", path, partial(_create, kind)),
        Route("PUT", f"{path}/{{id}}", partial(_update, kind)),
        Route("DELETE", f"{path}/{{id}}", partial(_delete, kind)),
    ]


ROUTES = tuple(route for kind in KINDS for route in _routes_of(kind))
