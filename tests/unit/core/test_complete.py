"""Said, else as the host has it, else the default for a new one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InputError, OperatorError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.communication import (
    ANY_ADDRESS,
    Listening,
    PolledServer,
    Polling,
    Said,
)
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.complete import complete
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.instance import (
    Configuration,
    Defaults,
    FirewallRule,
    Instance,
    ObservedInstance,
    Service,
    TrustedServer,
    WantedInstance,
)
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.plan import InstancePlan, plan_instance
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.core.instances import CONFIGURED, OURS, SERVER, SERVICE, SETTLED, seen

NOTHING = WantedInstance("Tentacle", OURS, trust=(SERVER,))
WINDOWS = Defaults("C:\\Octopus", "C:\\Octopus\\Applications")
LINUX = Defaults("/etc/octopus/default", "/home/Octopus/Applications")
EVERYTHING = WantedInstance(
    "Tentacle",
    OURS,
    home="D:/Octopus/",
    application_directory="D:\\Apps",
    communication=Said("listening", 10943, "10.0.0.7"),
    trust=(SERVER,),
    trust_exclusive=True,
    service_account="EXAMPLE\\deploy",
    firewall=False,
)
CUSTOM = replace(CONFIGURED, home="E:\\Home", application_directory="E:\\Apps", port=10955, listen_ip="10.0.0.9")
HOST = replace(SETTLED, configuration=CUSTOM, service=replace(SERVICE, account=".\\octo"))


def host(configuration: Configuration | None, account: str | None = "LocalSystem") -> ObservedInstance:
    """Return what a host shows."""
    return ObservedInstance(configuration=configuration, service=Service(True, True, account, "x") if account is not None else None)


@pytest.mark.parametrize("observed", [None, ObservedInstance(), ObservedInstance(exists=True, broken="no XML")])
def test_a_new_instance_gets_the_defaults_of_its_kind_of_host(observed: ObservedInstance | None) -> None:
    for defaults in (WINDOWS, LINUX):
        assert complete(NOTHING, observed, defaults) == Instance(
            "Tentacle", defaults.home, defaults.application_directory, OURS, Listening(10933), trust=(SERVER,)
        )


def test_what_is_not_said_stays_as_the_host_has_it() -> None:
    completed = complete(NOTHING, HOST, WINDOWS)
    assert (completed.home, completed.application_directory) == ("E:\\Home", "E:\\Apps")
    assert (completed.communication, completed.service_account) == (Listening(10955, "10.0.0.9"), ".\\octo")


@pytest.mark.parametrize("observed", [None, HOST])
def test_what_is_said_wins(observed: ObservedInstance | None) -> None:
    assert complete(EVERYTHING, observed, WINDOWS) == Instance(
        "Tentacle",
        "D:\\Octopus",
        "D:\\Apps",
        OURS,
        Listening(10943, "10.0.0.7", said=True),
        trust=(SERVER,),
        trust_exclusive=True,
        service_account="EXAMPLE\\deploy",
        firewall=False,
    )


def test_all_addresses_can_be_said() -> None:
    assert complete(replace(NOTHING, communication=Said(address=ANY_ADDRESS)), HOST, WINDOWS).communication == Listening(10955)


@pytest.mark.parametrize(
    ("account", "defaults", "completed"),
    [
        ("SYSTEM", WINDOWS, None),
        ("LocalSystem", WINDOWS, None),
        ("nt authority\\system", WINDOWS, None),
        (".\\LocalSystem", WINDOWS, None),
        ("S-1-5-18", WINDOWS, None),
        ("NT AUTHORITY\\LocalService", WINDOWS, "NT AUTHORITY\\LocalService"),
        ("Network Service", WINDOWS, "NT AUTHORITY\\NetworkService"),
        ("nt authority\\NETWORK SERVICE", WINDOWS, "NT AUTHORITY\\NetworkService"),
        ("S-1-5-20", WINDOWS, "NT AUTHORITY\\NetworkService"),
        (".\\system", WINDOWS, ".\\system"),
        ("WIN01\\system", WINDOWS, "WIN01\\system"),
        ("root", WINDOWS, "root"),
        ("root", LINUX, None),
        ("SYSTEM", LINUX, "SYSTEM"),
    ],
)
def test_the_account_that_needs_no_name_is_none_whether_said_or_seen(account: str, defaults: Defaults, completed: str | None) -> None:
    assert complete(replace(NOTHING, service_account=account), None, defaults).service_account == completed
    assert complete(NOTHING, host(None, account), defaults).service_account == completed


def test_system_can_be_said_over_what_the_host_has() -> None:
    assert complete(replace(NOTHING, service_account="SYSTEM"), HOST, WINDOWS).service_account is None


@pytest.mark.parametrize("home", [None, "", "relative"])
def test_a_path_that_says_nothing_is_not_taken_over(home: str | None) -> None:
    assert complete(NOTHING, host(replace(CONFIGURED, home=home)), WINDOWS).home == WINDOWS.home


@pytest.mark.parametrize("port", [0, -1, 65536, 2**31 - 1])
def test_a_port_that_is_none_is_not_taken_over(port: int) -> None:
    assert complete(NOTHING, host(replace(CONFIGURED, port=port)), WINDOWS).port == 10933


POLLED = TrustedServer(SERVER, 2, "https://octopus:10943", "poll://x/")
USUAL = PolledServer(SERVER, ("https://octopus.example.com:10943",), implied=True)


@pytest.mark.parametrize("said", [Said(), Said(port=10943)])
def test_an_instance_that_neither_listens_nor_polls_is_converted_only_when_told(said: Said) -> None:
    observed = host(replace(CONFIGURED, listens=False))
    with pytest.raises(OperatorError, match=r"^is not set, and the instance 'Tentacle' neither listens .*\. Set it to .*\.$") as error:
        complete(replace(NOTHING, communication=said), observed, WINDOWS)
    assert error.value.option == "communication_style"
    assert complete(replace(NOTHING, communication=Said("listening")), observed, WINDOWS).port == 10933


def test_an_instance_that_polls_and_of_which_nothing_is_said_goes_on_polling_where_it_does() -> None:
    observed = host(replace(CONFIGURED, listens=False, trusted=(POLLED,), connections=3))
    there = PolledServer(SERVER, ("https://octopus:10943",), implied=True)
    for said in (Said(servers=(USUAL,)), Said("polling", servers=(USUAL,)), Said(port=10933, servers=(USUAL,))):
        assert complete(replace(NOTHING, communication=said), observed, WINDOWS).communication == Polling((there,), 3)
    # Nobody knows the address of the server that is trusted, and nobody said that it is to be polled.
    assert complete(replace(NOTHING, trust=(OURS,)), observed, WINDOWS).communication == Polling((), 3)
    moved = Said(servers=(PolledServer(SERVER, ("https://new:10943",)),), connections=5)
    assert complete(replace(NOTHING, communication=moved), observed, WINDOWS).communication == Polling(moved.servers, 5)


def test_a_new_instance_that_polls_gets_the_usual_address_and_trusts_what_it_polls() -> None:
    completed = complete(replace(NOTHING, trust=(OURS,), communication=Said("polling", servers=(USUAL,))), None, LINUX)
    assert (completed.communication, completed.port, completed.trust) == (Polling((USUAL,)), None, (OURS, SERVER))


@pytest.mark.parametrize("servers", [(), (PolledServer(SERVER, implied=True),)])
def test_a_polling_instance_whose_server_has_no_address_is_refused(servers: tuple[PolledServer, ...]) -> None:
    with pytest.raises(InputError, match=r"^is missing: .*\.$") as error:
        complete(replace(NOTHING, communication=Said("polling", servers=servers)), None, LINUX)
    assert error.value.option == "server_addresses"


def test_a_websocket_is_for_windows_alone() -> None:
    said = replace(NOTHING, communication=Said("polling", servers=(PolledServer(SERVER, ("wss://octopus.example.com:443/OctopusComms",)),)))
    assert complete(said, None, WINDOWS).communication == Polling(said.communication.servers)
    for option in ("server_addresses", "octopus_registrations[1].server_addresses"):
        servers = (USUAL, replace(said.communication.servers[0], option=option))
        with pytest.raises(InputError, match=r"wss://.*Windows") as error:
            complete(replace(NOTHING, communication=Said("polling", servers=servers)), None, LINUX)
        assert error.value.option == option


def test_what_is_to_go_may_be_of_any_style_and_its_account_does_not_matter() -> None:
    completed = complete(replace(NOTHING, absent=True), host(replace(CUSTOM, listens=False), "gone"), WINDOWS)
    assert (completed.port, completed.service_account) == (10955, None)


@pytest.mark.parametrize(
    ("said", "defaults", "option"),
    [
        (replace(NOTHING, home="/etc/octopus"), WINDOWS, "home_directory"),
        (replace(NOTHING, application_directory="C:\\Apps"), LINUX, "application_directory"),
    ],
)
def test_a_path_of_the_other_kind_of_host_is_refused_by_its_option(said: WantedInstance, defaults: Defaults, option: str) -> None:
    with pytest.raises(InputError, match=r"^must be a path on .*\.$") as error:
        complete(said, None, defaults)
    assert error.value.option == option


def test_a_place_is_the_same_where_a_visit_would_see_the_same() -> None:
    completed = complete(NOTHING, HOST, WINDOWS)
    assert completed.place == replace(completed, home="e:\\HOME\\", trust=(), firewall=False, thumbprint=SERVER).place
    for other in (
        {"home": "F:\\x"},
        {"application_directory": "F:\\x"},
        {"communication": Listening(1)},
        {"communication": Listening(10955)},
        {"service_account": None},
    ):
        assert completed.place != replace(completed, **other).place


SPELLINGS = ["C:\\Octopus", "c:/OCTOPUS/", "C:\\\\Octopus\\.\\x\\.."]
ports = st.integers(1, 65535)


@given(
    st.sampled_from(SPELLINGS),
    st.none() | st.sampled_from(SPELLINGS),
    ports,
    st.sampled_from([None, "10.0.0.7"]),
    st.sampled_from(["LocalSystem", ".\\octo"]),
)
def test_a_host_of_which_nothing_or_the_same_is_said_needs_nothing(
    home: str, said: str | None, port: int, listen_ip: str | None, account: str
) -> None:
    configuration = replace(CONFIGURED, home=home, port=port, listen_ip=listen_ip)
    observed = replace(SETTLED, configuration=configuration, service=replace(SERVICE, account=account))
    completed = complete(replace(NOTHING, home=said), observed, WINDOWS)
    observation = seen(replace(observed, firewall=replace(SETTLED.firewall, ports=str(port)) if SETTLED.firewall else None))
    expected = replace(observation.expected, account=completed.service_account or "LocalSystem")
    assert plan_instance(completed, replace(observation, expected=expected)) == InstancePlan()


homes = st.sampled_from(["C:\\Octopus", "D:\\Octopus", "d:\\OCTOPUS\\", "\\\\server\\share\\octo"])
linux_homes = st.sampled_from(["/etc/octopus/default", "/srv/octopus/", "/srv//octopus/."])


@st.composite
def brown_fields(draw: st.DrawFn) -> tuple[ObservedInstance, Defaults]:
    """Return an instance that somebody set up as he liked, running and sound, and what a new one would get there."""
    defaults, paths, accounts = draw(
        st.sampled_from([(WINDOWS, homes, ["LocalSystem", ".\\octo", "DOM\\gmsa$"]), (LINUX, linux_homes, ["root", "octo"])])
    )
    port = draw(ports)
    trusted = draw(st.lists(st.sampled_from(["AA", SERVER, "bb"]).map(TrustedServer), unique=True))
    configuration = Configuration(
        draw(paths),
        draw(paths),
        draw(st.sampled_from([OURS, "DD" * 20])),
        port,
        draw(st.sampled_from([None, "10.0.0.7"])),
        True,
        (*trusted,),
    )
    account = draw(st.sampled_from(accounts))
    rule = draw(st.sampled_from([f"{port}", f"{port} from 10.0.0.0/8", f"80,{port}", f"{max(port - 1, 1)}-{port} from 10.1.1.1", "*"]))
    observed = replace(
        SETTLED,
        configuration=configuration,
        live_thumbprint=configuration.thumbprint,
        service=replace(SERVICE, account=account),
        firewall=FirewallRule(True, rule),
    )
    return observed, defaults


@given(brown_fields())
def test_an_inventory_that_says_nothing_moves_nothing_of_what_somebody_set_up(field: tuple[ObservedInstance, Defaults]) -> None:
    observed, defaults = field
    completed = complete(NOTHING, observed, defaults)
    observation = seen(observed)
    account = completed.service_account or ("LocalSystem" if defaults is WINDOWS else "root")
    planned = plan_instance(completed, replace(observation, expected=replace(observation.expected, account=account)))
    assert {change.path for change in planned.changes} <= {"certificate", "trust"}
    assert set(planned.configure[::2]) <= {"--trust"}
    assert not (planned.create or planned.set_aside or planned.service or planned.open_firewall)
    assert not (planned.protect_home or planned.protect_application_directory)


@pytest.mark.parametrize("ports_of_a_rule", ["10934", "10934-10940", "x", "", "80", "10933-x", "from 10933"])
def test_a_rule_for_other_ports_lets_nobody_in(ports_of_a_rule: str) -> None:
    observed = replace(SETTLED, firewall=FirewallRule(True, ports_of_a_rule))
    assert plan_instance(complete(NOTHING, observed, WINDOWS), seen(observed)).open_firewall
