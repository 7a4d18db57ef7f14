"""Tenants, their tags and server-side proxies: the server's lists of them are read once, and by those who name some."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import Unreachable
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.permissions import Granted

from tests.unit.work.fakes import NEEDED, OURS

from .stage import Octopus, Stage, build

RINGS = ("Alpha", "Beta")
THINGS: dict[str, list[dict[str, Any]]] = {
    "tenants": [{"Id": "Tenants-1", "Name": "Contoso", "Slug": "contoso"}, {"Id": "Tenants-2", "Name": "Fabrikam"}],
    "proxies": [{"Id": "Proxies-1", "Name": "DMZ"}],
    "tagsets": [
        {"Id": "TagSets-1", "Name": "Ring", "Type": "SingleSelect", "Tags": [{"CanonicalTagName": f"Ring/{tag}"} for tag in RINGS]},
        {"Id": "TagSets-2", "Name": "Other", "Scopes": ["Environment"], "Tags": [{"CanonicalTagName": "Other/One"}]},
    ],
}  # fmt: skip
ALL = {
    "octopus_tenants__a": ["contoso"],
    "octopus_tenants__b": ["Fabrikam"],
    "octopus_tenant_tags__a": ["ring/beta"],
    "octopus_proxy": "dmz",
}


@pytest.fixture
def octopus() -> Octopus:
    """Return a server with tenants, tag sets and a proxy, which does not tell what its key may."""
    server = Octopus()
    server.snapshot = replace(server.snapshot, granted=Granted(unknown=True))
    server.things = dict(THINGS)
    return server


def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, octopus: Octopus, **of_web01: Any) -> Stage:
    """Return a stage of web01 with these variables, and web02 with none."""
    return build(tmp_path, monkeypatch, octopus, {"web01": of_web01, "web02": {}})


def test_what_groups_add_reaches_the_record_and_a_second_run_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, octopus: Octopus
) -> None:
    stage = played(tmp_path, monkeypatch, octopus, **ALL)
    foreseen = stage.task("deployment_target", "web01", thumbprint=OURS, check=True)
    assert octopus.records == {}
    told = stage.task("deployment_target", "web01", thumbprint=OURS)
    assert foreseen["changes"] == told["changes"]
    changes = {change["path"]: change["after"] for change in told["changes"]}
    assert (changes["tenants"], changes["tenant_tags"], changes["proxy"]) == (["Contoso", "Fabrikam"], ["Ring/Beta"], "DMZ")
    assert changes["tenanted_participation"] == "tenanted"
    assert told["sources"]["tenants"] == {"contoso": "octopus_tenants__a", "Fabrikam": "octopus_tenants__b"}
    (record,) = octopus.records.values()
    assert (record["TenantIds"], record["TenantTags"], record["TenantedDeploymentParticipation"]) == (
        ["Tenants-1", "Tenants-2"],
        ["Ring/Beta"],
        "Tenanted",
    )
    assert record["Endpoint"]["ProxyId"] == "Proxies-1"
    stage.next_run()
    octopus.asked.clear()
    assert stage.task("deployment_target", "web01", thumbprint=OURS)["result"] == "unchanged"
    assert octopus.asked == []
    taken = stage.task("deployment_target", "web01", thumbprint=OURS, tenants=[], tenant_tags=[], proxy="")
    assert taken["result"] == "updated"
    (record,) = octopus.records.values()
    assert (record["TenantIds"], record["TenantedDeploymentParticipation"], record["Endpoint"]["ProxyId"]) == ([], "Untenanted", None)


def test_the_lists_are_read_once_in_a_run_and_only_for_those_who_name_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, octopus: Octopus
) -> None:
    stage = played(tmp_path, monkeypatch, octopus, **ALL)
    for host in ("web02", "web02"):
        stage.task("deployment_target", host, thumbprint="B" * 40)
    assert octopus.listed == []
    stage.task("deployment_target", "web02", thumbprint="B" * 40, proxy="", tenants=[])
    assert octopus.listed == []
    for host, thumbprint in (("web01", OURS), ("web02", "B" * 40)):
        stage.task("deployment_target", host, thumbprint=thumbprint, tenants=["Contoso"])
    assert sorted(octopus.listed) == ["proxies", "tagsets", "tenants"]
    assert octopus.read == 1


def test_a_list_that_cannot_be_read_is_asked_for_once_and_told_to_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, octopus: Octopus
) -> None:
    stage = played(tmp_path, monkeypatch, octopus)
    assert not stage.task("deployment_target", "web01", thumbprint=OURS).get("failed")
    octopus.refuses = Unreachable("The server cannot be reached.", cause="refused")
    for host in ("web01", "web02"):
        told = stage.task("deployment_target", host, thumbprint=OURS, tenants=["Contoso"])
        assert told["failed"]
        assert told["msg"] == "The server cannot be reached."
    assert octopus.listed == ["tenants"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"tenants": ["Contosso"]}, "There is no tenant named 'Contosso' in space 'Default'. Did you mean 'Contoso'?"),
        ({"proxy": "DMS"}, "There is no machine proxy named 'DMS' in space 'Default'. Did you mean 'DMZ'?"),
        ({"tenant_tags": ["Ring/Betta"]}, "There is no tenant tag named 'Ring/Betta' in space 'Default'. Did you mean 'Ring/Beta'"),
        ({"tenant_tags": ["Other/One"]}, "There is no tenant tag named 'Other/One'"),
        ({"tenant_tags": ["Ring/Alpha", "Ring/Beta"]}, "'tenant_tags' has 'Ring/Alpha', 'Ring/Beta', and of the tag set 'Ring' one tag"),
        ({"tenant_tags": ["Beta"]}, "'tenant_tags' must hold tags with their sets"),
        ({"tenanted_participation": "tenanted"}, "'tenanted_participation' is 'tenanted', and the target has neither"),
        ({"tenanted_participation": "maybe"}, "'tenanted_participation' must be 'untenanted' or 'tenanted_or_untenanted' or 'tenanted'"),
        (
            {"tenanted_participation": "untenanted", "tenants": ["Contoso"]},
            "'tenanted_participation' is 'untenanted', and the target has tenants or tenant tags.",
        ),
    ],
)
def test_what_is_refused_is_refused_before_the_host_or_the_server_is_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, octopus: Octopus, said: dict[str, Any], words: str
) -> None:
    stage = played(tmp_path, monkeypatch, octopus, **{f"octopus_{option}": value for option, value in said.items()})
    told = stage.task("tentacle", "web01", for_registration=True)
    assert told["failed"]
    assert told["msg"].startswith(words.replace("'ten", "'octopus_ten", 1) if words.startswith("'") else words), told["msg"]
    assert stage.task("deployment_target", "web01", thumbprint=OURS, **said)["msg"].startswith(words)
    assert (stage.hosts.get("web01"), octopus.records) == (None, {})


def test_a_key_that_may_not_see_tenants_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, octopus: Octopus) -> None:
    octopus.snapshot = replace(octopus.snapshot, granted=Granted({name: ((None, frozenset()),) for name in NEEDED}))
    told = played(tmp_path, monkeypatch, octopus).task("deployment_target", "web01", thumbprint=OURS, tenants=["Contoso"])
    assert "The server showed none at all: the key may lack the permission TenantView." in told["msg"]
    assert octopus.listed == []
