"""The plan of an instance: for each setting the change, and nothing when there is nothing to do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.change import Change
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.communication import Listening
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.instance import (
    Access,
    FirewallRule,
    ObservedInstance,
    TrustedServer,
)
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.plan import InstancePlan

from tests.unit.core.instances import ACCOUNT, COMMAND_LINE, CONFIGURED, OTHER, OURS, SERVER, SERVICE, SETTLED, WANTED, plan

GMSA = "EXAMPLE\\tentacle$"


def paths(planned: InstancePlan) -> list[str]:
    """Return where the changes stand."""
    return [change.path for change in planned.changes]


def test_what_is_as_wanted_needs_nothing() -> None:
    assert plan(WANTED, SETTLED) == InstancePlan()


def test_a_bare_host_gets_everything() -> None:
    planned = plan(WANTED, ObservedInstance())
    assert planned.changes[0] == Change("instance", None, "Tentacle")
    assert {"certificate", "port", "trust", "service", "firewall", "home_directory.access", "application_directory.access"} <= set(
        paths(planned)
    )
    assert planned.create
    assert planned.import_certificate
    assert planned.restart
    assert planned.protect_home
    assert planned.protect_application_directory
    assert planned.open_firewall
    assert not planned.set_aside
    assert planned.service == "install"
    assert "--home" not in planned.configure


def test_a_configuration_that_cannot_be_read_is_set_aside_and_made_again() -> None:
    planned = plan(WANTED, replace(SETTLED, configuration=None, broken="no XML"))
    assert planned.changes[0] == Change("instance", "no XML", "Tentacle")
    assert planned.set_aside
    assert planned.create
    assert planned.import_certificate
    assert planned.restart


def test_the_marker_of_an_interrupted_run_is_a_difference_that_a_restart_mends() -> None:
    planned = plan(WANTED, replace(SETTLED, restart_pending=True))
    assert planned == InstancePlan(changes=(Change("restart_pending", True, False),), restart=True)


@pytest.mark.parametrize("live", [OTHER, None])
def test_a_port_that_presents_another_certificate_or_none_is_a_difference(live: str | None) -> None:
    planned = plan(WANTED, replace(SETTLED, live_thumbprint=live))
    assert planned == InstancePlan(changes=(Change("live_certificate", live, OURS),), import_certificate=True, restart=True)


def test_a_service_that_does_not_run_is_started_and_its_silent_port_is_no_second_difference() -> None:
    planned = plan(WANTED, replace(SETTLED, live_thumbprint=None, service=replace(SERVICE, running=False)))
    assert planned == InstancePlan(changes=(Change("service.state", "not running", "running"),), restart=True)


@pytest.mark.parametrize("thumbprint", [OTHER, None])
def test_another_certificate_is_imported_once(thumbprint: str | None) -> None:
    planned = plan(WANTED, replace(SETTLED, live_thumbprint=thumbprint, configuration=replace(CONFIGURED, thumbprint=thumbprint)))
    assert planned == InstancePlan(changes=(Change("certificate", thumbprint, OURS),), import_certificate=True, restart=True)


@pytest.mark.parametrize(
    ("settings", "before", "path", "after", "options"),
    [
        ({"communication": Listening(10943)}, 10933, "port", 10943, ("--port", "10943")),
        ({"communication": Listening(10933, "10.0.0.7")}, None, "listen_ip_address", "10.0.0.7", ("--listenIpAddress", "10.0.0.7")),
        ({"home": "D:\\Octopus"}, "C:\\Octopus", "home_directory", "D:\\Octopus", ("--home", "D:\\Octopus")),
        (
            {"application_directory": "D:\\Apps"},
            "C:\\Octopus\\Applications",
            "application_directory",
            "D:\\Apps",
            ("--app", "D:\\Apps"),
        ),
    ],
)
def test_a_setting_is_changed_by_its_option_and_needs_a_restart(
    settings: dict[str, object], before: object, path: str, after: object, options: tuple[str, ...]
) -> None:
    planned = plan(replace(WANTED, firewall=False, **settings), SETTLED)  # type: ignore[arg-type]
    assert planned == InstancePlan(changes=(Change(path, before, after),), configure=options, restart=True)


def test_a_listening_address_is_taken_back() -> None:
    planned = plan(WANTED, replace(SETTLED, configuration=replace(CONFIGURED, listen_ip="10.0.0.7")))
    assert planned.changes == (Change("listen_ip_address", "10.0.0.7", None),)
    assert planned.configure == ("--listenIpAddress", "any")


def test_a_tentacle_that_does_not_listen_is_made_to() -> None:
    planned = plan(WANTED, replace(SETTLED, live_thumbprint=None, configuration=replace(CONFIGURED, listens=False)))
    assert planned == InstancePlan(changes=(Change("listens", False, True),), configure=("--noListen", "False"), restart=True)


def test_trust_is_added_and_other_trust_stays() -> None:
    planned = plan(WANTED, replace(SETTLED, configuration=replace(CONFIGURED, trusted=(TrustedServer(OTHER),))))
    assert planned == InstancePlan(changes=(Change("trust", [OTHER], [OTHER, SERVER]),), configure=("--trust", SERVER), restart=True)


@pytest.mark.parametrize("exclusive", [False, True])
def test_trust_that_is_there_in_another_case_is_left_alone(exclusive: bool) -> None:
    observed = replace(SETTLED, configuration=replace(CONFIGURED, trusted=(TrustedServer(SERVER.lower()),)))
    assert plan(replace(WANTED, trust_exclusive=exclusive), observed) == InstancePlan()


def test_other_trust_is_removed_only_when_told_thumbprint_by_thumbprint_as_it_is_spelled() -> None:
    trusted = (TrustedServer(OTHER.lower()), TrustedServer(SERVER))
    observed = replace(SETTLED, configuration=replace(CONFIGURED, trusted=trusted))
    assert plan(WANTED, observed) == InstancePlan()
    planned = plan(replace(WANTED, trust_exclusive=True), observed)
    assert planned.changes == (Change("trust", [OTHER.lower(), SERVER], [SERVER]),)
    assert planned.configure == ("--remove-trust", OTHER.lower())


@pytest.mark.parametrize(
    ("service", "path", "before", "after"),
    [
        (replace(SERVICE, account=GMSA), "service.account", GMSA, ACCOUNT),
        (replace(SERVICE, automatic=False), "service.start_mode", "not automatic", "automatic"),
        (replace(SERVICE, command_line="old.exe"), "service.command_line", "old.exe", COMMAND_LINE),
    ],
)
def test_a_service_that_differs_is_reconfigured_and_restarted(service: object, path: str, before: str, after: str) -> None:
    planned = plan(WANTED, replace(SETTLED, service=service))  # type: ignore[arg-type]
    assert planned == InstancePlan(changes=(Change(path, before, after),), service="reconfigure", restart=True)


def test_a_service_that_is_gone_is_installed_again_without_a_new_import() -> None:
    planned = plan(WANTED, replace(SETTLED, service=None, live_thumbprint=None))
    assert planned == InstancePlan(changes=(Change("service", None, "running"),), service="install", restart=True)


@pytest.mark.parametrize(
    "access",
    [
        None,
        Access(full=frozenset({"S-1-5-18", "S-1-5-32-544"}), exclusive=False),
        Access(full=frozenset({"S-1-5-18"}), exclusive=True),
        Access(full=frozenset({"S-1-5-18", "S-1-5-32-544"}), readers=frozenset({"S-1-1-0"}), exclusive=True),
    ],
)
def test_access_that_differs_is_set_without_a_restart(access: Access | None) -> None:
    planned = plan(WANTED, replace(SETTLED, home_access=access))
    assert paths(planned) == ["home_directory.access"]
    assert replace(planned, changes=()) == InstancePlan(protect_home=True)
    planned = plan(WANTED, replace(SETTLED, application_access=access))
    assert paths(planned) == ["application_directory.access"]
    assert replace(planned, changes=()) == InstancePlan(protect_application_directory=True)


@pytest.mark.parametrize(
    ("rule", "before"),
    [
        (None, None),
        (FirewallRule(open=False, ports="10933"), None),
        (FirewallRule(open=True, ports="10934 from 10.0.0.0/8"), "10934 from 10.0.0.0/8"),
    ],
)
def test_a_firewall_that_is_not_open_is_opened_without_a_restart(rule: FirewallRule | None, before: str | None) -> None:
    planned = plan(WANTED, replace(SETTLED, firewall=rule))
    assert planned == InstancePlan(changes=(Change("firewall", before, "10933"),), open_firewall=True)
    assert plan(replace(WANTED, firewall=False), replace(SETTLED, firewall=rule)) == InstancePlan()


def test_a_key_that_a_killed_run_left_is_removed() -> None:
    assert plan(WANTED, replace(SETTLED, leftover_keys=True)) == InstancePlan(
        changes=(Change("leftover_keys", True, False),), clean_up=True
    )


def test_a_new_package_restarts_what_was_there_though_the_instance_does_not_differ() -> None:
    assert plan(WANTED, SETTLED, stale=True) == InstancePlan(restart=True)


def test_a_key_of_another_machine_is_imported_again() -> None:
    planned = plan(WANTED, replace(SETTLED, key_unreadable=True))
    assert planned == InstancePlan(
        changes=(Change("private_key", "encrypted on another machine", "imported"),), import_certificate=True, restart=True
    )


@pytest.mark.parametrize(
    ("home", "applications"), [("c:/octopus/", "C:\\OCTOPUS\\Applications\\."), ("C:\\\\Octopus", "C:\\x\\..\\Octopus\\applications")]
)
def test_a_path_in_another_spelling_is_no_change(home: str, applications: str) -> None:
    assert (
        plan(WANTED, replace(SETTLED, configuration=replace(CONFIGURED, home=home, application_directory=applications))) == InstancePlan()
    )


def test_what_the_services_account_cannot_reach_is_made_reachable_and_needs_no_restart() -> None:
    planned = plan(WANTED, replace(SETTLED, unreachable=("/etc/octopus",)))
    assert (paths(planned), planned.make_reachable, planned.restart) == (["unreachable"], ("/etc/octopus",), False)
