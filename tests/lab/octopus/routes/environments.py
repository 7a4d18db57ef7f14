"""What environments have beyond other resources (octopus-api.md 3.4, 9.1)."""

from __future__ import annotations

from tests.lab.octopus import errors
from tests.lab.octopus.dispatch import Call, Reply, Route
from tests.lab.octopus.kinds import ENVIRONMENTS, MACHINE
from tests.lab.octopus.paging import plain_page
from tests.lab.octopus.routes.common import found, listed, paged


def _v2(call: Call) -> Reply:
    if not call.state.settings.environments_v2:
        raise errors.not_found()
    documents = [{**item, "Type": "Static"} for item in listed(call, ENVIRONMENTS)]
    return Reply(plain_page(ENVIRONMENTS.item_type, documents, call.query, 30))


def _machines(call: Call) -> Reply:
    environment = found(call, ENVIRONMENTS)
    machines = [machine for machine in listed(call, MACHINE) if environment["Id"] in machine["EnvironmentIds"]]
    return Reply(paged(call, MACHINE, machines, default_take=20))


def _nothing_about(call: Call) -> Reply:
    """Tell what variables and deployments have to do with an environment: this server has none."""
    found(call, ENVIRONMENTS)
    return Reply({})


ROUTES = (
    Route("GET", "/environments/v2", _v2),
    Route("GET", "/environments/{id}/machines", _machines),
    Route("GET", "/environments/{id}/metadata", _nothing_about),
    Route("GET", "/environments/{id}/singlyScopedVariableDetails", _nothing_about),
)
