"""An instance that polls: brought up, left as it is, moved, copied, and turned to the other side."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.change import Change
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import Failure, StoreError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.identity import Identity
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.registration import Known, Registration
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.resources import TARGET
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.results import HostResult
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.communication import PolledServer, Said
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.instance import ObservedInstance, TrustedServer
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.package import WantedPackage
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.trust import NEW_SUBSCRIPTION
from ansible_collections.octoboot.octopus.plugins.plugin_utils._work.host import HostWork
from ansible_collections.octoboot.octopus.plugins.plugin_utils._work.manner import Manner
from ansible_collections.octoboot.octopus.plugins.plugin_utils._work.register import Register

from tests.unit.core.instances import CONFIGURED, OURS, SERVICE, SETTLED
from tests.unit.work.fakes import FakeServer, FakeSnapshot, machine
from tests.unit.work.test_host import NEW, OLD, WISH, FakeHost, FakeIdentities

OCTOPUS = FakeSnapshot().meta().thumbprint
HERE, NODE2 = "https://octopus.example.com:10943", "https://node2.example.com:10943"
REGISTRATION = Registration(TARGET, "web01", {"environments": ["Staging"], "target_tags": ["web"]}, "web01.example.com")
OURS_NOW = TrustedServer(OCTOPUS, 2, HERE, "poll://one/")
POLLS = replace(
    SETTLED,
    live_thumbprint=None,
    firewall=None,
    configuration=replace(CONFIGURED, listens=False, trusted=(TrustedServer(OCTOPUS), OURS_NOW)),
)


def living(instance: ObservedInstance = POLLS, **more: Any) -> FakeHost:
    """Return a host that becomes what is made of it."""
    host = FakeHost(instance, **more)
    host.lives = True
    return host


def said(style: Any = "polling", *addresses: str, **more: Any) -> Said:
    """Return what is said of an instance whose server is the one that it is registered with."""
    return Said(style, servers=(PolledServer(OCTOPUS, addresses or (HERE,), implied=not addresses),), **more)


def bring(
    host: FakeHost,
    communication: Said,
    *records: dict[str, Any],
    check_mode: bool = False,
    claim: Any = None,
    identities: FakeIdentities | None = None,
) -> HostResult:
    """Bring the instance up beside what the server holds."""
    style = communication.style
    registration = replace(REGISTRATION, polling=None if style is None else style == "polling")
    task = HostWork(
        replace(WISH, trust=(OCTOPUS,), communication=communication),
        WantedPackage(),
        host,
        identities or FakeIdentities(),
        Manner(check_mode=check_mode),
        (Register(registration, FakeSnapshot(*records), FakeServer),),
        claim=claim or (lambda key: None),
    )
    return task.bring()


def register(host: HostResult, server: FakeServer, style: str | None = "polling") -> str:
    """Let the record follow, and return what became of it."""
    known = Known(str(host.thumbprint), host.former_thumbprints or (), host.subscription_ids)
    registration = replace(REGISTRATION, polling=None if style is None else style == "polling")
    return Register(registration, FakeSnapshot(*server.records.values()), lambda: server).bring(known, host.port, check_mode=False).result


def record(subscription: str = "poll://one/", name: str = "web01", thumbprint: str = OURS) -> dict[str, Any]:
    """Return the record of a machine that polls."""
    endpoint = {"CommunicationStyle": "TentacleActive", "Thumbprint": thumbprint, "Uri": subscription}
    return machine(1, name, thumbprint, Uri=subscription, Endpoint=endpoint)


def test_a_new_machine_polls_and_is_registered_by_its_subscription() -> None:
    bare = ObservedInstance(service=SERVICE)
    foreseen = bring(living(bare), said(), check_mode=True)
    assert foreseen.subscription_ids == {OCTOPUS: NEW_SUBSCRIPTION}
    assert Change("polled_addresses", [], [HERE]) in foreseen.changes
    assert not [change for change in foreseen.changes if change.path in ("firewall", "port")]
    host, server = living(bare), FakeServer()
    brought = bring(host, said())
    assert brought.port is None
    assert brought.subscription_ids is not None
    (subscription,) = brought.subscription_ids.values()
    assert subscription != NEW_SUBSCRIPTION
    assert Change("subscription_ids", [], [subscription]) in brought.changes
    assert register(brought, server) == "created"
    (kept,) = server.records.values()
    assert kept["Endpoint"] == {"CommunicationStyle": "TentacleActive", "Thumbprint": OURS, "Uri": subscription}
    again = bring(host, said(), kept)
    assert (again.changed, again.subscription_ids) == (False, brought.subscription_ids)
    assert register(again, server) == "unchanged"


@pytest.mark.parametrize("style", ["polling", None])
def test_an_unchanged_one_costs_one_visit_and_no_request(style: str | None) -> None:
    host = FakeHost(POLLS)
    result = bring(host, said(style), record())
    assert (result.changes, result.settled, result.machine_id, len(host.places)) == ((), True, "Machines-1", 1)
    assert host.done == []


def test_whoever_answers_at_a_port_of_it_is_somebody_else() -> None:
    result = bring(FakeHost(replace(POLLS, live_thumbprint="AB" * 20)), said(None), record())
    assert (result.changes, result.former_thumbprints) == ((), ("F0" * 20, OURS))


def test_another_node_inherits_the_subscription_and_one_less_costs_it() -> None:
    host, server = living(), FakeServer(record())
    both = bring(host, said("polling", HERE, NODE2))
    assert (both.changed, both.subscription_ids) == (True, {OCTOPUS: "poll://one/"})
    assert register(both, server) == "unchanged"
    less = bring(host, said("polling", NODE2))
    assert less.subscription_ids not in (None, both.subscription_ids)
    assert register(less, server) == "updated"
    assert [each["Id"] for each in server.records.values()] == ["Machines-1"]
    assert not bring(host, said("polling", NODE2)).changed


def test_it_changes_sides_and_stays_the_machine_that_it_is() -> None:
    host, server = living(), FakeServer(record())
    for style in ("listening", "polling", "listening"):
        foreseen = bring(host, said(style), *server.records.values(), check_mode=True)
        brought = bring(host, said(style), *server.records.values())
        assert [change.path for change in foreseen.changes] == [change.path for change in brought.changes]
        assert (brought.changed, brought.settled, brought.thumbprint) == (True, False, OURS)
        assert register(brought, server, style) == "updated"
        again = bring(host, said(style), *server.records.values())
        assert (again.changed, again.machine_id) == (False, "Machines-1")
        assert register(again, server, style) == "unchanged"
        # What nobody says stays so.
        assert not bring(host, said(None), *server.records.values()).changed


def test_a_machine_that_was_built_again_keeps_its_record_and_gives_it_its_new_subscription() -> None:
    server = FakeServer(record("poll://of-the-former-one/"))
    brought = bring(living(ObservedInstance(service=SERVICE)), said(), *server.records.values())
    assert register(brought, server) == "updated"
    (kept,) = server.records.values()
    assert (kept["Id"], {kept["Uri"]}) == ("Machines-1", set((brought.subscription_ids or {}).values()))


def test_a_machine_that_was_built_again_and_of_whose_style_nothing_is_said_polls_as_before() -> None:
    bare = ObservedInstance(service=SERVICE)
    assert bring(living(bare), said(None), record()).subscription_ids is not None
    for style, records in (
        ("listening", [record()]),
        (None, [machine(1, "web01", OURS)]),
        (None, []),
        (None, [record(thumbprint="F0" * 20)]),
    ):
        assert bring(living(bare), said(style), *records).subscription_ids is None


@pytest.mark.parametrize("how", ["a record's", "a worker's", "another host's", "a disk's"])
def test_a_copied_machine_gets_a_subscription_of_its_own(how: str) -> None:
    host = living(replace(POLLS, key_unreadable=how == "a disk's"))
    theirs = record(name="db01", thumbprint="AB" * 20)
    records = [theirs] if how == "a record's" else [{**theirs, "Id": "Workers-1"}] if how == "a worker's" else []
    claim = {"poll://one/": "db01"}.get if how == "another host's" else None
    foreseen = bring(host, said(), *records, check_mode=True, claim=claim)
    assert foreseen.subscription_ids == {OCTOPUS: NEW_SUBSCRIPTION}
    brought = bring(host, said(), *records, claim=claim)
    assert brought.changed
    assert "poll://one/" not in (brought.subscription_ids or {}).values()
    host.now = replace(host.now, instance=replace(host.now.instance, key_unreadable=False))
    assert not bring(host, said(), *records, claim=claim).changed


def test_the_store_keeps_the_ids_of_all_servers_and_is_written_when_they_change() -> None:
    others = TrustedServer("C" * 40, 2, NODE2, "poll://others/")
    unheard = [
        TrustedServer("c" * 40, 2, NODE2, "poll://lower/"),
        TrustedServer("E" * 40, 2, NODE2),
        TrustedServer("x", 2, NODE2, "poll://x/"),
    ]
    configuration = replace(CONFIGURED, listens=False, trusted=(TrustedServer(OCTOPUS), OURS_NOW, others, *unheard))
    host, identities = living(replace(POLLS, configuration=configuration)), FakeIdentities()

    def kept(communication: Said, *, check_mode: bool = False) -> Any:
        bring(host, communication, check_mode=check_mode, identities=identities)
        return identities.require().subscriptions

    assert kept(said(), check_mode=True) == {}
    both = {OCTOPUS: "poll://one/", "C" * 40: "poll://others/"}
    assert (kept(said()), kept(said()), identities.writes) == (both, both, 1)
    moved = kept(said("polling", NODE2))
    assert (set(moved), moved["C" * 40], identities.writes) == (set(both), "poll://others/", 2)
    assert moved[OCTOPUS] != "poll://one/"
    assert kept(said("listening"), check_mode=True) == moved
    assert kept(said("listening")) == {"C" * 40: "poll://others/"}


def test_a_machine_that_listens_writes_nothing_to_the_store() -> None:
    identities = FakeIdentities()
    bring(living(ObservedInstance(service=SERVICE)), said("listening"), identities=identities)
    assert identities.writes == 0


def test_a_store_that_cannot_be_written_costs_a_warning() -> None:
    identities = FakeIdentities(refuses=StoreError("The identity store cannot be written to (/srv/store): read-only file system."))
    result = bring(FakeHost(POLLS), said(), record(), identities=identities)
    assert (result.changed, [warning for warning in result.warnings if "polls are not kept. The identity store" in warning]) == (
        False,
        list(result.warnings),
    )
    assert result.warnings


@pytest.mark.parametrize("style", ["polling", None])
def test_a_record_with_its_name_and_its_remembered_id_is_its_own_whatever_its_thumbprint(style: str | None) -> None:
    """Somebody gave the machine another certificate, and it was lost before a run could see that."""
    bare, foreign = ObservedInstance(service=SERVICE), record("poll://remembered/", thumbprint="AB" * 20)
    server = FakeServer(foreign)
    with pytest.raises(Failure, match="already exists with the thumbprint"):
        bring(living(bare), said(style), foreign)
    identities = FakeIdentities(Identity("web01", OURS, "pem", subscriptions={OCTOPUS: "poll://remembered/"}))
    foreseen = bring(living(bare), said(style), foreign, identities=identities, check_mode=True)
    assert (foreseen.former_thumbprints, identities.remembered) == (("AB" * 20,), [])
    brought = bring(living(bare), said(style), foreign, identities=identities)
    assert (brought.former_thumbprints, identities.remembered) == (("AB" * 20,), ["AB" * 20])
    assert register(brought, server, style) == "adopted"
    (kept,) = server.records.values()
    assert (kept["Id"], kept["Thumbprint"], {OCTOPUS: kept["Uri"]}) == ("Machines-1", OURS, brought.subscription_ids)
    assert identities.require().subscriptions == brought.subscription_ids
    elsewhere = record("poll://remembered/", name="db01", thumbprint="AB" * 20)
    assert bring(living(bare), said(), elsewhere, identities=identities).machine_id is None


def test_its_own_record_under_a_former_thumbprint_is_no_other_machines() -> None:
    assert bring(FakeHost(POLLS), said(), record(thumbprint="F0" * 20)).subscription_ids == {OCTOPUS: "poll://one/"}


def test_an_address_that_cannot_be_read_stays_until_other_addresses_are_said() -> None:
    odd = TrustedServer(OCTOPUS, 2, "https://https://octo3:10943", "poll://one/")
    host = living(replace(POLLS, configuration=replace(CONFIGURED, listens=False, trusted=(OURS_NOW, odd))))
    assert not bring(host, said(None)).changed
    assert [change.path for change in bring(host, said("polling", HERE)).changes] == ["polled_addresses", "subscription_ids"]


def test_two_subscriptions_of_one_server_become_one() -> None:
    other = TrustedServer(OCTOPUS, 2, NODE2, "poll://two/")
    host = living(replace(POLLS, configuration=replace(POLLS.configuration, trusted=(OURS_NOW, other))))  # type: ignore[type-var]
    brought = bring(host, said("polling", HERE, NODE2))
    configuration = host.now.instance.configuration
    assert configuration is not None
    entries = [entry for entry in configuration.trusted if entry.polled]
    assert [(entry.address, {OCTOPUS: entry.subscription_id}) for entry in entries] == [
        (HERE, brought.subscription_ids),
        (NODE2, brought.subscription_ids),
    ]
    assert not bring(host, said("polling", HERE, NODE2)).changed


def test_how_many_connections_it_keeps_is_refused_where_it_cannot_be_said() -> None:
    host = living(version=OLD)
    with pytest.raises(Failure, match=r"^needs Tentacle 9\.2\.4154 or newer, and this machine has 9\.1\.0") as failure:
        bring(host, said(connections=5))
    assert (failure.value.option, host.done) == ("polling_connection_count", [])
    newer = replace(NEW, numbers=(9, 2, 4304))
    host = living(version=newer)
    assert [change.path for change in bring(host, said(connections=5)).changes] == ["polling_connection_count"]
    assert not bring(host, said(connections=5)).changed
    assert not bring(host, said()).changed


def test_before_it_was_seen_it_is_taken_to_poll_as_its_own_record_says() -> None:
    server = FakeServer()

    def compare(polling: bool | None, held: dict[str, Any]) -> tuple[str, ...]:
        task = Register(replace(REGISTRATION, polling=polling), FakeSnapshot(held), lambda: server)
        return tuple(change.path for change in task.compare(Known(OURS), None).changes)

    assert compare(True, record()) == compare(None, record()) == ()
    assert compare(True, machine(1, "web01", OURS)) == compare(False, record()) == ("communication_style", "uri")
    assert compare(None, machine(1, "web01", OURS)) == ()
