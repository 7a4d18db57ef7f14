"""One registration: refused, compared, brought about, removed."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.change import Change
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import (
    ForeignThumbprint,
    InputError,
    MatchError,
    PermissionDenied,
    Rejected,
    ReplyLost,
    UnknownName,
)
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.permissions import Granted
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.registration import Known, Registration
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.resources import TARGET
from ansible_collections.octoboot.octopus.plugins.plugin_utils._work.register import Register

from tests.unit.work.fakes import FOREIGN, FORMER, NEEDED, OURS, FakeServer, FakeSnapshot, machine

KNOWN = Known(OURS, (FORMER,))
SAID = {"environments": ["staging"], "target_tags": ["web"]}
WEB01 = Registration(TARGET, "web01", SAID, "web01.example.com")
EVERYWHERE: tuple[tuple[str | None, frozenset[str]], ...] = ((None, frozenset()),)
STAGING_ONLY: tuple[tuple[str | None, frozenset[str]], ...] = (("Spaces-1", frozenset({"environments-1"})),)


def no_server() -> FakeServer:
    """Refuse to make a client."""
    raise AssertionError("a request was made")


def register(
    *seen: dict[str, Any], server: FakeServer | None = None, of: Registration = WEB01, granted: Granted | None = None, **said: Any
) -> Register:
    """Return the use case before a snapshot of `seen`."""
    registration = replace(of, said={**of.said, **said})
    return Register(registration, FakeSnapshot(*seen, granted=granted), (lambda: server) if server else no_server)


def but(record: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return a record with other members."""
    return {**record, **fields}


HERE = machine(1, "web01")


def test_an_unchanged_record_costs_no_request() -> None:
    result = register(HERE).bring(KNOWN, 10933, check_mode=False)
    assert result.as_dict() == {
        "changed": False,
        "result": "unchanged",
        "name": "web01",
        "id": "Machines-1",
        "thumbprint": OURS,
        "uri": "https://web01.example.com:10933/",
        "changes": [],
    }


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_new_record(check_mode: bool) -> None:
    server = FakeServer()
    result = register(server=None if check_mode else server).bring(KNOWN, 10934, check_mode=check_mode)
    assert (result.result, result.uri) == ("created", "https://web01.example.com:10934/")
    assert result.changes[0] == Change("target", None, "web01")
    assert Change("environments", [], ["Staging"]) in result.changes
    assert server.asked == ([] if check_mode else ["create"])
    if not check_mode:
        record = server.records[str(result.id)]
        assert (record["EnvironmentIds"], record["Thumbprint"]) == (["Environments-1"], OURS)
        assert register(record).bring(KNOWN, 10934, check_mode=False).result == "unchanged"


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize(
    ("seen", "outcome"),
    [
        (but(HERE, Roles=["old"]), "updated"),
        (but(HERE, Name="old"), "adopted"),
        (machine(1, "web01", FORMER), "adopted"),
    ],
)
def test_a_record_that_differs(seen: dict[str, Any], outcome: str, check_mode: bool) -> None:
    server = FakeServer(seen)
    result = register(seen, server=None if check_mode else server).bring(KNOWN, 10933, check_mode=check_mode)
    assert (result.result, result.id, bool(result.changes)) == (outcome, "Machines-1", True)
    if not check_mode:
        assert server.asked == ["get", "update"]
        assert register(server.records["Machines-1"]).bring(KNOWN, 10933, check_mode=False).result == "unchanged"


def test_what_was_changed_since_the_snapshot_is_kept() -> None:
    server = FakeServer(but(HERE, TenantIds=["Tenants-1"], Roles=["old"]))
    register(but(HERE, Roles=["old"]), server=server).bring(KNOWN, 10933, check_mode=False)
    assert server.records["Machines-1"]["TenantIds"] == ["Tenants-1"]


def test_what_another_run_has_done_meanwhile_is_not_done_again() -> None:
    server = FakeServer(HERE)
    result = register(but(HERE, Roles=["old"]), server=server).bring(KNOWN, 10933, check_mode=False)
    assert (result.result, result.changes, server.asked) == ("unchanged", (), ["get"])


def test_a_record_that_became_anothers_is_left_alone() -> None:
    server = FakeServer(machine(1, "web01", FOREIGN))
    with pytest.raises(ForeignThumbprint):
        register(but(HERE, Roles=["old"]), server=server).bring(KNOWN, 10933, check_mode=False)
    assert server.asked == ["get"]


@pytest.mark.parametrize("when", ["get", "update"])
def test_a_record_that_vanished_is_made_again(when: str) -> None:
    seen = but(HERE, Roles=["old"])
    server = FakeServer(seen)
    server.before[when] = server.records.clear
    result = register(seen, server=server).bring(KNOWN, 10933, check_mode=False)
    assert (result.result, len(server.records)) == ("created", 1)


def test_an_id_that_now_is_another_machines_is_as_good_as_vanished() -> None:
    server = FakeServer(machine(1, "other", FOREIGN))
    result = register(but(HERE, Roles=["old"]), server=server).bring(KNOWN, 10933, check_mode=False)
    assert (result.result, server.asked) == ("created", ["get", "create"])
    assert server.records["Machines-1"]["Name"] == "other"


def test_a_lost_reply_to_a_post_is_settled_by_looking() -> None:
    server = FakeServer()
    server.lost = {"create"}
    result = register(server=server).bring(KNOWN, 10933, check_mode=False)
    assert (result.result, len(server.records), server.asked) == ("created", 1, ["create", "find"])


def test_a_post_that_was_not_carried_out_is_never_repeated() -> None:
    server = FakeServer()
    server.unheard = {"create"}
    with pytest.raises(ReplyLost):
        register(server=server).bring(KNOWN, 10933, check_mode=False)
    assert server.asked == ["create", "find"]


def test_a_lost_reply_to_a_put_is_settled_by_looking() -> None:
    seen = but(HERE, Roles=["old"])
    server = FakeServer(seen)
    server.lost = {"update"}
    result = register(seen, server=server).bring(KNOWN, 10933, check_mode=False)
    assert (result.result, server.asked) == ("updated", ["get", "update", "get"])
    assert Change("target_tags", ["old"], ["web"]) in result.changes


def test_a_put_that_was_not_carried_out_is_told() -> None:
    seen = but(HERE, Roles=["old"])
    server = FakeServer(seen)
    server.unheard = {"update"}
    with pytest.raises(ReplyLost):
        register(seen, server=server).bring(KNOWN, 10933, check_mode=False)
    assert server.asked == ["get", "update", "get"]


def test_a_record_that_vanishes_after_a_lost_put_is_made_again() -> None:
    seen = but(HERE, Roles=["old"])
    server = FakeServer(seen)
    server.lost = {"update"}
    server.before["update"] = lambda: server.before.update(get=server.records.clear)
    assert register(seen, server=server).bring(KNOWN, 10933, check_mode=False).result == "created"


@pytest.mark.parametrize(("theirs", "outcome"), [(OURS, "updated"), (FORMER, "adopted")])
def test_a_name_that_another_run_was_quicker_to_take_is_ours_if_the_thumbprint_is(theirs: str, outcome: str) -> None:
    server = FakeServer(machine(7, "WEB01", theirs, Roles=["other"]))
    result = register(server=server).bring(KNOWN, 10933, check_mode=False)
    assert (result.result, result.id, server.asked) == (outcome, "Machines-7", ["create", "find", "update"])


def test_a_name_that_another_machine_was_quicker_to_take_is_refused() -> None:
    server = FakeServer(machine(7, "web01", FOREIGN))
    with pytest.raises(ForeignThumbprint):
        register(server=server).bring(KNOWN, 10933, check_mode=False)


def test_what_the_server_refuses_is_told() -> None:
    server = FakeServer()

    def refuse() -> None:
        raise Rejected("No such environment.")

    server.before["create"] = refuse
    with pytest.raises(Rejected, match="No such environment"):
        register(server=server).bring(KNOWN, 10933, check_mode=False)


def test_a_record_of_this_name_with_a_foreign_thumbprint_is_contested_and_not_written() -> None:
    use_case = register(machine(1, "web01", FOREIGN))
    comparison = use_case.compare(KNOWN, 10933)
    assert comparison.contested
    assert (comparison.contested.thumbprint, comparison.match, comparison.changes) == (FOREIGN, None, ())
    use_case.check(KNOWN)
    for check_mode in (False, True):
        with pytest.raises(ForeignThumbprint):
            use_case.bring(KNOWN, 10933, check_mode=check_mode)
    taken = register(machine(1, "web01", FOREIGN), of=replace(WEB01, replace=True)).bring(KNOWN, 10933, check_mode=True)
    assert taken.result == "adopted"


def test_a_comparison_says_how_the_record_stands() -> None:
    seen = register(but(HERE, HealthStatus="HasWarnings", IsDisabled=True)).compare(KNOWN, 10933)
    assert (seen.record_id, seen.status, seen.disabled, seen.result) == ("Machines-1", "HasWarnings", True, "unchanged")
    none = register().compare(KNOWN, 10933)
    assert (none.record_id, none.status, none.disabled, none.result) == (None, "Unknown", False, "created")


@pytest.mark.parametrize(
    ("said", "has", "record", "chosen"),
    [(1, 2, 3, 1), (None, 2, 3, 3), (None, None, 3, 3), (None, 2, None, 2), (None, None, None, 10933)],
)
def test_a_port_that_is_not_said_stays_the_records_and_is_the_tentacles_of_a_new_one(
    said: int | None, has: int | None, record: int | None, chosen: int
) -> None:
    seen = [machine(1, "web01", Uri=f"https://web01.example.com:{record}/")] if record else []
    result = register(*seen, of=replace(WEB01, port=said)).bring(KNOWN, has, check_mode=True)
    assert result.uri == f"https://web01.example.com:{chosen}/"


@pytest.mark.parametrize("thumbprint", [OURS, FORMER])
def test_an_address_that_nobody_said_stays_the_records(thumbprint: str) -> None:
    seen = machine(1, "web01", thumbprint, Uri="https://WEB01.corp:20933/")
    unsaid = replace(WEB01, hostname="10.0.0.5", implied=True)
    result = register(seen, of=unsaid).bring(KNOWN, 10933, check_mode=True)
    assert result.uri == "https://web01.corp:20933/"
    assert "uri" not in [change.path for change in result.changes]
    assert register(seen, of=replace(unsaid, implied=False)).bring(KNOWN, 10933, check_mode=True).uri == "https://10.0.0.5:20933/"
    assert register(of=unsaid).bring(KNOWN, 10944, check_mode=True).uri == "https://10.0.0.5:10944/"


def test_the_record_of_a_machine_that_is_made_anew_gets_the_address_that_it_has_now() -> None:
    seen = machine(1, "web01", Uri="https://10.0.0.4:20933/")
    use_case = register(seen, of=replace(WEB01, hostname="10.0.0.5", implied=True))
    assert use_case.compare(KNOWN, 10944).changes == ()
    use_case.made_anew = True
    assert [change.after for change in use_case.compare(KNOWN, 10944).changes] == ["https://10.0.0.5:10944/"]


def test_a_record_that_is_taken_over_gets_the_address_of_the_machine_that_takes_it() -> None:
    seen = machine(1, "web01", FOREIGN, Uri="https://web01.corp:20933/")
    result = register(seen, of=replace(WEB01, hostname="10.0.0.5", implied=True, replace=True)).bring(KNOWN, 10944, check_mode=True)
    assert result.uri == "https://10.0.0.5:10944/"


@pytest.mark.parametrize("uri", ["https://[::1", "https://web01.example.com:99999/", "nowhere", ""])
def test_a_record_with_an_unreadable_uri_is_mended(uri: str) -> None:
    seen = machine(1, "web01", Uri=uri)
    server = FakeServer(seen)
    result = register(seen, server=server).bring(KNOWN, None, check_mode=False)
    assert result.changes == (Change("uri", uri, "https://web01.example.com:10933/"),)
    assert server.records["Machines-1"]["Endpoint"]["Uri"] == "https://web01.example.com:10933/"


@pytest.mark.parametrize("name", ["web01\n", " web01", "WEB01 "])
def test_a_name_with_outer_blanks_is_registered_once_and_found_again(name: str) -> None:
    server = FakeServer()
    first = Registration(TARGET, name, SAID, "web01.example.com")
    register(server=server, of=first).bring(KNOWN, 10933, check_mode=False)
    kept = {**next(iter(server.records.values())), "Name": name.strip()}
    assert register(kept, of=first).bring(KNOWN, 10933, check_mode=False).result == "unchanged"


def test_unknown_names_are_refused_before_anything() -> None:
    for known in (KNOWN, None):
        with pytest.raises(UnknownName, match="Did you mean 'Staging'"):
            register(environments=["Stagin"]).check(known)


@pytest.mark.parametrize(("said", "option"), [({"environments": []}, "environments"), ({"target_tags": None}, "target_tags")])
def test_a_new_target_lacks_something(said: dict[str, Any], option: str) -> None:
    for known in (KNOWN, None):
        with pytest.raises(InputError) as raised:
            register(**said).check(known)
        assert raised.value.option == option
        register(HERE, **said).check(known)


CREATE_IN_STAGING = Granted({**dict.fromkeys(NEEDED, EVERYWHERE), "MachineCreate": STAGING_ONLY, "MachineEdit": STAGING_ONLY})


@pytest.mark.parametrize("known", [KNOWN, None, Known("(a new certificate)")])
def test_a_key_for_staging_alone_cannot_create_in_production(known: Known | None) -> None:
    with pytest.raises(PermissionDenied, match=r"lacks the permission MachineCreate for the environment 'Production' in space 'Default'"):
        register(granted=CREATE_IN_STAGING, environments=["Staging", "production"]).check(known)
    register(granted=CREATE_IN_STAGING).check(known)


def test_a_key_for_staging_alone_cannot_move_a_machine_to_production_but_may_leave_it_there() -> None:
    with pytest.raises(PermissionDenied, match="MachineEdit for the environment 'Production'"):
        register(HERE, granted=CREATE_IN_STAGING, environments=["Production", "Staging"]).check(KNOWN)
    there = but(HERE, EnvironmentIds=["Environments-2"])
    register(there, granted=CREATE_IN_STAGING, environments=["Production"]).check(KNOWN)
    with pytest.raises(PermissionDenied, match="MachineEdit for the environment 'Production'"):
        register(there, granted=CREATE_IN_STAGING, environments=["Production"], target_tags=["new"]).check(KNOWN)


def test_two_missing_environments_are_both_named() -> None:
    nowhere = Granted({**dict.fromkeys(NEEDED, EVERYWHERE), "MachineCreate": (("Spaces-1", frozenset({"environments-9"})),)})
    with pytest.raises(PermissionDenied, match="for the environments 'Staging', 'Production' in space"):
        register(granted=nowhere, environments=["Staging", "Production"]).check(None)


def test_a_double_is_refused_before_anything() -> None:
    with pytest.raises(MatchError, match="Several deployment targets"):
        register(machine(1, "a"), machine(2, "b")).check(KNOWN)


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize(("seen", "known"), [(HERE, KNOWN), (machine(1, "old"), KNOWN), (machine(1, "web01", FORMER), KNOWN)])
def test_a_record_is_removed(seen: dict[str, Any], known: Known | None, check_mode: bool) -> None:
    server = FakeServer(seen)
    result = register(seen, server=None if check_mode else server).remove(known, check_mode=check_mode)
    assert (result.result, result.name, result.id) == ("deleted", seen["Name"], "Machines-1")
    assert result.changes == (Change("target", seen["Name"], None),)
    assert bool(server.records) is check_mode


def test_there_is_nothing_to_remove() -> None:
    result = register(machine(1, "other", FOREIGN)).remove(KNOWN, check_mode=False)
    assert (result.result, result.name, result.id, result.changes) == ("absent", "web01", None, ())
    assert register().remove(None, check_mode=False).result == "absent"
    assert register(machine(1, "other", FOREIGN)).remove(None, check_mode=False).result == "absent"
    gone = register(HERE, server=FakeServer()).remove(KNOWN, check_mode=False)
    assert (gone.result, gone.changes) == ("absent", ())


def test_another_machines_record_is_not_removed() -> None:
    with pytest.raises(ForeignThumbprint):
        register(machine(1, "web01", FOREIGN)).remove(KNOWN, check_mode=False)
    with pytest.raises(MatchError):
        register(machine(1, "a"), machine(2, "b")).remove(KNOWN, check_mode=False)


SSH = machine(1, "web01", FOREIGN, Endpoint={"CommunicationStyle": "Ssh", "Uri": "ssh://web01.example.com:22/"}, Thumbprint=None)
ELSEWHERE = "https://db01.example.com:10933/"


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize("known", [KNOWN, None])
@pytest.mark.parametrize("replacing", [False, True])
def test_no_other_kind_of_record_is_written_or_removed(known: Known | None, check_mode: bool, replacing: bool) -> None:
    use_case = register(SSH, of=replace(WEB01, replace=replacing))
    with pytest.raises(MatchError, match="is an SSH connection"):
        use_case.check(known)
    with pytest.raises(MatchError, match="is an SSH connection"):
        use_case.remove(known, check_mode=check_mode)
    with pytest.raises(MatchError, match="is an SSH connection"):
        use_case.bring(KNOWN, 10933, check_mode=check_mode)


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_name_alone_removes_nothing_unless_it_may_be_replaced(check_mode: bool) -> None:
    with pytest.raises(InputError, match=r"Machines-1.*octopus_on_thumbprint_mismatch: replace") as raised:
        register(HERE).remove(None, check_mode=check_mode)
    assert raised.value.option == "thumbprint"
    server = FakeServer(HERE)
    told = register(HERE, server=server, of=replace(WEB01, replace=True)).remove(None, check_mode=check_mode)
    assert (told.result, bool(server.records)) == ("deleted", check_mode)


@pytest.mark.parametrize("others", [None, ("db01",)])
def test_the_record_that_this_machine_is_a_copy_of_is_neither_taken_nor_removed(others: tuple[str, ...] | None) -> None:
    theirs = machine(1, "db01", Uri=ELSEWHERE)

    def use_case(*, allow_rename: bool = False, server: FakeServer | None = None) -> Register:
        registration = replace(WEB01, allow_rename=allow_rename)
        return Register(registration, FakeSnapshot(theirs), lambda: server or no_server(), None if others is None else lambda: others)

    for attempt in (
        lambda: use_case().check(KNOWN),
        lambda: use_case().bring(KNOWN, 10933, check_mode=False),
        lambda: use_case().bring(KNOWN, 10933, check_mode=True),
        lambda: use_case().remove(KNOWN, check_mode=False),
        lambda: use_case().remove(KNOWN, check_mode=True),
    ):
        with pytest.raises(MatchError, match=r"'db01' .*octopus_allow_rename"):
            attempt()
    server = FakeServer(theirs)
    assert use_case(allow_rename=True, server=server).bring(KNOWN, 10933, check_mode=False).result == "adopted"
    assert server.records["Machines-1"]["Name"] == "web01"
    assert use_case(allow_rename=True, server=FakeServer(theirs)).remove(KNOWN, check_mode=False).result == "deleted"


def test_a_record_whose_old_name_no_host_has_any_more_is_renamed() -> None:
    theirs = machine(1, "db01", Uri=ELSEWHERE)
    server = FakeServer(theirs)
    use_case = Register(WEB01, FakeSnapshot(theirs), lambda: server, lambda: ("web02",))
    assert use_case.bring(KNOWN, 10933, check_mode=False).result == "adopted"


@pytest.mark.parametrize(
    "meanwhile",
    [machine(1, "web01", FOREIGN), machine(1, "db01", FOREIGN), machine(1, "db01", Uri=ELSEWHERE), SSH],
    ids=["thumbprint", "name and thumbprint", "name and address", "kind"],
)
def test_a_record_that_became_anothers_since_it_was_read_is_neither_written_nor_removed(meanwhile: dict[str, Any]) -> None:
    server = FakeServer(meanwhile)
    with pytest.raises(MatchError):
        register(HERE, server=server).remove(KNOWN, check_mode=False)
    assert server.asked == ["get"]
    server = FakeServer(meanwhile)
    with contextlib.suppress(MatchError):
        register(but(HERE, Roles=["old"]), server=server).bring(KNOWN, 10933, check_mode=False)
    assert "update" not in server.asked
    assert server.records["Machines-1"] == meanwhile


def test_a_lost_reply_to_a_delete_is_settled_by_looking() -> None:
    server = FakeServer(HERE)
    server.lost = {"delete"}
    assert register(HERE, server=server).remove(KNOWN, check_mode=False).result == "deleted"
    server = FakeServer(HERE)
    server.unheard = {"delete"}
    with pytest.raises(ReplyLost):
        register(HERE, server=server).remove(KNOWN, check_mode=False)
