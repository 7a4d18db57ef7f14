"""Records of machines that are gone are removed, each after one more look; a second run changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import OctopusError, Rejected
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.identity import Identity
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.permissions import Granted
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.prune import Present, sort_out
from ansible_collections.octoboot.octopus.plugins.plugin_utils._work.prune import Prune, Pruned, Side

from .fakes import FakeServer, FakeSnapshot, machine

HERE, GONE, WAS, FOREIGN = "A" * 40, "B" * 40, "C" * 40, "D" * 40
MAY = Granted({permission: ((None, frozenset()),) for permission in ("MachineDelete", "WorkerEdit")})
STORED = (Identity("web01", HERE, ""), Identity("web02", GONE, "", (WAS,)), Identity("web03", "E" * 40, ""))
PRESENT = Present(frozenset({"web01"}), frozenset({"web01"}))


def away(number: int, name: str, thumbprint: str = GONE, **fields: Any) -> dict[str, Any]:
    return machine(number, name, thumbprint, **{"HealthStatus": "Unavailable", **fields})


def worker(record: dict[str, Any]) -> dict[str, Any]:
    return {**record, "Id": record["Id"].replace("Machines", "Workers")}


RECORDS = (
    machine(1, "web01", HERE, HealthStatus="Unavailable"),
    away(2, "web02"),
    worker(away(3, "web02", WAS)),
    away(4, "other", FOREIGN),
    away(5, "ssh", Endpoint={"CommunicationStyle": "Ssh", "Thumbprint": GONE, "Uri": ""}),
    machine(6, "web03", "E" * 40),
)


def prune(*sides: Side, check_mode: bool = False, include_healthy: bool = False, most: int | None = None) -> Pruned:
    return Prune(sort_out(STORED, PRESENT), PRESENT, include_healthy, most).run(sides, check_mode=check_mode)


def side(server: FakeServer, granted: Granted = MAY) -> Side:
    return Side(FakeSnapshot(*server.records.values(), granted=granted), lambda: server)


def names(found: list[Any]) -> list[tuple[str, str]]:
    return [(each.as_dict()["kind"], each.as_dict()["name"]) for each in found]


def test_they_go_and_nothing_else_and_a_second_run_changes_nothing() -> None:
    server = FakeServer(*RECORDS)
    foreseen = prune(side(server), check_mode=True)
    assert (names(foreseen.vanished), server.asked) == ([("target", "web02"), ("worker", "web02")], [])
    done = prune(side(server))
    assert done.as_dict() == foreseen.as_dict()
    assert done.as_dict()["changed"]
    assert [(change.before, change.after) for change in done.changes] == [("web02", None), ("web02", None)]
    assert names(done.kept) == [("target", "web03")]
    assert list(server.records) == ["Machines-1", "Machines-4", "Machines-5", "Machines-6"]
    assert server.asked == ["get", "delete"] * 2
    for check_mode in (True, False):
        again = prune(side(server), check_mode=check_mode)
        assert (again.as_dict()["changed"], again.vanished, again.failures) == (False, [], [])


def test_the_healthy_go_when_that_is_said() -> None:
    server = FakeServer(*RECORDS)
    assert names(prune(side(server), include_healthy=True, most=3).vanished)[1] == ("target", "web03")
    assert "Machines-6" not in server.records


def test_too_many_are_refused_and_told() -> None:
    server = FakeServer(*RECORDS)
    for check_mode in (True, False):
        told = prune(side(server), most=1, check_mode=check_mode)
        assert "is 1, and 2 of the fleet's 4 records would go" in str(told.refused)
        assert (len(told.vanished), told.changes, server.asked) == (2, [], [])


@pytest.mark.parametrize(
    "change",
    [{"Name": "shop"}, {"Thumbprint": FOREIGN}, {"HealthStatus": "Healthy"}, {"Endpoint": {"CommunicationStyle": "Ssh"}}],
    ids=lambda change: next(iter(change)),
)
def test_what_has_changed_meanwhile_is_left(change: dict[str, Any]) -> None:
    server = FakeServer(*RECORDS)
    at = side(server)
    server.before["get"] = lambda: server.records["Machines-2"].update(change)
    told = prune(at)
    assert "Machines-2" in server.records
    assert names(told.vanished) == [("worker", "web02")]
    assert told.as_dict()["kept"][-1]["reason"] == "It has changed since it was read."
    assert (len(told.changes), told.failures) == (1, [])


def test_what_another_run_was_quicker_to_remove_is_no_change() -> None:
    server = FakeServer(*RECORDS)
    at = side(server)
    server.before["get"] = lambda: server.records.pop("Machines-2")
    told = prune(at)
    assert ([change.path.split("'")[0] for change in told.changes], told.failures) == (["worker "], [])


def test_a_lost_reply_is_settled_by_looking() -> None:
    server = FakeServer(*RECORDS)
    server.lost.add("delete")
    assert len(prune(side(server)).changes) == 2


def raising(error: OctopusError) -> Callable[[], object]:
    def fail() -> None:
        raise error

    return fail


def test_what_one_server_refuses_does_not_keep_the_others() -> None:
    first, second = FakeServer(*RECORDS), FakeServer(*RECORDS)
    sides = (side(first), side(second))
    first.before["delete"] = raising(Rejected("It is locked."))
    told = prune(*sides)
    assert len(told.changes) == 3
    assert [failure for failure in told.failures if failure.startswith("Deployment target 'web02'")] == told.failures
    assert told.failures[0].endswith("of https://octopus.example.com: It is locked.")
    assert "Machines-2" in first.records
    assert "Machines-2" not in second.records


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_missing_permission_is_named_once_and_the_others_are_used(check_mode: bool) -> None:
    server = FakeServer(*RECORDS, away(7, "web02-old", WAS))
    told = prune(side(server, Granted({"WorkerEdit": ((None, frozenset()),)})), check_mode=check_mode, most=9)
    assert told.failures == [
        "The API key lacks the permission MachineDelete in space 'Default' of https://octopus.example.com. "
        "The role 'Environment Manager' has all that is needed."
    ]
    assert [change.path.split("'")[0] for change in told.changes] == ["worker "]
    assert {"Machines-2", "Machines-7"} <= server.records.keys()
