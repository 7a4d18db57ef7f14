"""What a run may make of what its inventory names."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InputError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.managed import KINDS, Thing, kinds, lacks, said_of, things
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus import prerequisites as rows
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.items import Items
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.registration import Registration
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.resources import TARGET, WORKER, ResourceType

NORTH = {"Name": "North", "CanonicalTagName": "Region/North"}
REGION = {"Id": "TagSets-1", "Name": "Region", "Type": "SingleSelect", "Tags": [NORTH]}


def named(kind: ResourceType, *managed: str, **said: Any) -> list[tuple[str, str]]:
    return [(each.kind.path, each.name) for each in things(Registration(kind, "web01", said, "host"), managed)]


def test_only_what_may_be_made_is_taken_and_each_name_once() -> None:
    said = {"environments": ("Staging", " staging", "Test"), "machine_policy": "Quiet"}
    assert named(TARGET, "environments", **said) == [("environments", "Staging"), ("environments", "Test")]
    assert named(TARGET, "worker_pools", **said) == []
    assert named(TARGET, "environments") == []
    assert named(WORKER, *KINDS, worker_pools=("Builders",)) == [("workerpools", "Builders")]


def test_the_tags_of_tenants_are_made_in_their_set_and_what_is_no_tag_is_left_to_who_reads_it() -> None:
    said = {"tenants": ["Acme"], "tenant_tags": ["Region/North", "region/NORTH", " Region / South", "bad", "a/b/c"]}
    found = things(Registration(TARGET, "w", said, ""), KINDS)
    assert [(each.kind.path, str(each)) for each in found] == [
        ("tenants", "Acme"),
        ("tagsets", "Region/North"),
        ("tagsets", "Region/South"),
    ]


def test_what_the_server_has_by_whatever_name_is_not_lacking_and_an_id_is_no_name() -> None:
    listed = ({"Id": "Environments-1", "Name": "Staging", "Slug": "stage"},)
    wanted = [Thing(rows.ENVIRONMENT, name) for name in ("STAGING", "stage", "environments-1", "Environments-9", "Staging 2")]
    assert [each.name for each in wanted if lacks(each, listed)] == ["Staging 2"]


def test_of_a_tag_set_a_tag_is_lacking_unless_any_text_will_do() -> None:
    north, south = (Thing(rows.TAG_SET, "region", tag) for tag in ("NORTH", "South"))
    assert not lacks(north, (REGION,))
    assert lacks(south, (REGION,))
    assert lacks(south, ())
    assert not lacks(south, ({**REGION, "Type": "FreeText"},))
    assert said_of([south]) == {"tags": Items(({"name": "South"},))}


def test_a_word_that_is_no_kind_is_refused_with_the_right_one() -> None:
    assert kinds(["environments", "environments", "tenants"]) == ["environments", "tenants"]
    with pytest.raises(InputError, match=r"which is nothing that can be made by its name\. Did you mean 'environments'"):
        kinds(["environment"])
    with pytest.raises(InputError, match="There are environments, worker_pools, tenants, tag_sets"):
        kinds(["x"])
