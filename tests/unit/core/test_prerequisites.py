"""The options of what machines are registered with, and the tags of a tag set."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InputError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.items import Items, merged
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.prerequisites import MODULES, count, tags, time_span


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("01:30:00", "01:30:00"),
        ("1:30:00", "01:30:00"),
        ("48:00:00", "2.00:00:00"),
        ("7.00:00:00", "7.00:00:00"),
        ("1.24:00:00", "2.00:00:00"),
    ],
)
def test_a_time_is_written_as_octopus_writes_it(said: str, meant: str) -> None:
    assert time_span(said) == meant
    assert time_span(meant) == meant


@pytest.mark.parametrize("said", ["", "1 day", "90", "01:60:00", "01:00:60", "-01:00:00", "01:00", "٠1:00:00"])
def test_what_is_no_time_is_refused(said: str) -> None:
    with pytest.raises(InputError, match="must be a time such as"):
        time_span(said)


def test_tags_are_names_or_dictionaries_or_text() -> None:
    assert tags("North, South") == [{"name": "North"}, {"name": "South"}]
    assert tags([" North ", {"name": "South", "color": "#0D80D8", "description": None}]) == [
        {"name": "North"},
        {"name": "South", "color": "#0D80D8"},
    ]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ([3], "must be a list of names, or of dictionaries"),
        ([{"nome": "x"}], "must be a list of names, or of dictionaries"),
        ([{"color": "#000000"}], "must not be empty"),
        (["a/b"], "must not contain a slash"),
        ([{"name": "a", "color": "red"}], "a color is written as #RRGGBB"),
        (["North", {"name": "north"}], "names 'north' twice"),
    ],
)
def test_what_is_no_tag_is_refused(said: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        tags(said)


def test_a_tag_keeps_its_id_spelling_and_place() -> None:
    held: list[dict[str, Any]] = [{"Id": "1", "Name": "North", "Color": "#AABBCC", "SortOrder": 7}, {"Id": "2", "Name": "South"}]
    assert merged(held, Items(({"name": "NORTH", "color": "#aabbcc"},))) == held
    assert merged(held, Items(({"name": "south", "description": "warm"},), exclusive=True)) == [{**held[1], "Description": "warm"}]
    assert merged((), Items(({"name": "East"},))) == [{"Name": "East", "Color": "#333333", "Description": "", "SortOrder": 0}]


def test_a_count_is_not_negative() -> None:
    assert count(0) == 0
    for value in (-1, True):
        with pytest.raises(InputError, match="must be 0 or more"):
            count(value)


@pytest.mark.parametrize("module", MODULES)
def test_every_field_of_a_module_has_its_option(module: str) -> None:
    kind, options = MODULES[module]
    named = {option.name for option in options}
    assert {each.option for each in kind.fields} == named - {"state", "name", "update_password", "tags_exclusive"}
    assert kind.noun == module
