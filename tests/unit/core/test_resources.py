"""The table: another type of resource is a row, and every rule holds for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.change import Change
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InputError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.endpoint import ListeningEndpoint, PollingEndpoint
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.field import Compare, Field
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.match import Match, match
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.permissions import Granted, lacking
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.plan import Wanted, plan, require_fields, resolve
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.registration import Known, Registration
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.resources import (
    ENVIRONMENT,
    MACHINE_POLICY,
    SPACE,
    TARGET,
    WORKER,
    WORKER_POOL,
    ResourceType,
)
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.snapshot import Named
from ansible_collections.octoboot.octopus.plugins.plugin_utils._work.register import Register
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.work.fakes import OURS, FakeServer, FakeSnapshot

WANTED = Wanted("w1", {"worker_pools": ("WorkerPools-1",)}, PollingEndpoint("poll://abc/", OURS))

ENDPOINT = ListeningEndpoint("https://w1.example.com:10933/", OURS)


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
    use_case = Register(Registration(WORKER, "w1", {"worker_pools": ["builders"]}, "w1"), FakeSnapshot(), FakeServer)
    use_case.check(Known(OURS))
    assert lacking(Granted({}), TARGET, "Spaces-1", ["Environments-1"], None) == {"MachineCreate": ["Environments-1"]}


@pytest.mark.parametrize("named", ["Cloud", "cloud ", "WorkerPools-2"])
def test_a_dynamic_pool_takes_nobody_however_it_is_named(named: str) -> None:
    with pytest.raises(InputError, match=r"names 'Cloud', a dynamic worker pool, .*: choose among 'Builders'") as caught:
        resolve(WORKER, {"worker_pools": ["builders", named]}, FakeSnapshot().meta())
    assert caught.value.option == "worker_pools"
    alone = replace(FakeSnapshot().meta(), lists={"workerpools": (Named("WorkerPools-2", "Cloud", closed=True),)})
    with pytest.raises(InputError, match="there is no other worker pool: make one in Octopus"):
        resolve(WORKER, {"worker_pools": [named]}, alone)


TEXTS = st.sampled_from(["A-1", "a-1", "B-2", "C-3"])
STATES: dict[str, st.SearchStrategy[Any]] = {
    "machine_policy": TEXTS,
    "disabled": st.booleans(),
    **dict.fromkeys(("environments", "target_tags", "worker_pools"), st.lists(TEXTS, max_size=3).map(tuple)),
}


@pytest.mark.parametrize("kind", [TARGET, WORKER], ids=lambda kind: kind.noun)
@given(data=st.data())
def test_what_is_planned_is_all_that_is_left_to_do_and_touches_nothing_that_was_not_said(kind: ResourceType, data: st.DataObject) -> None:
    options = {each.option: each.member for each in kind.fields if each.option in STATES}
    wanted = Wanted("w1", data.draw(st.fixed_dictionaries({}, optional={name: STATES[name] for name in options})), ENDPOINT)
    stated = st.fixed_dictionaries({}, optional={member: STATES[name].map(_as_json) for name, member in options.items()})
    others = st.dictionaries(st.sampled_from(["Slug", "TenantIds", "FieldOfANewerServer"]), st.integers())
    held = {**data.draw(others), **data.draw(stated), "Id": f"{kind.id_prefix}-1", "Name": data.draw(st.sampled_from(["w1", "W1", "w2"]))}
    planned = plan(kind, wanted, held, space_id="Spaces-1")
    assert plan(kind, wanted, planned.body, space_id="Spaces-1").changes == ()
    said = {"Name", "Endpoint", "Thumbprint", "Uri", *(options[name] for name in wanted.values)}
    assert {name: value for name, value in planned.body.items() if name not in said} == {
        name: value for name, value in held.items() if name not in said
    }


def _as_json(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize(
    ("text", "owned"),
    [("Spaces-1", True), ("Spaces-42", True), ("spaces-1", False), ("Spaces-", False), ("Spaces-x", False), ("Space", False)],
)
def test_the_shape_of_an_id(text: str, owned: bool) -> None:
    assert SPACE.owns(text) is owned
    assert TARGET.places is not None
    assert TARGET.named == (MACHINE_POLICY, ENVIRONMENT)
    assert (WORKER.places, WORKER.named) == (None, (MACHINE_POLICY,))
    assert WORKER.asked_for({"worker_pools": ["Builders"]}) == (WORKER_POOL,)


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
