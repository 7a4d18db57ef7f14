"""What is named and missing is made; one that fails does not keep the others from it."""

from __future__ import annotations

from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import PermissionDenied
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.managed import Thing
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus import prerequisites as rows
from ansible_collections.octoboot.octopus.plugins.plugin_utils._work.managed import make

from .fakes import FakeServer

WANTED = (
    Thing(rows.ENVIRONMENT, "Staging"),
    Thing(rows.ENVIRONMENT, "Lab"),
    Thing(rows.WORKER_POOL, "Builders"),
    Thing(rows.TAG_SET, "Region", "North"),
    Thing(rows.TAG_SET, "region", "South"),
)


def made(server: FakeServer, *, check_mode: bool = False) -> list[tuple[str, str, str | None]]:
    return sorted((str(each.thing), each.result, each.failure) for each in make(WANTED, server, check_mode=check_mode))


def denied() -> None:
    raise PermissionDenied("The key lacks EnvironmentCreate.")


def test_what_is_missing_is_made_once_and_check_mode_says_so() -> None:
    server = FakeServer({"Id": "Environments-1", "Name": "staging"})
    foreseen = made(server, check_mode=True)
    assert [(name, result) for name, result, _failure in foreseen] == [
        ("Builders", "created"),
        ("Lab", "created"),
        ("Region/North", "created"),
        ("Staging", "unchanged"),
        ("region/South", "created"),
    ]
    assert "create" not in server.asked
    assert made(server) == foreseen
    assert server.asked.count("create") == 3
    assert {record["Name"] for record in server.records.values()} == {"staging", "Lab", "Builders", "Region"}
    server.asked.clear()
    assert {result for _name, result, _failure in made(server)} == {"unchanged"}
    assert server.asked == ["list"] * 3
    server.records["TagSets-103"]["Tags"].pop()
    assert [(name, result) for name, result, _failure in made(server) if result != "unchanged"] == [("region/South", "updated")]


def test_one_that_is_refused_does_not_keep_the_others_from_it() -> None:
    server = FakeServer()
    server.before["create"] = denied
    failures = [(name, failure) for name, _result, failure in made(server) if failure]
    assert failures == [("Staging", "The key lacks EnvironmentCreate.")]
    assert {record["Name"] for record in server.records.values()} == {"Lab", "Builders", "Region"}
    server = FakeServer()
    server.before["list"] = denied
    assert [name for name, _result, failure in made(server) if failure] == ["Lab", "Staging"]
