"""From what one visit found on a Linux host to what is there."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import HostError, InputError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.folders import Folder
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.instance import (
    Access,
    Configuration,
    FirewallRule,
    ObservedInstance,
    Service,
    TrustedServer,
)
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.observation import Observation
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.package import InstalledPackage
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.version import Version
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.linux import names as names
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.linux.observe import file_of, observe_steps, read_observation

from tests.unit.core.answers import READ, SHOWN
from tests.unit.hosts.linux_host import CONFIGURATION, FOLDER, HOME, OURS, SERVER, WANTED, encoded, entry, outcomes, stored, told

EXECUTED = (
    "{ path=/opt/octopus/tentacle/Tentacle ; argv[]=/opt/octopus/tentacle/Tentacle run --instance=Tentacle --noninteractive ; "
    "ignore_errors=no ; start_time=[Tue 2026-11-24 12:00:00 UTC] ; stop_time=[n/a] ; pid=42 ; code=(null) ; status=0/0 }"
)
"""As systemd 252 prints it."""


def unit(**fields: str) -> dict[str, str]:
    """Return the instance's unit as systemd tells it."""
    return {
        "Id": "Tentacle.service",
        "LoadState": "loaded",
        "ActiveState": "active",
        "SubState": "running",
        "UnitFileState": "enabled",
        "User": "deploy",
        "ExecStart": EXECUTED,
        "FragmentPath": "/etc/systemd/system/Tentacle.service",
        **fields,
    }


def access(path: str, mode: int, owner: str = "deploy") -> dict[str, Any]:
    """Return what a path's owner and mode are."""
    return {"path": path, "owner": owner, "mode": mode}


INSTALLED: dict[str, Any] = {
    "program": True,
    "version": told("9.2.4285"),
    "dpkg": told("ii |9.2.4285"),
    "index": {
        "files": [entry("Tentacle", CONFIGURATION, "tentacle.config")],
        "configuration": CONFIGURATION,
        "owner": "deploy",
    },
    "configuration": told(SHOWN),
    "units": [unit()],
    "certificate": OURS,
    "home": [access(HOME, 0o700), access(CONFIGURATION, 0o600), access(f"{HOME}/Logs", 0o700)],
    "home_folder": {**FOLDER, "exists": True, "owner": "deploy", "holds": ["Logs"], "marked": True},
    "application_folder": {**FOLDER, "exists": True, "owner": "deploy"},
    "entry_folder": {**FOLDER, "exists": True, "owner": "root", "is_folder": False},
    "entry": [access(names.entry("Tentacle"), 0o644, "root")],
}


def observed(**values: Any) -> Observation:
    """Return what is read from a host with Tentacle on it, but for the values given. `settings`: what a second visit found."""
    visited = outcomes(**{**INSTALLED, **values})
    path = file_of(WANTED, visited)
    assert (path is None) == (values.get("settings") is None)
    return read_observation(WANTED, visited, path)


def test_a_bare_host_has_nothing() -> None:
    observation = read_observation(WANTED, outcomes())
    conventional = Folder(tentacles=True)
    assert observation.instance == ObservedInstance(firewall_active=False, home_folder=conventional, application_folder=conventional)
    assert observation.package == InstalledPackage(None)
    assert (observation.running, observation.awaiting, observation.others) == ((), (), {})


def test_an_installed_host_is_read() -> None:
    observation = observed()
    assert observation.package == InstalledPackage(Version((9, 2, 4285)))
    assert observation.instance.configuration == READ
    assert observation.instance.service == Service(True, True, "deploy", names.command_line("Tentacle"))
    assert observation.instance.live_thumbprint == OURS
    assert not observation.instance.key_unreadable
    assert observation.running == ("Tentacle.service",)
    assert observation.facts["installed_as"] == "deb"
    assert observation.instance.home_access == observation.expected.home_access
    assert observation.instance.application_access == observation.expected.application_access


def test_tentacle_is_asked_as_the_owner_of_the_configuration() -> None:
    steps = observe_steps(WANTED)
    assert steps["index"]["keep"]["owner"] == "owner"
    assert {name for name, step in steps.items() if step.get("user") == "<owner>"} == {"configuration"}
    assert list(steps).index("index") < list(steps).index("configuration")
    assert {names.LOG_FOLDER, names.MACHINE_FOLDER} == set(steps["version"]["scratch"])
    assert steps["configuration"]["scratch"] == [names.LOG_FOLDER]


def test_no_other_user_than_root_has_the_folder_above_the_index() -> None:
    above = replace(WANTED, home="/etc/octopus")
    with pytest.raises(InputError, match="holds the index of instances") as refused:
        read_observation(above, outcomes(above, **INSTALLED))
    assert refused.value.option == "home_directory"


@pytest.mark.parametrize(
    ("home", "found", "tentacles"),
    [
        (HOME, {}, True),
        ("/srv/data", {}, False),
        ("/srv/data", {"marked": True}, True),
        ("/srv/octopus", {"configuration": "/srv/octopus/old.config"}, True),
        ("/home/Octopus2", {}, False),
    ],
)
def test_a_home_is_tentacles_by_its_place_its_files_or_the_index(home: str, found: dict[str, Any], tentacles: bool) -> None:
    wanted = replace(WANTED, home=home)
    path = found.get("configuration", CONFIGURATION)
    index = {**INSTALLED["index"], "files": [entry("Tentacle", path, "tentacle.config")], "configuration": path}
    folder = {**FOLDER, "exists": True, "owner": "root", "holds": ["x"], "marked": found.get("marked", False)}
    seen = read_observation(wanted, outcomes(wanted, **{**INSTALLED, "index": index, "home_folder": folder})).instance.home_folder
    assert seen == Folder(exists=True, owner="root", holds=("x",), tentacles=tentacles)


def test_links_and_exposed_folders_are_told() -> None:
    found = {**FOLDER, "link": "/home/deploy/x", "exposed": ["/home/deploy", "alice"]}
    instance = observed(home_folder=found, application_folder=found).instance
    for folder in (instance.home_folder, instance.application_folder):
        assert (folder.link, folder.exposed) == ("/home/deploy/x", ("/home/deploy", "alice"))
    inside = observed(application_folder={**found, "exposed": [HOME, "ops"]}).instance
    assert inside.application_folder.exposed is None


def test_what_is_ours_and_the_services_user_cannot_reach_is_told_and_the_settings_are_read_from_the_file() -> None:
    values = {
        "entry_folder": {**INSTALLED["entry_folder"], "closed": ["/etc/octopus", names.INDEX]},
        "home_folder": {**INSTALLED["home_folder"], "closed": ["/etc/octopus"]},
        "application_folder": {**INSTALLED["application_folder"], "closed": ["/home/Octopus", HOME]},
        "entry": [access(names.entry("Tentacle"), 0o600, "root")],
    }
    refused = told(rc=1, stderr="Instance Tentacle has not been configured")
    instance = observed(**values, configuration=refused, settings=stored(SETTINGS)).instance
    assert set(instance.unreachable) == {"/etc/octopus", names.INDEX, "/home/Octopus", names.entry("Tentacle")}
    assert (instance.broken, instance.key_unreadable) == (None, False)
    assert instance.configuration is not None
    assert instance.configuration.thumbprint == OURS


def test_a_folder_of_others_that_the_services_user_cannot_pass_is_named() -> None:
    with pytest.raises(HostError, match=r"^The user 'deploy' \('tentacle_service_user'\) cannot pass the folder '/srv/private'"):
        observed(application_folder={**FOLDER, "closed": ["/srv/private"]})


def test_visiting_changes_nothing() -> None:
    assert {step["do"] for step in observe_steps(WANTED).values()} <= {
        "machine", "query", "exists", "instances", "settings", "units", "certificate", "access", "file", "folder", "account",
    }  # fmt: skip


REFUSED = told(rc=100, stderr="Unable to parse configuration key 'Tentacle.Certificate' as a 'String'.")
SETTINGS = {
    "Octopus.Home": HOME,
    "Tentacle.CertificateThumbprint": OURS,
    "Tentacle.Services.PortNumber": "10955",
    "Tentacle.Services.NoListen": "true",
    "Tentacle.Communication.TrustedOctopusServers": json.dumps(
        [{"Thumbprint": SERVER, "CommunicationStyle": "TentaclePassive", "Address": None, "Squid": None, "SubscriptionId": None}]
    ),
}


def test_a_key_that_was_encrypted_on_another_machine_is_no_thumbprint_of_this_one_and_all_else_is_read() -> None:
    instance = observed(configuration=REFUSED, settings=stored(SETTINGS), certificate=OSError("refused")).instance
    assert instance.key_unreadable
    assert instance.broken is None
    assert instance.shown_thumbprints == ()
    assert instance.configuration == Configuration(
        HOME, "/home/Octopus/Applications", OURS, 10955, None, False, trusted=(TrustedServer(SERVER),)
    )


def test_a_configuration_is_read_from_its_file_where_tentacle_does_not_tell_it() -> None:
    observation = observed(configuration=told(rc=1, stderr="Could not write to temp folder"), settings=stored(SETTINGS))
    instance = observation.instance
    assert instance.configuration is not None
    assert (instance.configuration.port, instance.configuration.trusted) == (10955, (TrustedServer(SERVER),))
    assert (instance.broken, instance.unreadable, instance.unconfirmed) == (None, None, True)
    assert "Tentacle show-configuration --instance Tentacle" in observation.warnings[0]
    assert (observation.facts["configuration_path"], observation.facts["damaged"]) == (CONFIGURATION, "")


def test_a_damaged_configuration_is_to_be_set_aside_and_one_that_nobody_can_read_is_not() -> None:
    refused = told(rc=100, stderr="Unable to parse configuration key 'Octopus.Home' as a 'String'. Value was ''.")
    damaged = observed(configuration=refused, settings=stored(damage="it is not XML: cut off"))
    assert damaged.instance.broken == f"the configuration {CONFIGURATION} is damaged (it is not XML: cut off)"
    assert damaged.facts["damaged"] == CONFIGURATION
    for settings in (stored({"Tentacle.Services.PortNumber": "many"}), OSError("Permission denied")):
        unknown = observed(configuration=refused, settings=settings)
        assert (unknown.instance.broken, unknown.facts["damaged"]) == (None, "")
        assert unknown.instance.unreadable is not None


def test_a_damaged_entry_of_the_index_leaves_the_configuration_where_it_is() -> None:
    index = {**INSTALLED["index"], "files": [{"name": "tentacle.config", "content": ""}], "configuration": None}
    found = observed(index=index, configuration=told(rc=100), settings=stored(SETTINGS))
    assert found.instance.broken == "the index entry tentacle.config cannot be read"
    assert found.instance.configuration is not None
    assert (found.facts["entry"], found.facts["damaged"]) == (names.entry("Tentacle"), "")
    assert found.facts["configuration_path"] == CONFIGURATION


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"SubState": "auto-restart", "ActiveState": "activating"}, Service(False, True, "deploy", names.command_line("Tentacle"))),
        ({"ActiveState": "failed", "SubState": "failed"}, Service(False, True, "deploy", names.command_line("Tentacle"))),
        ({"UnitFileState": "disabled", "User": ""}, Service(True, False, "root", names.command_line("Tentacle"))),
    ],
)
def test_a_unit_runs_when_systemd_says_so(fields: dict[str, str], expected: Service) -> None:
    assert observed(units=[unit(**fields)]).instance.service == expected


def test_a_unit_of_another_program_is_not_taken_over() -> None:
    foreign = unit(ExecStart="{ path=/usr/sbin/sshd ; argv[]=/usr/sbin/sshd -D ; }", FragmentPath="/lib/systemd/system/ssh.service")
    with pytest.raises(HostError, match=r"/lib/systemd/system/ssh\.service"):
        observed(units=[foreign])


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"Id": "ssh.service", "Names": "ssh.service Tentacle.service", "ExecStart": "/usr/sbin/sshd"},
            "'Tentacle.service' is another name",
        ),
        ({"LoadState": "masked", "ExecStart": "", "FragmentPath": ""}, "a unit 'Tentacle.service' that is not Tentacle's .masked."),
        ({"LoadState": "bad-setting", "ExecStart": ""}, "a unit 'Tentacle.service' that is not"),
        ({"ExecStart": EXECUTED.replace("=Tentacle ", "=Other ")}, "a unit 'Tentacle.service' that is another instance's"),
    ],
)
def test_a_unit_that_is_another_ones_in_any_other_way_is_not_taken_over(fields: dict[str, str], words: str) -> None:
    with pytest.raises(HostError, match=words):
        observed(units=[unit(**fields)])


def test_a_unit_that_is_tentacles_own_is_taken_whatever_its_other_names() -> None:
    assert observed(units=[unit(Names="Tentacle.service octo.service")]).instance.service is not None
    assert observed(units=[unit(LoadState="not-found")]).instance.service is None


def test_other_instances_and_their_services_are_seen() -> None:
    files = [*INSTALLED["index"]["files"], entry("second", "/etc/octopus/second/x.config", "second.config")]
    other = unit(Id="second.service", ExecStart=EXECUTED.replace("Tentacle --non", "second --non"))
    observation = observed(index={**INSTALLED["index"], "files": files}, units=[unit(), other])
    assert observation.others == {"second": "/etc/octopus/second/x.config"}
    assert observation.running == ("Tentacle.service", "second.service")


@pytest.mark.parametrize(
    "home",
    [
        [access(HOME, 0o755), access(CONFIGURATION, 0o600)],
        [access(HOME, 0o700), access(CONFIGURATION, 0o644)],
        [access(HOME, 0o700), access(CONFIGURATION, 0o600), access(f"{HOME}/Logs", 0o750)],
        [access(HOME, 0o700), access(CONFIGURATION, 0o600, "root")],
        [access(HOME, 0o700, "root"), access(CONFIGURATION, 0o600)],
        [access(CONFIGURATION, 0o600)],
        [],
    ],
)
def test_a_home_that_others_can_read_or_that_another_owns_is_not_what_is_wanted(home: list[dict[str, Any]]) -> None:
    observation = observed(home=home)
    assert observation.instance.home_access != observation.expected.home_access


def test_others_may_pass_through_a_home_that_holds_the_index_and_no_other() -> None:
    passable = replace(WANTED, home="/etc/octopus", service_account=None)
    found = read_observation(passable, outcomes(passable, **{**INSTALLED, "home": [access("/etc/octopus", 0o711, "root")]}))
    assert found.instance.home_access == Access(full=frozenset({"root"}), exclusive=True)
    assert observed(home=[access(HOME, 0o711)]).instance.home_access == Access(full=frozenset({"deploy"}), exclusive=False)


NO_ANSWERS = [told(rc=1, stderr="Could not write to temp folder"), told("what?"), told(rc=100), OSError("Exec format error")]


@pytest.mark.parametrize("version", NO_ANSWERS)
@pytest.mark.parametrize("package", [{}, {"dpkg": told("hi |9.2.4285")}, {"dpkg": told(rc=1), "rpm": told("9.2.4285")}])
def test_a_tentacle_that_gives_no_answer_is_the_one_that_the_package_manager_has(version: Any, package: dict[str, Any]) -> None:
    found = observed(version=version, **package)
    assert found.package.version == Version((9, 2, 4285))
    assert found.instance.unreadable is None


@pytest.mark.parametrize("version", NO_ANSWERS)
@pytest.mark.parametrize("package", [{"dpkg": told("iHR|9.2.4285")}, {"dpkg": told("iU |9.2.4285")}, {"dpkg": told("iiR|9.2.4285")}])
def test_one_that_its_package_manager_calls_half_installed_is_broken(version: Any, package: dict[str, Any]) -> None:
    found = observed(version=version, configuration=OSError("not there"), settings=stored(SETTINGS), **package)
    assert (found.package.version, found.facts["installed_as"], found.instance.unreadable) == (None, "deb", None)
    assert observed(**package).package.version == Version((9, 2, 4285))  # it answers, so it works


@pytest.mark.parametrize("dpkg", [told("ii |9.2.4285"), told(rc=1)])
def test_one_whose_program_is_missing_is_broken_or_not_there(dpkg: dict[str, Any]) -> None:
    missing = OSError("not there")
    found = observed(program=False, version=missing, dpkg=dpkg, configuration=missing, settings=stored(SETTINGS))
    assert (found.package.version, found.facts["installed_as"]) == (None, "" if dpkg["rc"] else "deb")
    assert found.instance.configuration is not None


@pytest.mark.parametrize("version", NO_ANSWERS)
def test_one_that_nobody_packaged_and_that_gives_no_answer_is_an_error_that_names_the_command(version: Any) -> None:
    found = observed(version=version, dpkg=told(rc=1))
    assert (found.package.version, found.facts["installed_as"]) == (None, "archive")
    assert str(found.instance.unreadable).startswith("'Tentacle version' ")
    assert "Nothing was changed." in str(found.instance.unreadable)


def test_a_package_database_that_cannot_be_read_is_an_error() -> None:
    for values in ({"dpkg": told(rc=2, stderr="error: failed to open")}, {"dpkg": told(rc=1), "rpm": told(rc=1, stderr="db5 error")}):
        with pytest.raises(HostError, match=r"^'(dpkg-query|rpm) .* ended with exit code [12]: "):
            observed(**values)


@pytest.mark.parametrize(
    ("values", "format_"),
    [
        ({}, "deb"),
        ({"dpkg": told(rc=1), "rpm": told("9.2.4285")}, "rpm"),
        ({"dpkg": told("rc |9.2.4285"), "rpm": told("package tentacle is not installed\n", rc=1)}, "archive"),
        ({"dpkg": OSError("not there")}, "archive"),
    ],
)
def test_who_owns_the_files_is_seen(values: dict[str, Any], format_: str) -> None:
    assert observed(**values).facts["installed_as"] == format_


def test_the_version_is_asked_without_any_instance() -> None:
    step = observe_steps(WANTED)["version"]
    assert step["scratch"] == ["DefaultLogDirectory", "TentacleMachineConfigurationHomeDirectory"]
    assert "user" not in step


UFW = "Status: active\n\nTo                         Action      From\n--                         ------      ----\n"


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("10933/tcp                  ALLOW       Anywhere                   # Octopus Tentacle\n", FirewallRule(True, "10933")),
        ("10933                      ALLOW       Anywhere\n", FirewallRule(True, "10933")),
        ("10933/tcp (v6)             ALLOW       Anywhere (v6)\n", None),
        ("10933/tcp                  ALLOW       10.0.0.0/8\n", FirewallRule(True, "10933 from 10.0.0.0/8")),
        ("10933/tcp                  DENY        Anywhere\n", None),
        ("22/tcp                     ALLOW       Anywhere\n", None),
    ],
)
def test_ufw_is_read_when_it_is_active(rules: str, expected: FirewallRule | None) -> None:
    instance = observed(ufw=told(UFW + rules)).instance
    assert (instance.firewall_active, instance.firewall) == (True, expected)


@pytest.mark.parametrize(
    ("now", "kept", "expected"),
    [
        ("10933/tcp 80/tcp", "10933/tcp", FirewallRule(True, "10933")),
        ("10933/tcp", "", None),
        ("", "10933/tcp", None),
    ],
)
def test_firewalld_has_to_say_it_twice(now: str, kept: str, expected: FirewallRule | None) -> None:
    instance = observed(firewalld=told("running"), firewalld_now=told(now), firewalld_kept=told(kept)).instance
    assert (instance.firewall_active, instance.firewall) == (True, expected)


def test_no_firewall_at_work_needs_no_rule() -> None:
    assert not observed(ufw=told("Status: inactive\n"), firewalld=told(rc=252)).instance.firewall_active
    assert "ufw" not in observe_steps(replace(WANTED, firewall=False))


@pytest.mark.parametrize(
    ("noted", "awaiting"), [(json.dumps(["Tentacle.service", "gone.service"]), ("Tentacle.service",)), ("[", ()), ("", ())]
)
def test_services_that_a_killed_run_left_with_the_old_version_are_remembered(noted: str, awaiting: tuple[str, ...]) -> None:
    assert observed(awaiting=encoded(noted)).awaiting == awaiting


def test_a_machine_without_systemd_is_refused() -> None:
    with pytest.raises(HostError, match="not run by systemd"):
        observed(machine={"architecture": "x86_64", "systemd": False, "tools": []})


def test_a_service_user_that_is_not_there_is_named() -> None:
    with pytest.raises(HostError, match="no user 'deploy'"):
        observed(account=None)


@pytest.mark.parametrize(
    ("account", "words"),
    [
        (
            {"home": "/home/deploy", "home_exists": False, "home_owned": False},
            "The user 'deploy' has no home directory ('/home/deploy' is not there), and Tentacle keeps its key there. "
            "Make it (install -d -m 0700 -o deploy '/home/deploy'), or name another 'tentacle_service_user'.",
        ),
        (
            {"home": "/", "home_exists": True, "home_owned": False},
            "The home directory of the user 'deploy' ('/') is not the user's own, and Tentacle keeps its key there. "
            "Give the user another one (usermod --home), or name another 'tentacle_service_user'.",
        ),
        (
            {"home": "/home/deploy", "home_exists": True, "home_owned": True, "closed_store": "/home/deploy/.dotnet"},
            "The user 'deploy' cannot write to '/home/deploy/.dotnet', and Tentacle keeps its key there. Give it back "
            "(chown -R deploy '/home/deploy/.dotnet'; chmod u+rwx '/home/deploy/.dotnet'), or name another 'tentacle_service_user'.",
        ),
    ],
)
def test_a_service_user_that_has_no_home_of_its_own_is_refused_before_anything_is_done(account: dict[str, Any], words: str) -> None:
    with pytest.raises(HostError) as error:
        observed(account=account)
    assert str(error.value) == words


def test_a_home_in_another_spelling_is_the_same() -> None:
    same = replace(WANTED, home=f"{HOME}/")
    found = read_observation(same, outcomes(same, **{**INSTALLED, "home": INSTALLED["home"]}))
    assert found.instance.home_access == found.expected.home_access


def test_a_firewalld_that_does_not_list_its_ports_has_no_rule() -> None:
    instance = observed(firewalld=told("running"), firewalld_now=OSError("timed out"), firewalld_kept=told("10933/tcp")).instance
    assert (instance.firewall_active, instance.firewall) == (True, None)


def test_a_systemd_that_cannot_be_asked_is_told_in_one_line() -> None:
    with pytest.raises(HostError, match=r"^Asking systemd for its units failed: no answer within 30 seconds\.$"):
        observed(units=OSError("no answer\nwithin 30 seconds"))


def test_a_broken_entry_of_another_instance_says_where_it_is() -> None:
    with pytest.raises(HostError, match=r"/etc/octopus/Tentacle/Instances/other\.config .*move it out of the folder"):
        observed(index={**INSTALLED["index"], "files": [{"name": "other.config", "content": encoded("")}]})
