"""What machines are registered with: brought about and removed, whatever the server does meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.change import Change
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InputError, MatchError, ReplyLost, UnknownName
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus import prerequisites as rows
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.field import Record
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.items import Items
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.resources import ResourceType
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.snapshot import Named
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.secret import Secret
from ansible_collections.octoboot.octopus.plugins.plugin_utils._work.prerequisites import Prerequisite

from .fakes import FakeServer

TEAM = {"Id": "Teams-1", "Name": "Crew"}
USER = {"Id": "Users-1", "Name": "", "Username": "jane"}
NORTH = {
    "Id": "TagSets-1/Tags-1",
    "Name": "North",
    "CanonicalTagName": "Region/North",
    "Color": "#112233",
    "Description": "cold",
    "SortOrder": 4,
}
TAG_SET = {"Id": "TagSets-1", "Name": "Region", "Tags": [NORTH]}

SAID: list[tuple[ResourceType, dict[str, Any], dict[str, Any]]] = [
    (rows.ENVIRONMENT, {"description": "d", "guided_failure": True}, {"description": "e"}),
    (rows.WORKER_POOL, {"type": "DynamicWorkerPool", "worker_type": "UbuntuDefault"}, {"worker_type": "WindowsDefault"}),
    (rows.MACHINE_POLICY, {"health_check_interval": "02:00:00"}, {"health_check_interval": "03:00:00", "cleanup": "DoNotDelete"}),
    (rows.MACHINE_PROXY, {"host": "proxy", "password": Secret("planted")}, {"port": 3128}),
    (rows.TAG_SET, {"tags": Items(({"name": "North"},))}, {"tags": Items(({"name": "north", "color": "#AABBCC"}, {"name": "South"}))}),
    (rows.TENANT, {"tags": ["Region/North"]}, {"tags": [], "disabled": True}),
    (rows.SPACE, {"manager_teams": ["crew"]}, {"managers": ["Jane"]}),
]


def of(kind: ResourceType, name: str, server: FakeServer, /, *, renew: bool = False, **said: Any) -> Prerequisite:
    return Prerequisite(kind, name, said, server, renew=renew)


@pytest.mark.parametrize(("kind", "first", "then"), SAID, ids=[kind.noun for kind, *_ in SAID])
def test_each_is_made_left_changed_and_removed_and_check_mode_says_so_before(
    kind: ResourceType, first: dict[str, Any], then: dict[str, Any]
) -> None:
    server = FakeServer(TEAM, USER, *([TAG_SET] if kind is rows.TENANT else []))

    def records() -> Sequence[Record]:
        return server.list_all(kind)

    foreseen = of(kind, "New", server, **first).bring(check_mode=True)
    assert (foreseen.result, foreseen.id, records()) == ("created", None, [])
    made = of(kind, "New", server, **first).bring(check_mode=False)
    assert (made.result, made.name) == ("created", "New")
    assert [(change.path, change.after) for change in foreseen.changes][1:] == [(each.path, each.after) for each in made.changes][1:]
    server.asked.clear()
    for check_mode in (True, False):
        same = of(kind, "new", server, **first).bring(check_mode=check_mode)
        assert (same.result, same.changes, same.name) == ("unchanged", (), "New")
    assert not {"create", "update", "get"} & set(server.asked)
    before = records()
    assert of(kind, "new", server, **then).bring(check_mode=True).result == "updated"
    assert records() == before
    changed = of(kind, "new", server, **then).bring(check_mode=False)
    assert (changed.result, changed.id) == ("updated", made.id)
    assert [change.path for change in changed.changes] == sorted(then, key=[each.option for each in kind.fields].index)
    assert of(kind, "new", server, **then).bring(check_mode=False).changes == ()
    assert of(kind, "new", server, **first, **{k: v for k, v in then.items() if k not in first}).bring(check_mode=True).id == made.id
    assert of(kind, "NEW", server).remove(check_mode=True).changes == (Change(kind.noun, "New", None),)
    assert records()
    assert of(kind, "NEW", server).remove(check_mode=False).result == "deleted"
    assert of(kind, "NEW", server).remove(check_mode=False).result == "absent"


def test_a_new_policy_begins_as_the_servers_template_and_nothing_else_asks_for_one() -> None:
    server = FakeServer()
    of(rows.MACHINE_POLICY, "Quiet", server, cleanup_after="1.00:00:00").bring(check_mode=False)
    (policy,) = server.list_all(rows.MACHINE_POLICY)
    assert policy["Template"] == "machinepolicies"
    assert policy["MachineCleanupPolicy"] == {"DeleteMachinesElapsedTimeSpan": "1.00:00:00"}
    of(rows.ENVIRONMENT, "Lab", server).bring(check_mode=False)
    assert server.asked.count("template") == 1


def test_what_is_not_said_stays_also_inside_of_objects_and_tags() -> None:
    policy = {
        "Id": "MachinePolicies-1",
        "Name": "P",
        "MachineUpdatePolicy": {"TentacleUpdateBehavior": "Update", "TentacleUpdateAccountId": "A"},
    }
    server = FakeServer(policy, TAG_SET)
    of(rows.MACHINE_POLICY, "P", server, tentacle_update="NeverUpdate").bring(check_mode=False)
    assert server.records["MachinePolicies-1"]["MachineUpdatePolicy"] == {
        "TentacleUpdateBehavior": "NeverUpdate",
        "TentacleUpdateAccountId": "A",
    }
    result = of(rows.TAG_SET, "region", server, tags=Items(({"name": "NORTH", "color": "#112233"}, {"name": "South"}))).bring(
        check_mode=False
    )
    north, south = server.records["TagSets-1"]["Tags"]
    assert north == NORTH
    assert (south["Name"], south["SortOrder"]) == ("South", 5)
    assert [tag["name"] for tag in result.changes[0].after] == ["North", "South"]
    of(rows.TAG_SET, "region", server, tags=Items(({"name": "South"},), exclusive=True)).bring(check_mode=False)
    assert server.records["TagSets-1"]["Tags"] == [south]


def test_a_password_is_written_where_there_is_none_or_when_that_is_asked_for_and_never_told() -> None:
    server = FakeServer()
    said: dict[str, Any] = {"host": "proxy", "password": Secret("planted")}
    made = of(rows.MACHINE_PROXY, "dmz", server, **said).bring(check_mode=False)
    assert "planted" not in repr(made.as_dict())
    assert [change.after for change in made.changes if change.path == "password"] == ["(a new one)"]
    assert not of(rows.MACHINE_PROXY, "dmz", server, **said).bring(check_mode=False).changes
    again = of(rows.MACHINE_PROXY, "dmz", server, renew=True, **said).bring(check_mode=False)
    assert again.changes == (Change("password", "(not told)", "(a new one)"),)


def test_the_team_that_the_server_makes_for_a_space_goes_back_as_it_came() -> None:
    server = FakeServer(TEAM, USER)
    space = of(rows.SPACE, "Payments", server, managers=["jane"]).bring(check_mode=False)
    own = f"teams-spacemanagers-{space.id}"
    assert server.records[str(space.id)]["SpaceManagersTeams"] == [own]
    of(rows.SPACE, "Payments", server, manager_teams=["Crew"]).bring(check_mode=False)
    assert server.records[str(space.id)]["SpaceManagersTeams"] == ["Teams-1", own]
    assert "SpaceId" not in server.records[str(space.id)]


def test_what_cannot_be_made_or_changed_is_refused_before_anything_is_written() -> None:
    pool = {"Id": "WorkerPools-1", "Name": "Static", "WorkerPoolType": "StaticWorkerPool"}
    server = FakeServer(pool, TEAM)
    refusals: list[tuple[type[Exception], str, Prerequisite]] = [
        (InputError, "needs it", of(rows.MACHINE_PROXY, "dmz", server)),
        (InputError, "at least one here or in 'managers'", of(rows.SPACE, "Payments", server)),
        (UnknownName, "There is no team named 'Crow'. Did you mean 'Crew'", of(rows.SPACE, "Payments", server, manager_teams=["Crow"])),
        (InputError, "is 'StaticWorkerPool' and cannot be changed", of(rows.WORKER_POOL, "static", server, type="DynamicWorkerPool")),
    ]
    tags = FakeServer(TAG_SET)
    refusals.append(
        (UnknownName, "There is no tenant tag named 'Region/Nort'. Did you mean", of(rows.TENANT, "A", tags, tags=["Region/Nort"]))
    )
    refusals.append((InputError, "must hold tags with their sets", of(rows.TENANT, "A", tags, tags=["North"])))
    for error, words, thing in refusals:
        for check_mode in (True, False):
            with pytest.raises(error, match=words):
                thing.bring(check_mode=check_mode)
    assert not {"create", "update"} & set(server.asked)


def test_a_space_is_stopped_before_it_is_removed_only_when_that_is_said() -> None:
    space = {"Id": "Spaces-2", "Name": "Old", "TaskQueueStopped": False, "SpaceManagersTeams": []}
    server = FakeServer(space)
    of(rows.SPACE, "old", server, task_queue_stopped=True).remove(check_mode=False)
    assert [what for what in server.asked if what in ("update", "delete")] == ["update", "delete"]
    server = FakeServer(space)
    of(rows.SPACE, "old", server).remove(check_mode=False)
    assert "update" not in server.asked


def test_a_lost_reply_is_settled_by_what_the_server_holds() -> None:
    server = FakeServer()
    server.lost = {"create", "update", "delete"}
    assert of(rows.ENVIRONMENT, "Lab", server, description="d").bring(check_mode=False).result == "created"
    assert of(rows.ENVIRONMENT, "Lab", server, description="e").bring(check_mode=False).result == "updated"
    assert of(rows.ENVIRONMENT, "Lab", server).remove(check_mode=False).result == "deleted"
    server = FakeServer({"Id": "Environments-1", "Name": "Lab"})
    server.unheard = {"delete"}
    with pytest.raises(ReplyLost):
        of(rows.ENVIRONMENT, "Lab", server).remove(check_mode=False)


def test_what_was_renamed_deleted_or_made_by_others_meanwhile_is_minded() -> None:
    lab = {"Id": "Environments-1", "Name": "Lab"}
    server = FakeServer(lab)
    server.before["get"] = lambda: server.records["Environments-1"].update(Name="Other")
    with pytest.raises(MatchError, match="has got another name"):
        of(rows.ENVIRONMENT, "Lab", server).remove(check_mode=False)
    server = FakeServer(lab)
    server.before["get"] = lambda: server.records.clear()
    assert of(rows.ENVIRONMENT, "Lab", server).remove(check_mode=False).result == "absent"
    server = FakeServer()
    server.before["create"] = lambda: server.records.update({"Environments-1": {**lab, "Description": "theirs"}})
    result = of(rows.ENVIRONMENT, "Lab", server, description="ours").bring(check_mode=False)
    assert (result.result, server.records["Environments-1"]["Description"]) == ("updated", "ours")


def test_what_check_mode_foresees_may_be_named_by_what_follows() -> None:
    server = FakeServer()
    foreseen = of(rows.TAG_SET, "Region", server, tags=Items(({"name": "North"},))).bring(check_mode=True).named
    assert foreseen == Named("(Region)", "Region", tags=("Region/North",))
    tenant = Prerequisite(rows.TENANT, "Acme", {"tags": ["region/north"]}, server, new={"tagsets": [foreseen]})
    assert [change.after for change in tenant.bring(check_mode=True).changes if change.path == "tags"] == [["Region/North"]]
    with pytest.raises(UnknownName):
        of(rows.TENANT, "Acme", server, tags=["region/north"]).bring(check_mode=True)
