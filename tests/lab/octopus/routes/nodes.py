"""The nodes of the server, and maintenance (octopus-api.md 10.2)."""

from __future__ import annotations

from tests.lab.octopus import errors
from tests.lab.octopus.dispatch import Call, Reply, Route, Scope
from tests.lab.octopus.paging import page
from tests.lab.octopus.polling import Node
from tests.lab.octopus.store import Document, now, timestamp

_PATH = "/api/octopusservernodes"


def _shown(call: Call, node: Node) -> Document:
    settings = call.state.settings
    return {
        "Id": node.id,
        "Name": node.name,
        "LastSeen": timestamp(now()),
        "IsOffline": False,
        "MaxConcurrentTasks": settings.task_cap,
        "IsInMaintenanceMode": False,
        "Version": settings.version,
        "Links": {"Self": f"{_PATH}/{node.id}"},
    }


def _nodes(call: Call) -> list[Document]:
    return [_shown(call, node) for node in call.state.polling.nodes]


def _list(call: Call) -> Reply:
    template = f"{_PATH}{{/id}}{{?skip,take,ids,partialName}}"
    return Reply(page("OctopusServerNode", _nodes(call), call.query, default_take=30, path=call.path, template=template))


def _read(call: Call) -> Reply:
    node = next((node for node in _nodes(call) if node["Id"] == call.parameters["id"]), None)
    if node is None:
        raise errors.not_found()
    return Reply(node)


def _maintenance(_call: Call) -> Reply:
    return Reply({"Id": "maintenance", "IsInMaintenanceMode": False, "Links": {"Self": "/api/maintenanceconfiguration"}})


ROUTES = (
    Route("GET", "/octopusservernodes", _list, Scope.SYSTEM),
    Route("GET", "/octopusservernodes/all", lambda call: Reply(_nodes(call)), Scope.SYSTEM),
    Route("GET", "/octopusservernodes/ping", lambda call: Reply(_nodes(call)[0]), Scope.SYSTEM, anonymous=True),
    Route("GET", "/octopusservernodes/{id}", _read, Scope.SYSTEM),
    Route("GET", "/maintenanceconfiguration", _maintenance, Scope.SYSTEM),
)
