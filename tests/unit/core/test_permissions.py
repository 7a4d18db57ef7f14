"""What a credential may do where."""

from __future__ import annotations

import json

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.permissions import NEEDED, Granted, lacking
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.resources import TARGET

STAGING, PRODUCTION = "Environments-1", "Environments-2"
EVERYWHERE: tuple[tuple[str | None, frozenset[str]], ...] = ((None, frozenset()),)
LIMITED = ((("Spaces-1", frozenset({STAGING.lower()}))),)
GRANTED = Granted({**dict.fromkeys(NEEDED, EVERYWHERE), "MachineCreate": LIMITED, "MachineEdit": LIMITED})


@pytest.mark.parametrize(
    ("wanted", "held", "lacks"),
    [
        ([STAGING], None, {}),
        ([PRODUCTION], None, {"MachineCreate": [PRODUCTION]}),
        ([STAGING, PRODUCTION], None, {"MachineCreate": [PRODUCTION]}),
        ([STAGING], [STAGING], {}),
        ([STAGING, PRODUCTION], [STAGING, PRODUCTION], {}),  # one of those that it is in is enough
        ([STAGING, PRODUCTION], [STAGING], {"MachineEdit": [PRODUCTION]}),
        ([PRODUCTION], [PRODUCTION], {"MachineEdit": [PRODUCTION]}),
        ([STAGING], [PRODUCTION], {"MachineEdit": [PRODUCTION]}),
        ([], [PRODUCTION], {"MachineEdit": [PRODUCTION]}),
        ([], [STAGING, PRODUCTION], {}),
        ([STAGING], [], {}),
    ],
)
def test_which_permission_is_missing_where(wanted: list[str], held: list[str] | None, lacks: dict[str, list[str]]) -> None:
    assert lacking(GRANTED, TARGET, "Spaces-1", wanted, held) == lacks


def test_another_space_is_another_matter_and_nothing_is_claimed_of_what_is_not_known() -> None:
    assert lacking(GRANTED, TARGET, "Spaces-2", [STAGING], None) == {"MachineCreate": [STAGING]}
    assert lacking(Granted(unknown=True), TARGET, "Spaces-2", [STAGING], None) == {}
    assert GRANTED.lacks(NEEDED, "Spaces-2") == ["MachineCreate", "MachineEdit"]
    assert Granted(unknown=True).lacks(NEEDED, "Spaces-2") == []


def test_permissions_survive_being_written_down() -> None:
    for granted in (GRANTED, Granted(unknown=True)):
        assert Granted.from_json(json.loads(json.dumps(granted.as_json()))) == granted
