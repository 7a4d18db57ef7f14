"""Whatever a client sends to the Octopus Server emulator, it is told what is wrong with it: the server does not stumble."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.lab.octopus import OctopusServer
from tests.unit.lab.octopus_client import Client
from tests.unit.lab.test_octopus_api import target

ENDPOINT = {**target()["Endpoint"], "ProxyId": None, "TentacleVersionDetails": None}
BODIES: dict[str, dict[str, Any]] = {
    "machines": target(Endpoint=ENDPOINT, TenantTags=[], TenantIds=[], MachinePolicyId=None, TenantedDeploymentParticipation="Untenanted"),
    "workers": {"Name": "w", "WorkerPoolIds": ["WorkerPools-1"], "Endpoint": ENDPOINT},
    "tagsets": {"Name": "Region", "Tags": [{"Name": "North"}], "SortOrder": 0},
    "environments": {"Name": "Lab", "SortOrder": 3, "UseGuidedFailure": False},
    "machinepolicies": {"Name": "Strict", "IsDefault": False, "MachineConnectivityPolicy": {}},
    "proxies": {"Name": "squid", "Host": "h", "Port": 80},
    "tenants": {"Name": "Acme", "TenantTags": [], "ProjectEnvironments": {}},
    "workerpools": {"Name": "Pool", "IsDefault": False},
    "tasks": {"Name": "Health", "Description": "d", "SpaceId": "Spaces-1", "Arguments": {"MachineIds": [], "Timeout": "00:01:00"}},
}
SCALARS = st.none() | st.booleans() | st.integers(-5, 2**70) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5)
MEMBERS = st.text(max_size=4)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(MEMBERS, inner, max_size=2), max_leaves=4)


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with OctopusServer() as running:
        running.state.settings.task_cap = 0
        yield Client(running)


def places(body: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in body.items():
        yield (*path, name)
        if isinstance(value, dict):
            yield from places(value, (*path, name))


def replaced(body: dict[str, Any], path: tuple[str, ...], value: object) -> dict[str, Any]:
    first, *rest = path
    return {**body, first: replaced(body[first], tuple(rest), value) if rest else value}


WISHES = st.sampled_from(sorted(BODIES)).flatmap(
    lambda kind: st.tuples(st.just(kind), st.sampled_from(sorted(places(BODIES[kind]))), VALUES)
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(WISHES)
@example(("tagsets", ("Tags",), [None]))
@example(("machines", ("Roles",), [None]))
@example(("machines", ("Endpoint", "TentacleVersionDetails"), "9"))
def test_no_body_is_stumbled_over(client: Client, wish: tuple[str, tuple[str, ...], object]) -> None:
    kind, path, value = wish
    body = replaced(BODIES[kind], path, value)
    reply = client.call("POST", f"/api/Spaces-1/{kind}", body)
    assert reply.status_code in (201, 400), (body, reply.text)
    if reply.status_code == 201 and kind != "tasks":
        created = reply.json()
        assert client.call("PUT", created["Links"]["Self"], created).status_code == 200
        assert client.call("GET", f"/api/Spaces-1/{kind}?partialName=a&take=3").status_code == 200
        client.call("DELETE", created["Links"]["Self"])
