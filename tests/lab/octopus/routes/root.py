"""The root document and its links (octopus-api.md 1.1, 1.2)."""

from __future__ import annotations

from tests.lab.octopus.dispatch import Call, Reply, Route, Scope
from tests.lab.octopus.kinds import KINDS

_SYSTEM = {
    "Self": "/api",
    "Web": "/app",
    "SpaceHome": "/api/{spaceId}",
    "Spaces": "/api/spaces{/id}{?name,skip,ids,take,partialName}",
    "CurrentUser": "/api/users/me",
    "SignIn": "/api/users/login{?returnUrl}",
    "SignOut": "/api/users/logout",
    "Users": "/api/users{/id}{?skip,take,ids,filter}",
    "CertificateConfiguration": "/api/configuration/certificates{/id}{?skip,take,ids,partialName}",
    "Tasks": "/api/tasks{/id}{?skip,active,environment,tenant,runbook,project,name,node,running,states,hasPendingInterruptions,"
    "hasWarningsOrErrors,take,ids,partialName,spaces,includeSystem}",
    "TaskTypes": "/api/tasks/taskTypes",
    "Events": "/api/events{/id}{?skip,regarding,regardingAny,user,users,spaces,includeSystem}",
    "ServerStatus": "/api/serverstatus",
    "ServerHealthStatus": "/api/serverstatus/health",
    "MaintenanceConfiguration": "/api/maintenanceconfiguration",
    "OctopusServerNodes": "/api/octopusservernodes{/id}{?skip,take,ids,partialName}",
}


def _space_links(space_id: str) -> dict[str, str]:
    base = f"/api/{space_id}"
    links = {kind.link: f"{base}/{kind.collection}{{/id}}{{?{kind.template}}}" for kind in KINDS}
    return links | {
        "DiscoverMachine": f"{base}/machines/discover{{?host,port,type,proxyId}}",
        "DiscoverWorker": f"{base}/workers/discover{{?host,port,type,proxyId}}",
        "MachinePolicyTemplate": f"{base}/machinepolicies/template",
        "MachineRoles": f"{base}/machineroles/all",
        "Certificates": f"{base}/certificates{{/id}}{{?skip,take,search,archived,tenant,firstResult,orderBy,ids,partialName}}",
    }


def _root(call: Call) -> Reply:
    """Answer with everything the caller may know; the links of the default space only when it can be used."""
    links = dict(_SYSTEM)
    space = call.state.default_space()
    if space is not None and call.user is not None and call.user.enters(space["Id"]):
        links |= _space_links(space["Id"])
    return Reply({
        "Application": "Octopus Deploy",
        "Version": call.state.settings.version,
        "ApiVersion": "3.0.0",
        "InstallationId": "5f0e3a52-6f4f-4a4b-9f25-6e9d1c2f7a10",
        "IsEarlyAccessProgram": False,
        "HasLongTermSupport": True,
        "Id": None,
        "LastModifiedOn": None,
        "LastModifiedBy": None,
        "Links": links,
    })  # fmt: skip


def _space_root(call: Call) -> Reply:
    return Reply({"Id": call.space_id, "Links": {"Self": f"/api/{call.space_id}", **_space_links(str(call.space_id))}})


def _entry(call: Call) -> Reply:
    return _root(call) if call.space is None else _space_root(call)


ROUTES = (Route("GET", "/", _entry, Scope.MIXED, anonymous=True),)
