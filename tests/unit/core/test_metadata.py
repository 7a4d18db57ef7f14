"""Metadata that groups carry: one variable, or the sum of its parts."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InputError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.metadata import Gathered, as_strings, gather
from hypothesis import given
from hypothesis import strategies as st

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


@pytest.mark.parametrize(
    ("value", "items"),
    [
        ("a, b ,c", ["a", "b", "c"]),
        (",,", []),
        (["a ", " "], ["a"]),
        (("a",), ["a"]),
        ("a\nb\n", ["a", "b"]),
        ("['web', 'api']", ["web", "api"]),
        ('["web", " api "]', ["web", "api"]),
        ("[]", []),
        ([2019, 1.5], ["2019", "1.5"]),
        ("Größe, 日本", ["Größe", "日本"]),
    ],
)
def test_a_list_is_read_however_it_was_written(value: Any, items: list[str]) -> None:
    assert as_strings(value) == items


@pytest.mark.parametrize("value", [None, "", "  ", "\n"])
def test_a_blank_says_nothing_so_that_groups_still_speak(value: Any) -> None:
    assert as_strings(value) is None
    assert gather(TAGS, {"octopus_target_tags": value, "octopus_target_tags__web": ["web"]}).values == ("web",)


@pytest.mark.parametrize(
    "value", [5, True, {"web": True}, [["web"]], [None], [True], "[1, 2", "['a'", "{'a': 1}", "a;b", ["a\nb"], ["a\x1b[0m"], "[" * 5000]
)
def test_anything_else_is_refused_with_the_name_of_its_variable(value: Any) -> None:
    with pytest.raises(InputError, match=r"^must be a list") as refused:
        gather(TAGS, {"octopus_roles__web": value})
    assert refused.value.option == "octopus_roles__web"
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 300


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
)
def test_any_value_ends_in_a_list_or_in_one_sentence(value: Any) -> None:
    try:
        items = as_strings(value)
    except InputError as error:
        assert str(error).isprintable()
    else:
        assert items is None or all(item == item.strip() and item for item in items)
