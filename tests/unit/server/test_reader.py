"""The one reading of the server, request by request."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core import errors
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.permissions import Granted
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.resources import (
    ENVIRONMENT,
    MACHINE_POLICY,
    TAG_SET,
    TARGET,
    TENANT,
    WORKER,
    WORKER_POOL,
)
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.snapshot import Named, Snapshot
from ansible_collections.octoboot.octopus.plugins.plugin_utils._server import permissions as reading
from ansible_collections.octoboot.octopus.plugins.plugin_utils._server.reader import read_list, read_snapshot
from ansible_collections.octoboot.octopus.plugins.plugin_utils._server.shapes import Reply

from tests.unit.server.fake_port import Exchange, FakePort, client_of, page
from tests.unit.work.fakes import NEEDED

NOT_FOUND = {"ErrorMessage": "The resource you requested was not found."}
ROOT = Exchange("GET /api", {"Application": "Octopus Deploy", "Version": "2026.3.1", "Links": {"Spaces": "/api/spaces{/id}"}})
SPACES = Exchange("GET /api/spaces/all", [{"Id": "Spaces-2", "Name": "Fleet", "IsDefault": False}])
ME = Exchange("GET /api/users/me", {"Id": "Users-9"})
CERTIFICATE = Exchange("GET /api/configuration/certificates/certificate-global", {"Thumbprint": "ab" * 20})
POLICIES = Exchange(
    "GET /api/Spaces-2/machinepolicies?skip=0&take=1000",
    page({"Id": "MachinePolicies-3", "Name": "Odd"}, {"Id": "MachinePolicies-2", "Name": "Default Machine Policy", "IsDefault": True}),
)
ENVIRONMENTS = Exchange(
    "GET /api/Spaces-2/environments?skip=0&take=1000", page({"Id": "Environments-1", "Name": "Staging", "Slug": "stage"})
)
MACHINES = Exchange("GET /api/Spaces-2/machines?skip=0&take=1000", page({"Id": "Machines-1", "Name": "web"}))
POOLS = Exchange(
    "GET /api/Spaces-2/workerpools?skip=0&take=1000",
    page({"Id": "WorkerPools-1", "Name": "Builders"}, {"Id": "WorkerPools-2", "Name": "Cloud", "CanAddWorkers": False}),
)
WORKERS = Exchange("GET /api/Spaces-2/workers?skip=0&take=1000", page({"Id": "Workers-1", "Name": "build"}))


def granted(*names: str, space_id: Any = "Spaces-2", environments: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a permission set."""
    return {"SpacePermissions": {name: [{"SpaceId": space_id, "RestrictedToEnvironmentIds": list(environments)}] for name in names}}


def permissions(reply: Any, status: int = 200) -> Exchange:
    """Expect the question for the key's permissions."""
    return Exchange("GET /api/users/Users-9/permissions?spaces=Spaces-2", reply, status)


def test_nine_requests_read_it_all() -> None:
    expected = (ROOT, SPACES, ME, permissions(granted(*NEEDED)), CERTIFICATE, POLICIES, ENVIRONMENTS, MACHINES, WORKERS)
    assert len(expected) == 9
    with FakePort(*expected) as port:
        snapshot = read_snapshot(client_of(port, space="fleet"))
    assert (snapshot.url, snapshot.server_version) == ("https://octopus.example.com", "2026.3.1")
    assert (snapshot.space_id, snapshot.space_name, snapshot.thumbprint) == ("Spaces-2", "Fleet", "AB" * 20)
    assert snapshot.named(ENVIRONMENT) == (Named("Environments-1", "Staging", "stage"),)
    assert [each.name for each in snapshot.named(MACHINE_POLICY)] == ["Odd", "Default Machine Policy"]
    assert (snapshot.missing_permissions(TARGET), snapshot.missing_permissions(WORKER)) == ((), ())
    assert [machine["Id"] for machine in snapshot.records["machines"]] == ["Machines-1"]
    assert [machine["Id"] for machine in snapshot.records["workers"]] == ["Workers-1"]


def test_a_space_by_id_is_asked_for_its_name() -> None:
    with FakePort(ROOT, SPACES, ME, permissions(granted(*NEEDED)), CERTIFICATE, POLICIES, ENVIRONMENTS, MACHINES, WORKERS) as port:
        assert read_snapshot(client_of(port, space="Spaces-2")).space_name == "Fleet"
    with FakePort(ROOT, SPACES) as port, pytest.raises(errors.UnknownName, match="no space named 'Spaces-3'"):
        read_snapshot(client_of(port, space="Spaces-3"))


def test_what_the_key_may_not_see_is_not_asked_for() -> None:
    few = permissions(granted("EnvironmentView", "TaskView"))
    with FakePort(ROOT, SPACES, ME, few, CERTIFICATE, ENVIRONMENTS) as port:
        snapshot = read_snapshot(client_of(port, space="Fleet"))
    assert snapshot.missing_permissions(TARGET) == ("MachineView", "MachineCreate", "MachineEdit", "MachinePolicyView", "TaskCreate")
    assert snapshot.missing_permissions(WORKER) == ("WorkerView", "WorkerEdit", "MachinePolicyView", "TaskCreate")
    assert snapshot.records == {"machines": (), "workers": ()}


@pytest.mark.parametrize("status", [403, 404])
def test_nothing_is_claimed_when_the_server_does_not_tell(status: int) -> None:
    with FakePort(ROOT, SPACES, ME, permissions(NOT_FOUND, status), CERTIFICATE, POLICIES, ENVIRONMENTS, MACHINES, WORKERS) as port:
        assert read_snapshot(client_of(port, space="Fleet")).missing_permissions(TARGET) == ()


def test_the_certificate_has_two_paths() -> None:
    moved = Exchange(CERTIFICATE.request, NOT_FOUND, 404)
    other = Exchange("GET /api/certificates/certificate-global", {"Thumbprint": "CD" * 20})
    with FakePort(ROOT, SPACES, ME, permissions(granted(*NEEDED)), moved, other, POLICIES, ENVIRONMENTS, MACHINES, WORKERS) as port:
        assert read_snapshot(client_of(port, space="Fleet")).thumbprint == "CD" * 20


@pytest.mark.parametrize(
    ("told", "missing"),
    [
        (granted(*NEEDED, environments=("Environments-1",)), ()),
        (granted(*NEEDED, space_id=None), ()),
        (granted(*NEEDED, space_id="Spaces-1"), NEEDED),
        (granted(*NEEDED[1:]), NEEDED[:1]),
        ({"SpacePermissions": {}, "SystemPermissions": ["AdministerSystem"]}, NEEDED),
        ({"SpacePermissions": {}, "IsPermissionsComplete": False}, ()),
        ({"Permissions": {}}, ()),
    ],
)
def test_what_a_key_lacks_in_a_space(told: Any, missing: tuple[str, ...]) -> None:
    assert tuple(granted_by(told).lacks(NEEDED, "Spaces-2")) == missing


def test_in_which_environments_a_key_may_not() -> None:
    limited = granted(*NEEDED, environments=("environments-1", "Environments-2"))
    third = ("Environments-1", "Environments-3")
    assert granted_by(limited).beyond("MachineEdit", "Spaces-2", ("Environments-1", "ENVIRONMENTS-2")) == []
    assert granted_by(limited).beyond("MachineEdit", "Spaces-2", third) == ["Environments-3"]
    limited["SpacePermissions"]["MachineView"].append({"SpaceId": "Spaces-2", "RestrictedToEnvironmentIds": ["Environments-3"]})
    limited["SpacePermissions"]["MachineEdit"].append({"SpaceId": "Spaces-2", "RestrictedToEnvironmentIds": ["environments-all"]})
    assert [granted_by(limited).beyond(name, "Spaces-2", third) for name in ("MachineView", "MachineEdit")] == [[], []]
    assert granted_by(limited).beyond("MachineCreate", "Spaces-2", third) == ["Environments-3"]
    assert granted_by(limited).beyond("MachineDelete", "Spaces-2", third) == list(third)


def granted_by(told: Any) -> Granted:
    """Read a permission set."""
    return reading.granted(Reply(told, "https://octopus.example.com", "GET", "/api/users/Users-9/permissions"))


def test_a_list_is_read_when_something_of_it_is_named() -> None:
    held = Snapshot("https://octopus.example.com", "2026.3.1", "Spaces-2", "Fleet", "AB" * 20, {}, Granted(unknown=True))
    tag_sets = page(
        {"Id": "TagSets-1", "Name": "Ring", "Type": "SingleSelect", "Tags": [{"CanonicalTagName": "Ring/One"}, {"Name": "Two"}, 3]},
        {"Id": "TagSets-2", "Name": "Old", "Scopes": []},
        {"Id": "TagSets-3", "Name": "Of projects", "Scopes": ["Project"], "Tags": [{"CanonicalTagName": "Of projects/One"}]},
        {"Id": "TagSets-4", "Name": "Odd", "Type": 7, "Scopes": ["Tenant"], "Tags": {}},
    )
    tenants = Exchange("GET /api/Spaces-2/tenants?skip=0&take=1000", page({"Id": "Tenants-1", "Name": "Contoso", "Slug": "contoso"}))
    with FakePort(SPACES, tenants, POOLS, Exchange("GET /api/Spaces-2/tagsets?skip=0&take=1000", tag_sets)) as port:
        client = client_of(port, space="Spaces-2")
        assert read_list(client, TENANT, held) == [Named("Tenants-1", "Contoso", "contoso")]
        assert read_list(client, WORKER_POOL, held) == [Named("WorkerPools-1", "Builders"), Named("WorkerPools-2", "Cloud", closed=True)]
        assert read_list(client, TAG_SET, held) == [
            Named("TagSets-1", "Ring", type="SingleSelect", tags=("Ring/One",)),
            Named("TagSets-2", "Old"),
            Named("TagSets-4", "Odd"),
        ]


def test_a_list_that_the_key_may_not_see_is_not_asked_for() -> None:
    held = Snapshot("https://octopus.example.com", "2026.3.1", "Spaces-2", "Fleet", "AB" * 20, {}, Granted())
    with FakePort() as port:
        assert read_list(client_of(port, space="Spaces-2"), TENANT, held) == []
