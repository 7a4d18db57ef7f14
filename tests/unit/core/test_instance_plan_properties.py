"""Whatever is found on a host: one plan makes it what is wanted, and says so exactly when it does something."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.communication import Listening, PolledServer, Polling
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.instance import (
    Access,
    Configuration,
    FirewallRule,
    Instance,
    ObservedInstance,
    Service,
    TrustedServer,
)
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.paths import same_path
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.plan import InstancePlan, configure_options
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.polling import known_address
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.core.instances import ACCESS, ACCOUNT, COMMAND_LINE, OTHER, OURS, SERVER, carried_out, configured, created, plan

THUMBPRINTS = [OURS, OTHER, SERVER]
homes = st.sampled_from(["C:\\Octopus", "D:\\Octopus"])
applications = st.sampled_from(["C:\\Apps", "D:\\Apps"])
found_homes = st.sampled_from([None, "C:\\Octopus", "D:\\Octopus", "c:/octopus/", "D:\\\\OCTOPUS\\."])
found_applications = st.sampled_from([None, "C:\\Apps", "D:\\Apps", "d:/x/../apps"])
ports = st.sampled_from([10933, 10943])
addresses = st.sampled_from([None, "10.0.0.7"])
some_thumbprint = st.sampled_from([None, *THUMBPRINTS])

polled_addresses = st.sampled_from(
    ["https://octopus.example.com:10943", "https://node2.example.com:10943", "wss://octopus.example.com:443/x"]
)
polled_servers = st.builds(
    PolledServer,
    thumbprint=st.sampled_from(THUMBPRINTS),
    addresses=st.lists(polled_addresses, min_size=1, unique=True).map(tuple),
)
communications = st.builds(Listening, port=ports, address=addresses, said=st.booleans()) | st.builds(
    Polling,
    servers=st.lists(polled_servers, max_size=2, unique_by=lambda server: server.thumbprint).map(tuple),
    connections=st.sampled_from([None, 5]),
)


def trusting_what_it_polls(wanted: Instance) -> Instance:
    """Return the instance as `complete` makes it."""
    servers = wanted.communication.servers if isinstance(wanted.communication, Polling) else ()
    return replace(wanted, trust=tuple(dict.fromkeys((*wanted.trust, *(server.thumbprint for server in servers)))))


wanted_instances = st.builds(
    Instance,
    name=st.just("Tentacle"),
    home=homes,
    application_directory=applications,
    thumbprint=st.just(OURS),
    communication=communications,
    trust=st.lists(st.sampled_from(THUMBPRINTS), unique=True).map(tuple),
    trust_exclusive=st.booleans(),
    firewall=st.booleans(),
    subscriptions_of_others=st.sampled_from([frozenset(), frozenset({"poll://one/"})]),
).map(trusting_what_it_polls)
trusted_servers = st.builds(
    TrustedServer,
    thumbprint=st.sampled_from([*THUMBPRINTS, *(thumbprint.lower() for thumbprint in THUMBPRINTS)]),
    style=st.sampled_from([1, 2]),
    address=st.sampled_from(
        [None, "https://octopus.example.com:10943", "https://OCTOPUS.example.com:10943", "https://old.example.com:10943"]
    ),
    subscription_id=st.sampled_from([None, "poll://one/", "poll://two/"]),
)
configurations = st.builds(
    Configuration,
    home=found_homes,
    application_directory=found_applications,
    thumbprint=some_thumbprint,
    port=ports,
    listen_ip=addresses,
    listens=st.booleans(),
    connections=st.sampled_from([None, 1, 5]),
    trusted=st.lists(trusted_servers, max_size=4).map(tuple),
)
services = st.builds(
    Service,
    running=st.booleans(),
    automatic=st.booleans(),
    account=st.sampled_from([ACCOUNT, ".\\deploy"]),
    command_line=st.sampled_from([COMMAND_LINE, "old.exe"]),
)
accesses = st.sampled_from([None, ACCESS, replace(ACCESS, exclusive=False), Access()])


@st.composite
def observed_instances(draw: st.DrawFn) -> ObservedInstance:
    """Whatever a host may show: only an instance that is there but has no readable configuration is broken."""
    configuration = draw(st.none() | configurations)
    return ObservedInstance(
        exists=configuration is not None,
        configuration=configuration,
        broken=None if configuration else draw(st.none() | st.just("no XML")),
        service=draw(st.none() | services),
        live_thumbprint=draw(some_thumbprint),
        restart_pending=draw(st.booleans()),
        leftover_keys=draw(st.booleans()),
        firewall=draw(st.none() | st.builds(FirewallRule, open=st.booleans(), ports=st.sampled_from(["10933", "10943"]))),
        home_access=draw(accesses),
        application_access=draw(accesses),
    )


@given(wanted_instances, st.none() | configurations)
def test_the_options_of_configure_make_a_configuration_what_is_wanted(wanted: Instance, now: Configuration | None) -> None:
    before = now or created(wanted)
    after = configured(tuple(configure_options(wanted, now)), before)
    assert same_path(after.home, wanted.home)
    assert same_path(after.application_directory, wanted.application_directory)
    if isinstance(wanted.communication, Listening):
        assert (after.port, after.listen_ip, after.listens) == (wanted.communication.port, wanted.communication.address, True)
    else:
        assert not after.listens
        assert after.connections == (wanted.communication.connections or before.connections)
    trusted = {entry.thumbprint.upper() for entry in after.trusted}
    if wanted.trust_exclusive:
        assert trusted == set(wanted.trust)
    else:
        assert trusted >= set(wanted.trust)
        assert {entry for entry in before.trusted if entry.thumbprint.upper() not in wanted.trust} <= set(after.trusted)
    assert configure_options(wanted, after) == []


@given(wanted_instances, observed_instances())
def test_a_plan_without_changes_does_nothing_and_a_plan_that_does_something_has_changes(
    wanted: Instance, observed: ObservedInstance
) -> None:
    planned = plan(wanted, observed)
    assert (planned.changes == ()) == (planned == InstancePlan())


@given(wanted_instances, observed_instances())
def test_what_a_plan_has_made_needs_no_second_plan(wanted: Instance, observed: ObservedInstance) -> None:
    assert plan(wanted, carried_out(plan(wanted, observed), wanted, observed)) == InstancePlan()


@given(wanted_instances, observed_instances())
def test_a_restart_is_planned_exactly_when_the_process_has_something_to_read(wanted: Instance, observed: ObservedInstance) -> None:
    planned = plan(wanted, observed)
    stopped = observed.service is None or not observed.service.running
    configures = bool(planned.configure or planned.server_comms)
    reads = planned.create or planned.import_certificate or configures or planned.service is not None
    assert planned.restart == (reads or stopped or observed.restart_pending)


@given(wanted_instances, observed_instances())
def test_every_change_changes_something(wanted: Instance, observed: ObservedInstance) -> None:
    changes = plan(wanted, observed).changes
    assert all(change.before != change.after for change in changes)
    assert len({change.path for change in changes}) == len(changes)


@given(wanted_instances, observed_instances())
def test_after_a_plan_exactly_the_addresses_that_are_wanted_are_polled_under_one_subscription(
    wanted: Instance, observed: ObservedInstance
) -> None:
    after = carried_out(plan(wanted, observed), wanted, observed).configuration
    assert after is not None
    servers = wanted.communication.servers if isinstance(wanted.communication, Polling) else ()
    for server in servers:
        entries = [entry for entry in after.trusted if entry.polled and entry.thumbprint.upper() == server.thumbprint]
        assert {entry.thumbprint for entry in entries} == {server.thumbprint}
        assert {known_address(str(entry.address)) for entry in entries} == set(server.addresses)
        (subscription,) = {entry.subscription_id for entry in entries}
        assert subscription is not None
        assert subscription not in wanted.subscriptions_of_others
    if isinstance(wanted.communication, Listening) and wanted.communication.said:
        assert not [entry for entry in after.trusted if entry.polled and entry.thumbprint.upper() in wanted.trust]
