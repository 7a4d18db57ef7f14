"""The table: another type of resource is a row, and every rule holds for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.change import Change
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InputError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.endpoint import PollingEndpoint
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.match import Match, match
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.permissions import Granted, lacking
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.plan import Wanted, plan, require_fields
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.registration import Known, Registration
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.resources import (
    ENVIRONMENT,
    MACHINE_POLICY,
    SPACE,
    TARGET,
    Compare,
    Field,
    Permissions,
    ResourceType,
)
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.snapshot import Named
from ansible_collections.octoboot.octopus.plugins.plugin_utils._work.register import Register

from tests.unit.work.fakes import OURS, FakeServer, FakeSnapshot

POOL = ResourceType("workerpools", "WorkerPools", "worker pool", Permissions("WorkerView", "WorkerEdit", "WorkerEdit", "WorkerEdit"))
WORKER = ResourceType(
    "workers", "Workers", "worker", POOL.permissions,
    name_filter="name", noun="worker", name_variable="octopus_worker_name", endpoint=True,
    fields=(
        Field("machine_policy", "MachinePolicyId", kind=MACHINE_POLICY),
        Field("disabled", "IsDisabled", initial=False),
        Field("worker_pools", "WorkerPoolIds", Compare.SET, kind=POOL, required=True, initial=()),
    ),
    new={"SkipInitialHealthCheck": True},
)  # fmt: skip
WANTED = Wanted("w1", {"worker_pools": ("WorkerPools-1",)}, PollingEndpoint("abc", OURS))


def test_a_worker_is_a_row_and_may_poll() -> None:
    made = plan(WORKER, WANTED, None, space_id="Spaces-1")
    assert made.changes[0] == Change("worker", None, "w1")
    assert made.body == {
        "SpaceId": "Spaces-1",
        "Name": "w1",
        "MachinePolicyId": None,
        "IsDisabled": False,
        "WorkerPoolIds": ["WorkerPools-1"],
        "SkipInitialHealthCheck": True,
        "Endpoint": {"CommunicationStyle": "TentacleActive", "Thumbprint": OURS, "Uri": "poll://abc/"},
    }
    record: dict[str, Any] = {**made.body, "Id": "Workers-1"}
    assert plan(WORKER, WANTED, record, space_id="Spaces-1").changes == ()
    assert match(Registration(WORKER, "W1", {}, ""), Known(OURS), [record]) == Match(record, adopted=False)
    with pytest.raises(InputError, match="a new worker needs"):
        require_fields(WORKER, {})


def test_a_resource_without_an_endpoint_needs_none() -> None:
    environment = ResourceType(
        "environments",
        "Environments",
        "environment",
        ENVIRONMENT.permissions,
        noun="environment",
        fields=(Field("description", "Description"),),
    )
    made = plan(environment, Wanted("Staging", {"description": "Before"}), None, space_id="Spaces-1")
    assert made.body == {"SpaceId": "Spaces-1", "Name": "Staging", "Description": "Before"}
    held = {"Id": "Environments-1", "Name": "Staging", "Description": "After", "SortOrder": 3}
    mended = plan(environment, Wanted("Staging", {"description": "Before"}), held, space_id="Spaces-1")
    assert mended.changes == (Change("description", "After", "Before"),)
    assert mended.body == {**held, "Description": "Before"}


def test_what_is_in_no_environment_asks_for_no_permission_by_environment() -> None:
    use_case = Register(Registration(WORKER, "w1", {"worker_pools": ["p"]}, "w1"), _Pools(), FakeServer)
    use_case.check(Known(OURS))
    assert lacking(Granted({}), TARGET, "Spaces-1", ["Environments-1"], None) == {"MachineCreate": ["Environments-1"]}


class _Pools(FakeSnapshot):
    def meta(self) -> Any:
        """Know one pool."""
        return replace(super().meta(), lists={"workerpools": (Named("WorkerPools-1", "p"),)})


@pytest.mark.parametrize(
    ("text", "owned"),
    [("Spaces-1", True), ("Spaces-42", True), ("spaces-1", False), ("Spaces-", False), ("Spaces-x", False), ("Space", False)],
)
def test_the_shape_of_an_id(text: str, owned: bool) -> None:
    assert SPACE.owns(text) is owned
    assert TARGET.places is not None
    assert TARGET.named == (MACHINE_POLICY, ENVIRONMENT)


@pytest.mark.parametrize(
    ("compare", "before", "after", "same"),
    [
        (Compare.EXACT, " a\n", "a", True),
        (Compare.EXACT, "A", "a", False),
        (Compare.EXACT, None, "", True),
        (Compare.EXACT, 1, 2, False),
        (Compare.CASELESS, "AB", "ab", True),
        (Compare.CASELESS, None, "ab", False),
        (Compare.SET, ["A ", "b"], ("B", "a"), True),
        (Compare.SET, None, (), True),
        (Compare.SET, ["a"], (), False),
        (Compare.URI, "https://A:443", "https://a/", True),
        (Compare.URI, "https://a:1/", "https://a/", False),
    ],
)
def test_when_a_field_is_the_same(compare: Compare, before: Any, after: Any, same: bool) -> None:
    assert Field("x", "X", compare).same(before, after) is same
