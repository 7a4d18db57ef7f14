"""What deployment targets and workers have beyond other resources (octopus-api.md 3.4, 6, 8.1)."""

from __future__ import annotations

from collections import Counter
from functools import partial

from tests.lab import halibut
from tests.lab.octopus import errors, machine_policy, texts
from tests.lab.octopus.dispatch import Call, Reply, Route
from tests.lab.octopus.kinds import MACHINE, MACHINE_LIKE, MACHINE_POLICIES, WORKER, WORKER_POOLS, Kind
from tests.lab.octopus.paging import page, plain_page
from tests.lab.octopus.query import any_of
from tests.lab.octopus.routes.common import found, listed, paged

TENTACLE_PORT = 10933
_PLURALS = {MACHINE.collection: "DeploymentTarget", WORKER.collection: "Worker"}
_WELL = ("Healthy", "HasWarnings")


def _all_v1(kind: Kind, call: Call) -> Reply:
    return Reply({f"{_PLURALS[kind.collection]}s": listed(call, kind)})


def _v2(kind: Kind, call: Call) -> Reply:
    """List the healthiest first (octopus-api.md 3.2)."""
    machines = sorted(listed(call, kind), key=lambda machine: machine["HealthStatus"] not in _WELL)
    name = _PLURALS[kind.collection]
    counts = Counter(machine["HealthStatus"] for machine in machines)
    count_name = "TargetCountPerHealthStatus" if kind is MACHINE else "WorkerCountPerHealthStatus"
    return Reply({f"{name}s": plain_page(kind.item_type, machines, call.query, kind.default_take), count_name: counts})


def _connection(kind: Kind, call: Call) -> Reply:
    """Tell what the last check found; nothing is connected to (octopus-api.md 8.1)."""
    machine = found(call, kind)
    version = ((machine["Endpoint"] or {}).get("TentacleVersionDetails") or {}).get("Version")
    status = "Unknown" if machine["HealthStatus"] == "Unknown" else "Online" if machine["HealthStatus"] in _WELL else "Offline"
    connection = {"MachineId": machine["Id"], "Status": status, "CurrentTentacleVersion": version, "Logs": []}
    if machine["Id"] in call.state.last_checked:
        # A client reads a date here, and cannot read null: a machine never checked has no such member.
        connection["LastChecked"] = call.state.last_checked[machine["Id"]]
    return Reply(connection)


def _values(kind: Kind, member: str, call: Call) -> Reply:
    return Reply(sorted({machine[member] for machine in listed(call, kind)} - {"Unknown"}))


def _tasks(kind: Kind, call: Call) -> Reply:
    """List the deployments to a machine: this server makes none."""
    machine = found(call, kind)
    return Reply(page("Task", [], call.query, default_take=30, path=call.path, template=machine["Links"]["TasksTemplate"]))


def _roles(call: Call) -> Reply:
    return Reply(sorted({role for machine in listed(call, MACHINE) for role in machine["Roles"]}, key=str.casefold))


def _discover(kind: Kind, call: Call) -> Reply:
    """Read the certificate that a listening Tentacle presents; it need not trust the server for that."""
    host, port = call.query.text("host"), call.query.number("port", TENTACLE_PORT)
    if not host:
        raise errors.ApiError(400, texts.NO_DISCOVER_HOST)
    with call.state.lock:
        call.require(kind.permissions.view)
        address, patience = call.state.address_of(host), call.state.settings.check_timeout
    try:
        thumbprint = halibut.thumbprint_at(address, port, patience)
    except halibut.HandshakeError as error:
        raise errors.ApiError(400, str(error)) from error
    uri = f"https://{host.lower()}:{port}/"
    endpoint = {"CommunicationStyle": "TentaclePassive", "Uri": uri, "Thumbprint": thumbprint, "ProxyId": None}
    return Reply({"Name": host, "Endpoint": endpoint, "Thumbprint": thumbprint, "Uri": uri, "IsDisabled": False, "Links": {}})


def _members_of(owner: Kind, member_kind: Kind, member: str, default_take: int, call: Call) -> Reply:
    """List the machines that name an environment, pool or policy."""
    names_owner = any_of(member)
    owner_id = found(call, owner)["Id"]
    machines = [machine for machine in listed(call, member_kind) if names_owner(machine, [owner_id])]
    return Reply(paged(call, member_kind, machines, default_take))


def _routes_of(kind: Kind) -> list[Route]:
    path = f"/{kind.collection}"
    return [
        Route("GET", f"{path}/all/v1", partial(_all_v1, kind)),
        Route("GET", f"{path}/v2", partial(_v2, kind)),
        Route("GET", f"{path}/discover", partial(_discover, kind), blocking=True),
        Route("GET", f"{path}/operatingsystem/names/all", partial(_values, kind, "OperatingSystem")),
        Route("GET", f"{path}/operatingsystem/shells/all", partial(_values, kind, "ShellName")),
        Route("GET", f"{path}/{{id}}/connection", partial(_connection, kind)),
        Route("GET", f"{path}/{{id}}/tasks", partial(_tasks, kind)),
    ]


ROUTES = (
    *(route for kind in MACHINE_LIKE for route in _routes_of(kind)),
    Route("GET", "/machineroles/all", _roles),
    Route("GET", "/machinepolicies/template", lambda _call: Reply(dict(machine_policy.DEFAULTS))),
    Route("GET", "/machinepolicies/{id}/machines", partial(_members_of, MACHINE_POLICIES, MACHINE, "MachinePolicyId", 10)),
    Route("GET", "/machinepolicies/{id}/workers", partial(_members_of, MACHINE_POLICIES, WORKER, "MachinePolicyId", 10)),
    Route("GET", "/workerpools/{id}/workers", partial(_members_of, WORKER_POOLS, WORKER, "WorkerPoolIds", 20)),
)
