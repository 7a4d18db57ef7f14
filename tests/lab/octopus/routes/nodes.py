"""The nodes of the server, of which there is one, and maintenance (octopus-api.md 10.2)."""

from __future__ import annotations

from tests.lab.octopus import errors
from tests.lab.octopus.dispatch import Call, Reply, Route, Scope
from tests.lab.octopus.paging import page
from tests.lab.octopus.store import Document, now, timestamp
from tests.lab.octopus.tasks import NODE

_PATH = "/api/octopusservernodes"


def _node(call: Call) -> Document:
    settings = call.state.settings
    return {
        "Id": NODE,
        "Name": "lab",
        "LastSeen": timestamp(now()),
        "IsOffline": False,
        "MaxConcurrentTasks": settings.task_cap,
        "IsInMaintenanceMode": False,
        "Version": settings.version,
        "Links": {"Self": f"{_PATH}/{NODE}"},
    }


def _list(call: Call) -> Reply:
    template = f"{_PATH}{{/id}}{{?skip,take,ids,partialName}}"
    return Reply(page("OctopusServerNode", [_node(call)], call.query, default_take=30, path=call.path, template=template))


def _read(call: Call) -> Reply:
    if call.parameters["id"] != NODE:
        raise errors.not_found()
    return Reply(_node(call))


def _maintenance(_call: Call) -> Reply:
    return Reply({"Id": "maintenance", "IsInMaintenanceMode": False, "Links": {"Self": "/api/maintenanceconfiguration"}})


ROUTES = (
    Route("GET", "/octopusservernodes", _list, Scope.SYSTEM),
    Route("GET", "/octopusservernodes/all", lambda call: Reply([_node(call)]), Scope.SYSTEM),
    Route("GET", "/octopusservernodes/ping", lambda call: Reply(_node(call)), Scope.SYSTEM, anonymous=True),
    Route("GET", "/octopusservernodes/{id}", _read, Scope.SYSTEM),
    Route("GET", "/maintenanceconfiguration", _maintenance, Scope.SYSTEM),
)
