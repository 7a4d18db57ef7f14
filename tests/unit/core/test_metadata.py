"""Metadata that groups carry: one variable, or the sum of its parts."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import MetadataError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.metadata import Gathered, as_strings, gather

TAGS = ("octopus_target_tags", "octopus_roles")


def test_nothing_said_is_not_an_empty_list() -> None:
    assert gather(TAGS, {"octopus_target_tags": None, "octopus_target_tags__web": None, "other": ["x"]}) == Gathered(None, {})
    assert gather(TAGS, {"octopus_target_tags": []}) == Gathered((), {})


def test_the_parts_of_all_groups_are_summed_in_the_order_of_their_names() -> None:
    variables = {"octopus_target_tags__web": ["web-server", "front"], "octopus_target_tags__api": ["api"], "octopus_roles__old": "legacy"}
    gathered = gather(TAGS, variables)
    assert gathered.values == ("legacy", "api", "web-server", "front")
    assert gathered.sources["front"] == "octopus_target_tags__web"
    assert gathered.sources["legacy"] == "octopus_roles__old"


def test_the_variable_itself_silences_the_parts() -> None:
    assert gather(TAGS, {"octopus_roles": ["only"], "octopus_target_tags__web": ["web"]}).values == ("only",)


def test_a_repeat_is_dropped_without_regard_to_case_and_the_first_spelling_stays() -> None:
    gathered = gather(TAGS, {"octopus_target_tags__api": ["Web"], "octopus_target_tags__web": ["web", "WEB"]})
    assert gathered == Gathered(("Web",), {"Web": "octopus_target_tags__api"})


def test_a_name_that_only_begins_alike_is_no_part() -> None:
    assert gather(TAGS, {"octopus_target_tags_web": ["web"], "octopus_rolesx__a": ["x"]}).values is None


@pytest.mark.parametrize(("value", "items"), [("a, b ,c", ["a", "b", "c"]), ("", []), (",,", []), (["a ", " "], ["a"]), (("a",), ["a"])])
def test_text_is_split_at_its_commas(value: Any, items: list[str]) -> None:
    assert as_strings("octopus_roles", value) == items


@pytest.mark.parametrize("value", [5, True, {"web": True}, ["web", 5], [["web"]], [None]])
def test_a_wrong_type_is_refused_with_the_name_of_its_variable(value: Any) -> None:
    with pytest.raises(MetadataError, match="'octopus_roles__web' must be a list of strings"):
        gather(TAGS, {"octopus_roles__web": value})
