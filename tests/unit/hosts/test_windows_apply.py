"""The order in which a Windows host is changed, and where secrets go."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.folders import Folder
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.instance import Service
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.plan import InstancePlan
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts import contract as do
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.step import Step
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.windows import names as names
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.windows.apply import (
    apply_steps,
    remove_steps,
    start_steps,
    stop_steps,
)
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.windows.observe import observe_steps

from tests.unit.hosts.windows_host import EVERYTHING, OBSERVATION, OURS, WANTED

MARKER = names.marker("Tentacle")


def steps_of(plan: InstancePlan = EVERYTHING, *, service_password: bool = False) -> list[Step]:
    """Return the steps of a plan, without those that find out where things are."""
    steps = apply_steps(WANTED, plan, OBSERVATION, service_password=service_password, listen_seconds=42)
    return [step for step in steps if step["do"] not in ("path", "registry")]


def commands(steps: list[Step]) -> list[str]:
    """Return the arguments of the commands."""
    return [subprocess.list2cmdline(step["arguments"]) for step in steps if step["do"] == "run"]


def test_the_marker_is_written_before_any_change_but_that_of_its_own_folder() -> None:
    steps = steps_of()
    assert (steps[0]["do"], steps[0]["path"]) == ("directory", names.STATE)
    assert steps[1] == {"do": "write", "path": MARKER, "content": ""}


def test_the_marker_goes_last_after_the_port_presented_the_certificate() -> None:
    stop, start, certificate, remove, tail = steps_of()[-5:]
    assert [stop["do"], start["do"]] == ["stop", "start"]
    assert (certificate["do"], certificate["expect"], certificate["wait"]) == ("certificate", OURS, 42)
    assert "optional" not in certificate
    assert remove == {"do": "remove", "path": MARKER}
    assert (tail["do"], tail["always"], tail["optional"]) == ("tail", True, True)


def test_nothing_is_marked_or_restarted_where_nothing_has_to_be_read_again() -> None:
    steps = steps_of(InstancePlan(open_firewall=True, protect_home=True))
    assert [step["do"] for step in steps] == ["directory", "directory", "set_firewall"]


def test_the_commands_come_in_the_order_in_which_tentacle_needs_them() -> None:
    assert [command.split()[0] for command in commands(steps_of())] == ["create-instance", "import-certificate", "configure", "service"]


def test_the_key_lies_in_a_closed_folder_that_is_removed_in_every_case() -> None:
    steps = steps_of(InstancePlan(import_certificate=True))
    folder, write, run, remove = steps[1:]
    owners = list(names.TRUSTED)
    assert folder == {
        "do": "directory",
        "path": names.IMPORT,
        "full": [names.SYSTEM, names.ADMINISTRATORS],
        "readers": [],
        "owners": owners,
    }
    assert write["content"] == "<pfx>"
    assert write["path"].startswith(names.IMPORT)
    assert run["do"] == "run"
    assert remove == {"do": "remove", "path": names.IMPORT, "always": True}


@pytest.mark.parametrize("service_password", [False, True])
def test_the_one_secret_in_arguments_is_the_one_time_password_of_the_file(service_password: bool) -> None:
    steps = steps_of(service_password=service_password)
    assert "--from-base64" not in json.dumps(steps)
    named = [word for command in commands(steps) for word in ("<pfx>", "<pfx_password>", "<service_password>") if word in command]
    assert named == ["<pfx_password>"]


def test_the_services_password_goes_by_the_environment_and_only_when_there_is_one() -> None:
    with_password, without = (steps_of(InstancePlan(service="reconfigure"), service_password=given)[-1] for given in (True, False))
    assert with_password["environment"] == {"OCTOPUS_SERVICE_PASSWORD": "<service_password>"}
    assert "environment" not in without
    assert with_password["arguments"] == without["arguments"]
    assert without["arguments"] == ["service", "--instance", "Tentacle", "--reconfigure", "--username", "EXAMPLE\\deploy"]


@pytest.mark.parametrize(
    ("kind", "before", "wanted", "options"),
    [
        ("install", None, None, ""),
        ("install", None, "EXAMPLE\\deploy", " --username EXAMPLE\\deploy"),
        ("reconfigure", "EXAMPLE\\deploy", None, " --username LocalSystem"),
        ("reconfigure", "LocalSystem", None, ""),
        ("reconfigure", "EXAMPLE\\deploy", "EXAMPLE\\deploy", ""),
        ("reconfigure", "LocalSystem", "EXAMPLE\\deploy", " --username EXAMPLE\\deploy"),
    ],
)
def test_an_account_is_named_only_when_it_changes(kind: str, before: str | None, wanted: str | None, options: str) -> None:
    """To name one without its password would make Windows forget the password."""
    service = Service(True, True, before, "old.exe") if before else None
    observation = replace(OBSERVATION, instance=replace(OBSERVATION.instance, service=service))
    steps = apply_steps(
        replace(WANTED, service_account=wanted), InstancePlan(service=kind), observation, service_password=False, listen_seconds=1
    )
    assert commands(steps) == [f"service --instance Tentacle --{kind}{options}"]


def test_what_is_broken_is_set_aside_before_it_is_made_again_and_nothing_is_removed() -> None:
    entry, configuration, create = steps_of(InstancePlan(set_aside=True, create=True))[1:]
    # Not inside of the index, where Tentacle would read it.
    assert entry == do.set_aside(f"{names.INDEX}\\tentacle.config", "<programdata>\\Octopus\\Tentacle\\tentacle.config.broken")
    assert configuration == do.set_aside("C:\\Octopus\\Tentacle.config", "C:\\Octopus\\Tentacle.config.broken")
    assert create["arguments"][-4:] == ["--config", "C:\\Octopus\\Tentacle.config", "--home", "C:\\Octopus"]


def test_what_a_killed_run_left_is_removed_after_the_marker_was_written() -> None:
    steps = steps_of()
    assert steps[2] == {"do": "remove", "path": names.IMPORT}


def test_services_are_noted_before_they_are_stopped_and_forgotten_after_they_run() -> None:
    stopping = [step["do"] for step in stop_steps(["one", "two"])]
    assert stopping[-3:] == ["write", "stop", "stop"]
    starting = start_steps(["one", "two"])
    assert [step["do"] for step in starting[-4:]] == ["start", "start", "remove", "remove"]
    assert [step["path"] for step in starting[-2:]] == [names.PACKAGE, names.STOPPED]


def test_what_users_and_hosts_say_never_becomes_a_secret() -> None:
    sly = replace(WANTED, home="C:\\<pfx>", application_directory="C:\\<service_password>", service_account="<pfx_password>\\x")
    plan = replace(EVERYTHING, configure=("--home", "C:\\<pfx>"))
    observation = replace(
        OBSERVATION,
        instance=replace(OBSERVATION.instance, home_folder=Folder(missing=("C:\\<pfx>",)), leftover_keys=True),
        facts={**OBSERVATION.facts, "configuration_path": "C:\\<pfx>\\x", "damaged": "C:\\<pfx>\\x"},
    )
    steps = [
        *apply_steps(sly, plan, observation, service_password=False, listen_seconds=1),
        *observe_steps(sly).values(),
        *remove_steps(sly, observation),
        *stop_steps(["<pfx>"]),
        *start_steps(["<pfx>"]),
    ]
    ours = ('"content": "<pfx>"', '"--pfx-password", "<pfx_password>"')
    sent = json.dumps(steps)
    for word in ours:
        assert sent.count(word) == 1
        sent = sent.replace(word, "")
    assert re.findall("<(?:pfx|pfx_password|service_password)>", sent) == []


def test_the_note_of_stopped_services_goes_with_the_last_of_them() -> None:
    noted = replace(OBSERVATION, facts={**OBSERVATION.facts, "noted": names.STOPPED}, awaiting=(OBSERVATION.service,))
    assert do.remove(names.STOPPED) in remove_steps(WANTED, noted)
    assert do.remove(names.STOPPED) not in remove_steps(WANTED, replace(noted, awaiting=("OctopusDeploy Tentacle: other",)))
    assert do.remove(names.STOPPED) not in remove_steps(WANTED, OBSERVATION)


def test_a_name_with_blanks_is_one_argument() -> None:
    named = replace(WANTED, name="Second one")
    run = apply_steps(named, InstancePlan(configure=("--port", "1")), OBSERVATION, service_password=False, listen_seconds=1)[-1]
    assert run["arguments"] == ["configure", "--instance", "Second one", "--port", "1"]
