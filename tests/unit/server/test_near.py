"""Which names were probably meant."""

from __future__ import annotations

from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.near import near_misses, unknown

NAMES = ["Development", "Staging", "Production", "Staging EU"]


def test_the_nearest_comes_first() -> None:
    assert near_misses("stagin ", NAMES) == ["Staging", "Staging EU"]
    assert near_misses("STAGING", NAMES, limit=1) == ["Staging"]
    assert near_misses("zzz", NAMES) == []


def test_near_misses_are_offered() -> None:
    assert (
        unknown("environment", "Stagin", NAMES, where="in space 'Default'")
        == "There is no environment named 'Stagin' in space 'Default'. Did you mean 'Staging' or 'Staging EU'?"
    )


def test_a_name_like_no_other_is_answered_with_what_there_is() -> None:
    assert unknown("environment", "zzz", NAMES[:2]) == "There is no environment named 'zzz'. There are 'Development', 'Staging'."
    assert unknown("environment", "zzz", [f"E{number}" for number in range(10)]).endswith("'E7' and 2 more.")


def test_an_empty_list_points_to_the_permission() -> None:
    assert "may lack the permission EnvironmentView" in unknown("environment", "Staging", [], permission="EnvironmentView")
