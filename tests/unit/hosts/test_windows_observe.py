"""From what one visit found on a Windows host to what is there."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import HostError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.folders import Folder
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.instance import (
    Access,
    FirewallRule,
    ObservedInstance,
    Service,
)
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.observation import Observation
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.package import InstalledPackage
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.version import Version
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.windows import names as names
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.windows.folders import FULL_CONTROL, READ_AND_EXECUTE
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.windows.observe import file_of, observe_steps, read_observation

from tests.unit.core.answers import READ, SHOWN
from tests.unit.hosts.linux_host import stored
from tests.unit.hosts.windows_host import BARE, OURS, STATE, WANTED, folder, outcomes

ACCOUNT_SID = BARE["account"]
COMMAND_LINE = names.command_line("Tentacle", names.INSTALL_LOCATION)


def encoded(text: str) -> str:
    """Return text as a step tells a file's content."""
    return base64.b64encode(text.encode()).decode()


def entry(name: str, path: str, file: str) -> dict[str, Any]:
    """Return a file of the instance index."""
    return indexed(file, json.dumps({"Name": name, "ConfigurationFilePath": path}))


def indexed(file: str, text: str, owner: str | None = names.ADMINISTRATORS) -> dict[str, Any]:
    """Return a file of the instance index, whatever it holds, as a visit tells it."""
    return {"name": file, "content": encoded(text), "owner": owner, "owner_name": None}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"index_elsewhere": "D:\\Octopus"}, r"TentacleMachineConfigurationHomeDirectory has Tentacle keep its instances in 'D:\\Octopus'"),
        ({"overridden": "True "}, "OCTOPUS_CONTRIBUTE_ENV_SETTINGS has Tentacle take settings from the environment"),
    ],
)
def test_an_environment_that_tentacle_obeys_and_nobody_sees_is_refused(values: dict[str, Any], words: str) -> None:
    with pytest.raises(HostError, match=words):
        read_observation(WANTED, outcomes(**values))


def test_a_switch_of_the_environment_that_is_off_harms_nothing() -> None:
    assert not read_observation(WANTED, outcomes(overridden="false")).instance.exists


def rule(sid: str, rights: int, *, allow: bool = True) -> dict[str, Any]:
    """Return one rule of a folder's access."""
    return {"sid": sid, "rights": rights, "allow": allow, "inherited": False}


def service(**fields: Any) -> dict[str, Any]:
    """Return the instance's service as Windows tells it."""
    told = {"name": "OctopusDeploy Tentacle", "state": "Running", "start_mode": "Auto", "account": "EXAMPLE\\deploy", "sid": None}
    return {**told, "command_line": COMMAND_LINE, **fields}


INSTALLED = {
    "products": [{"product_id": "{GUID}", "version": "9.2.4285"}],
    "index": [entry("tentacle", "C:\\Octopus\\Tentacle.config", "tentacle.config")],
    "configuration": {"rc": 0, "stdout": SHOWN, "stderr": "", "seconds": 1},
    "services": [service()],
    "certificate": OURS,
}


def observed(**values: Any) -> Observation:
    """Return what is read from a host with Tentacle on it, but for the values given. `settings`: what a second visit found."""
    visited = outcomes(**{**INSTALLED, **values})
    path = file_of(WANTED, visited)
    assert (path is None) == (values.get("settings") is None)
    return read_observation(WANTED, visited, path)


def answer(rc: int, stdout: str = "", stderr: str = "") -> dict[str, Any]:
    """Return what Tentacle answered."""
    return {"rc": rc, "stdout": stdout, "stderr": stderr, "seconds": 1}


def test_a_bare_host_has_nothing() -> None:
    observation = read_observation(WANTED, outcomes())
    assert observation.instance == ObservedInstance(application_folder=Folder(missing=("C:\\Octopus",)))
    assert observation.package == InstalledPackage(None, None, 528449)
    assert (observation.running, observation.awaiting) == ((), ())


def test_an_installed_host_is_read() -> None:
    observation = observed()
    assert observation.package == InstalledPackage(Version((9, 2, 4285)), "{GUID}", 528449)
    assert observation.instance.exists
    assert observation.instance.configuration == READ
    assert observation.instance.broken is None
    assert observation.instance.service == Service(True, True, "EXAMPLE\\deploy", COMMAND_LINE)
    assert observation.instance.live_thumbprint == OURS
    assert observation.running == ("OctopusDeploy Tentacle",)
    assert observation.facts["configuration_path"] == "C:\\Octopus\\Tentacle.config"


def test_windows_spells_accounts_and_paths_as_it_likes() -> None:
    found = observed(services=[service(account="example\\DEPLOY", command_line=COMMAND_LINE.upper())]).instance.service
    assert found == Service(True, True, "EXAMPLE\\deploy", COMMAND_LINE)


def test_an_account_is_the_same_by_its_sid_however_it_is_called() -> None:
    assert account_of(service(account="WIN01\\deploy", sid=ACCOUNT_SID)) == "EXAMPLE\\deploy"
    assert account_of(service(account="WIN01\\deploy", sid="S-1-5-21-1-2-3-1002")) == "WIN01\\deploy"
    assert account_of(service(account="GONE\\deploy")) == "GONE\\deploy"


def account_of(found: dict[str, Any]) -> str | None:
    """Return the account that is read of a service."""
    read = observed(services=[found]).instance.service
    return read.account if read else None


def test_a_service_that_is_not_running_is_not_counted_as_running() -> None:
    observation = observed(services=[service(state="Stopped", start_mode="Manual")])
    assert observation.instance.service == Service(False, False, "EXAMPLE\\deploy", COMMAND_LINE)
    assert observation.running == ()


def test_the_newest_of_two_products_is_installed() -> None:
    products = [
        {"product_id": "{OLD}", "version": "9.9.1"},
        {"product_id": "{NEW}", "version": "9.10.0"},
        {"product_id": "{X}", "version": ""},
    ]
    assert observed(products=products).package.product_id == "{NEW}"


PATH = r"C:\Octopus\Tentacle.config"
SETTINGS = {"Octopus.Home": "D:\\Home", "Tentacle.Services.PortNumber": "10955"}


def test_a_configuration_is_read_from_its_file_where_tentacle_does_not_tell_it() -> None:
    for configuration in (answer(100, "", "x"), answer(0, SHOWN[:100]), answer(0, SHOWN.replace("PortNumber", "Port"))):
        observation = observed(configuration=configuration, settings=stored(SETTINGS))
        instance = observation.instance
        assert instance.configuration is not None
        assert (instance.configuration.home, instance.configuration.port) == ("D:\\Home", 10955)
        assert (instance.broken, instance.unreadable, instance.unconfirmed) == (None, None, True)
        assert f"its settings were read from {PATH}." in observation.warnings[0]


def test_a_damaged_configuration_is_to_be_set_aside_and_one_that_nobody_can_read_is_not() -> None:
    damaged = observed(configuration=answer(100, "", "x"), settings=stored(damage="it is not XML: Root element is missing."))
    assert damaged.instance.broken == rf"the configuration {PATH} is damaged (it is not XML: Root element is missing)"
    assert damaged.facts["damaged"] == PATH
    assert observed(configuration=answer(1), settings=stored(there=False)).instance.broken == f"the configuration {PATH} is not there"
    unknown = observed(configuration=answer(100, "", "x"), settings=OSError("Access is denied"))
    assert (unknown.instance.broken, unknown.facts["damaged"]) == (None, "")
    assert "Access is denied. Nothing was changed." in str(unknown.instance.unreadable)


def test_our_own_entry_of_the_index_can_be_made_again_and_anothers_cannot() -> None:
    ours = observed(index=[indexed("Tentacle.config", "{")], configuration=answer(100), settings=stored(SETTINGS))
    assert ours.instance.broken == "the index entry Tentacle.config cannot be read"
    assert ours.facts["entry"] == f"{names.INDEX}\\tentacle.config"
    assert ours.instance.configuration is not None
    assert (ours.facts["configuration_path"], ours.facts["damaged"]) == (PATH, "")
    with pytest.raises(HostError, match=r"%ProgramData%\\Octopus\\Tentacle\\Instances\\other\.config .*move it out of the folder"):
        observed(index=[*INSTALLED["index"], indexed("other.config", "")])


def test_a_tentacle_that_cannot_be_started_is_a_failure_of_its_own() -> None:
    found = observed(configuration=OSError("access is denied"), settings=stored(SETTINGS)).instance
    assert found.unreadable == "Tentacle could not be asked for its configuration: access is denied."
    assert found.broken is None


def test_an_instance_whose_package_is_gone_is_read_from_its_file() -> None:
    instance = observed(products=[], configuration=OSError("the file was not found"), settings=stored(SETTINGS)).instance
    assert instance.exists
    assert instance.configuration is not None
    assert (instance.broken, instance.unreadable, instance.unconfirmed) == (None, None, True)


def test_access_is_read_rule_by_rule() -> None:
    rules = [rule(names.SYSTEM, FULL_CONTROL), rule(names.USERS, READ_AND_EXECUTE)]
    exclusive = Access(full=frozenset({names.SYSTEM}), readers=frozenset({names.USERS}), exclusive=True)
    assert observed(home=folder(rules=rules)).instance.home_access == exclusive
    assert observed(application=folder(protected=False, rules=rules)).instance.application_access == replace(exclusive, exclusive=False)


@pytest.mark.parametrize("other", [rule(names.USERS, 278), rule(names.SYSTEM, FULL_CONTROL, allow=False)])
def test_any_right_that_is_neither_full_nor_reading_and_any_refusal_is_somebody_elses(other: dict[str, Any]) -> None:
    access = observed(home=folder(rules=[rule(names.SYSTEM, FULL_CONTROL), other])).instance.home_access
    assert access == Access(full=frozenset({names.SYSTEM}), exclusive=False)


def test_the_expected_access_names_the_services_account_by_its_sid() -> None:
    expected = observed().expected
    assert expected.home_access == Access(full=frozenset({names.SYSTEM, names.ADMINISTRATORS, ACCOUNT_SID}), exclusive=True)
    assert expected.application_access.readers == frozenset({names.USERS})
    assert "account" not in observe_steps(replace(WANTED, service_account=None))


RULE = {"enabled": True, "inbound": True, "allow": True, "protocol": 6, "ports": "10933", "profiles": 2147483647, "remote_addresses": "*"}


@pytest.mark.parametrize(
    ("fields", "read"),
    [
        ({}, FirewallRule(True, "10933")),
        ({"enabled": False}, FirewallRule(False, "10933")),
        ({"allow": False}, FirewallRule(False, "10933")),
        ({"inbound": False}, FirewallRule(False, "10933")),
        ({"protocol": 17}, FirewallRule(False, "10933")),
        ({"remote_addresses": "10.0.0.0/8"}, FirewallRule(True, "10933 from 10.0.0.0/8")),
    ],
)
def test_a_firewall_rule_is_open_only_when_it_lets_tcp_in_for_everybody(fields: dict[str, Any], read: FirewallRule) -> None:
    assert observed(firewall={"problem": None, "rules": [RULE | fields]}).instance.firewall == read


def test_several_rules_of_one_name_are_to_be_one_again() -> None:
    rules = [RULE, RULE | {"remote_addresses": "10.0.0.0/8"}]
    assert observed(firewall={"problem": None, "rules": rules}).instance.firewall == FirewallRule(False, "10933, 10933 from 10.0.0.0/8")


def test_a_firewall_that_cannot_be_asked_is_no_reason_to_see_nothing_of_the_host() -> None:
    instance = observed(firewall={"problem": "it is off (0x800706D9)", "rules": []}).instance
    assert (instance.firewall, instance.firewall_problem, instance.exists) == (None, "it is off (0x800706D9)", True)


def test_a_firewall_that_is_not_ours_is_not_looked_at() -> None:
    assert "firewall" not in observe_steps(replace(WANTED, firewall=False))


@pytest.mark.parametrize(
    ("noted", "stopped"),
    [(json.dumps(["OctopusDeploy Tentacle", "gone since"]), ("OctopusDeploy Tentacle",)), ("[", ()), ("", ())],
)
def test_services_that_a_killed_run_stopped_are_remembered_if_they_still_exist(noted: str, stopped: tuple[str, ...]) -> None:
    assert observed(stopped=encoded(noted), state=STATE).awaiting == stopped


def test_traces_of_a_killed_run_are_seen() -> None:
    instance = observed(**{"marker": True, "import": True, "state": STATE}).instance
    assert instance.restart_pending
    assert instance.leftover_keys
