"""Every type of resource of the table: applying the plan makes the next plan empty, and touches nothing that was not said."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InputError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus import prerequisites, resources
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.field import Compare, Field
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.items import Items
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.plan import Wanted, plan
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.resources import ResourceType
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.tenancy import PARTICIPATION, PARTICIPATIONS
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.secret import Secret
from hypothesis import given
from hypothesis import strategies as st

TYPES = (*prerequisites.PREREQUISITES, *(each for each in vars(resources).values() if isinstance(each, ResourceType) and each.fields))
TEXTS = st.text(alphabet="abAB /-1", max_size=4)
NAMES = st.sampled_from(["a", "A", "b", " b ", "c"])
COLORS = st.sampled_from(["#112233", "#aabbcc", "#AABBCC"])
SAID_ITEM = st.fixed_dictionaries({"name": NAMES}, optional={"color": COLORS, "description": TEXTS})
HELD_ITEM = st.fixed_dictionaries({"Name": NAMES}, optional={"Color": COLORS, "Description": TEXTS, "SortOrder": st.integers(0, 9)})


def unlike(name: Any) -> str:
    return str(name).strip().casefold()


def wanted_values(each: Field) -> st.SearchStrategy[Any]:
    """Return what may be said of a field."""
    if each.option == PARTICIPATION:
        return st.sampled_from(list(PARTICIPATIONS.values()))
    if each.compare is Compare.SET:
        return st.lists(TEXTS, max_size=3).map(tuple)
    if each.compare is Compare.ITEMS:
        items = st.lists(SAID_ITEM, max_size=3, unique_by=lambda item: unlike(item["name"]))
        return st.builds(Items, items.map(tuple), st.booleans())
    if each.compare is Compare.WRITE_ONLY:
        return st.just(Secret("planted"))
    return {bool: st.booleans(), int: st.integers(0, 9)}.get(type(each.initial) if isinstance(each.initial, bool) else each.of, TEXTS)


def held_values(each: Field) -> st.SearchStrategy[Any]:
    """Return what a server may hold in a field."""
    if each.compare is Compare.ITEMS:
        return st.lists(HELD_ITEM, max_size=3, unique_by=lambda item: unlike(item["Name"]))
    if each.compare is Compare.WRITE_ONLY:
        return st.just({"HasValue": False, "NewValue": None})
    if each.compare is Compare.SET:
        return st.lists(TEXTS | st.just(f"{each.theirs or 'x'}1"), max_size=3)
    return wanted_values(each)


@st.composite
def records(draw: st.DrawFn, kind: ResourceType) -> dict[str, Any]:
    record: dict[str, Any] = {"Id": "X-1", "Name": "n", "Extra": {"kept": [1]}, "Slug": "n"}
    for each in kind.fields:
        if draw(st.booleans()):
            *path, last = each.member.split(".")
            place = record
            for part in path:
                place = place.setdefault(part, {"Beside": 1})
            place[last] = draw(held_values(each))
    return record


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: f"{kind.path}-{len(kind.fields)}")
@given(data=st.data())
def test_the_plan_carried_out_leaves_nothing_to_do_and_the_rest_alone(kind: ResourceType, data: st.DataObject) -> None:
    record = data.draw(st.none() | records(kind))
    fields = [each for each in kind.fields if not (each.fixed and record)]
    chosen = data.draw(st.lists(st.sampled_from(fields), unique_by=lambda each: each.option, max_size=5)) if fields else []
    said = {each.option: data.draw(wanted_values(each)) for each in chosen}
    try:
        made = plan(kind, Wanted("n", said), record, space_id="Spaces-1")
    except InputError:  # it contradicts itself, or the record
        assert kind.finish
        return
    after = {**made.body, "Id": "X-1"}
    secrets = {each.option for each in chosen if each.compare is Compare.WRITE_ONLY}
    again = plan(kind, Wanted("n", {option: value for option, value in said.items() if option not in secrets}), after, space_id="Spaces-1")
    assert again.changes == ()
    followed = {PARTICIPATION} if kind.finish and made.changes else set()
    assert {change.path for change in made.changes} <= {*said, "name", kind.noun, *followed}
    assert "planted" not in repr(made.changes)
    if record is not None:
        touched = {*said, *followed}
        assert untouched(record, touched, kind) == untouched(after, touched, kind)


def untouched(record: Mapping[str, Any], said: Collection[str], kind: ResourceType) -> dict[str, Any]:
    """Return a record by the paths of its members, without those that were said; of a list, the part that is the server's own stays."""
    left = leaves(record)
    for each in kind.fields:
        if each.option in said:
            value = left.pop(each.member, None)
            own = [item for item in value or () if item.startswith(each.theirs)] if each.theirs else []
            left |= {each.member: own} if own else {}
    return left


def leaves(value: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, item in value.items():
        path = f"{before}{name}"
        found |= leaves(item, f"{path}.") if isinstance(item, Mapping) and "HasValue" not in item else {path: item}
    return found
