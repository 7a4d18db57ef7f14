"""The order in which a Linux host is changed, and where secrets go."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.communication import PolledServer, Polling
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.folders import Folder
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.instance import (
    Configuration,
    FirewallRule,
    ObservedInstance,
    Service,
)
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.plan import InstancePlan
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts import contract as do
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.linux import names as names
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.linux.apply import (
    apply_steps,
    note_steps,
    remove_steps,
    restart_steps,
)
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.linux.observe import observe_steps
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.step import Step, optional

from tests.unit.hosts.linux_host import CONFIGURATION, HOME, OBSERVATION, OURS, SERVER, WANTED
from tests.unit.hosts.windows_host import EVERYTHING

MARKER = names.marker("Tentacle")
FORMER = "B2" * 20
HERE = "https://octopus.example.com:10943"
CLONED = Configuration(HOME, "/home/Octopus/Applications", FORMER, 10933, None, True)


def steps_of(plan: InstancePlan = EVERYTHING) -> list[Step]:
    """Return the steps of a plan."""
    return apply_steps(WANTED, plan, OBSERVATION, listen_seconds=42)


def commands(steps: list[Step]) -> list[list[str]]:
    """Return the commands, each as its program's name and its arguments."""
    return [[step["file"].rsplit("/", maxsplit=1)[-1], *step["arguments"]] for step in steps if step["do"] == "run"]


def test_the_marker_is_written_before_any_change_but_that_of_its_own_folder() -> None:
    steps = steps_of()
    assert (steps[0]["do"], steps[0]["path"], steps[0]["mode"]) == ("directory", names.STATE, "0711")
    assert steps[1] == {"do": "write", "path": MARKER, "content": ""}


def test_the_marker_goes_last_after_the_port_presented_the_certificate() -> None:
    restart, certificate, forget, remove, tail = steps_of()[-5:]
    assert restart["arguments"] == ["restart", "Tentacle.service"]
    assert (certificate["expect"], certificate["wait"], certificate["unit"]) == (OURS, 42, "Tentacle.service")
    assert "optional" not in certificate
    # Until then the account of before may still have read the key.
    assert forget == {"do": "forget", "thumbprints": [OURS], "users": ["root"], "keeper": "deploy"}
    assert remove == {"do": "remove", "path": MARKER}
    assert (tail["do"], tail["always"], tail["optional"]) == ("tail", True, True)


def test_one_that_polls_is_told_its_servers_one_by_one_and_has_to_live_on() -> None:
    polling = replace(WANTED, communication=Polling((PolledServer(SERVER, (HERE,)),)))
    plan = InstancePlan(
        configure=("--noListen", "True", "--trust", SERVER), server_comms=(("--host", "a<b"), ("--host", "c")), restart=True
    )
    steps = apply_steps(polling, plan, OBSERVATION, listen_seconds=42)
    assert [command[1:] for command in commands(steps)[:3]] == [
        ["configure", "--instance", "Tentacle", *plan.configure],
        ["server-comms", "--instance", "Tentacle", "--host", "a<lt>b"],
        ["server-comms", "--instance", "Tentacle", "--host", "c"],
    ]
    asked = [step["do"] for step in steps].index("query")
    assert (steps[asked]["arguments"][0], steps[asked]["user"]) == ("show-configuration", "deploy")
    assert [step["arguments"][0] for step in steps[asked:] if step["do"] == "run"] == ["reset-failed", "restart"]
    assert {"do": "steady", "name": "Tentacle.service", "seconds": 5} in steps
    assert "certificate" not in [step["do"] for step in steps]
    assert "certificate" not in observe_steps(polling)
    assert "ufw" not in str(observe_steps(replace(polling, firewall=True)))


def test_nothing_is_marked_or_restarted_where_nothing_has_to_be_read_again() -> None:
    steps = steps_of(InstancePlan(open_firewall=True, protect_application_directory=True))
    assert [step["do"] for step in steps] == ["directory", "directory", "run"]


def test_the_commands_come_in_the_order_in_which_tentacle_needs_them() -> None:
    assert [command[:2] for command in commands(steps_of())] == [
        ["Tentacle", "create-instance"],
        ["Tentacle", "import-certificate"],
        ["Tentacle", "configure"],
        ["systemctl", "daemon-reload"],
        ["systemctl", "enable"],
        ["ufw", "allow"],
        ["systemctl", "reset-failed"],
        ["systemctl", "restart"],
    ]


def test_the_home_is_closed_before_the_configuration_is_made_in_it_and_others_rights_are_taken_afterwards() -> None:
    steps = steps_of()
    home = next(number for number, step in enumerate(steps) if step.get("path") == HOME)
    create = next(number for number, step in enumerate(steps) if "create-instance" in step.get("arguments", ()))
    owned = [number for number, step in enumerate(steps) if step["do"] == "own" and not step.get("optional")]
    last = max(number for number, step in enumerate(steps) if str(step.get("file")).endswith("/Tentacle"))
    assert steps[home]["mode"] == "0700"
    assert home < create <= last < min(owned)
    assert {steps[number]["path"] for number in owned} == {CONFIGURATION, f"{HOME}/Logs"}


@pytest.mark.parametrize("account", ["deploy", None])
def test_tentacle_runs_as_the_owner_of_the_instances_folders_and_logs_nowhere_else(account: str | None) -> None:
    steps = apply_steps(replace(WANTED, service_account=account), EVERYTHING, OBSERVATION, listen_seconds=1)
    runs = [step for step in steps if str(step.get("file")).endswith("/Tentacle")]
    assert len(runs) == 3
    assert {step.get("user", "root") for step in runs} == {account or "root"}
    assert all(names.LOG_FOLDER in step["scratch"] for step in runs)


def test_the_entry_in_the_index_is_roots_and_everybody_can_read_it() -> None:
    steps = steps_of(InstancePlan(create=True))
    create = next(step for step in steps if step["do"] == "run")
    assert names.MACHINE_FOLDER in create["scratch"]
    made = {step["path"]: (step["owner"], step["mode"]) for step in steps if step["do"] == "directory"}
    assert [made[path] for path in ("/etc/octopus", "/etc/octopus/Tentacle", names.INDEX)] == [("root", "0755")] * 3
    write = next(step for step in steps if step["do"] == "write")
    assert (write["path"], write["mode"], "owner" in write) == (names.entry("Tentacle"), "0644", False)
    assert json.loads(base64.b64decode(write["content"])) == {"Name": "Tentacle", "ConfigurationFilePath": CONFIGURATION}


def test_what_tentacle_made_goes_with_a_home_that_was_its_own_and_nothing_with_one_that_is_taken_over() -> None:
    plan = InstancePlan(protect_home=True)
    own = replace(OBSERVATION, instance=replace(OBSERVATION.instance, home_folder=Folder(exists=True, tentacles=True)))
    content = {
        number: apply_steps(WANTED, plan, seen, listen_seconds=1)[1].get("content") for number, seen in enumerate((own, OBSERVATION))
    }
    assert {"tentacle-default.config", "Logs", "Work"} <= set(content[0] or ())
    assert content[1] is None


def test_an_instance_whose_configuration_lay_elsewhere_gets_a_new_one_in_its_home() -> None:
    damaged = {"configuration_path": "/etc/octopus/x.config", "damaged": "/etc/octopus/x.config"}
    elsewhere = replace(OBSERVATION, facts={**OBSERVATION.facts, **damaged})
    steps = apply_steps(WANTED, InstancePlan(create=True, set_aside=True), elsewhere, listen_seconds=1)
    assert do.set_aside("/etc/octopus/x.config", "/etc/octopus/x.config.broken") in steps
    assert CONFIGURATION in next(step for step in steps if step["do"] == "run")["arguments"]


def test_a_home_has_its_folder_of_logs_before_the_agent_makes_it_for_everybody_to_read() -> None:
    logs = {"do": "directory", "path": f"{HOME}/Logs", "owner": "deploy", "new_mode": "0700", "optional": True}
    # The new home may be there, and as it should be.
    moved = steps_of(InstancePlan(configure=("--home", HOME), restart=True))
    assert logs in moved[: [step.get("arguments", [""])[0] for step in moved].index("configure")]
    assert steps_of(InstancePlan(protect_home=True)).index(logs) == 2
    assert logs not in steps_of(InstancePlan(configure=("--port", "1"), restart=True))


@pytest.mark.parametrize(("account", "folder", "given"), [("deploy", HOME, True), (None, HOME, False), ("deploy", "/etc/octopus", False)])
def test_a_configuration_that_stayed_in_a_former_home_is_reached_by_another_account(account: str | None, folder: str, given: bool) -> None:
    moved = replace(WANTED, home="/srv/tentacle", service_account=account)
    configuration = f"{folder}/tentacle-default.config"
    seen = replace(OBSERVATION, facts={**OBSERVATION.facts, "configuration_path": configuration})
    steps = apply_steps(moved, InstancePlan(configure=("--home", moved.home), restart=True), seen, listen_seconds=1)
    hand_over = {"do": "directory", "path": folder, "owner": "deploy", "mode": "0700", "content": ["tentacle-default.config"]}
    assert (hand_over in steps) == given
    assert given or folder not in {step.get("path") for step in steps}


def test_what_the_services_user_cannot_pass_or_read_is_opened() -> None:
    paths = ("/etc/octopus", names.INDEX, names.entry("Tentacle"))
    steps = apply_steps(WANTED, InstancePlan(make_reachable=paths), OBSERVATION, listen_seconds=1)[1:]
    assert [step.get("mode") or step["arguments"] for step in steps] == ["0755", "0755", ["0644", paths[2]]]


def test_the_key_lies_in_a_folder_of_roots_that_is_removed_in_every_case_and_only_who_imports_it_can_read_it() -> None:
    folder, write, run, remove = steps_of(InstancePlan(import_certificate=True))[1:5]
    assert folder == {"do": "directory", "path": names.IMPORT, "owner": "root", "mode": "0711"}
    assert (write["content"], write["owner"], "mode" in write) == ("<pfx>", "deploy", False)
    assert write["path"].startswith(names.IMPORT)
    assert (run["do"], run["user"]) == ("run", "deploy")
    assert remove == {"do": "remove", "path": names.IMPORT, "always": True}


def test_the_one_secret_in_arguments_is_the_one_time_password_of_the_file() -> None:
    text = json.dumps(steps_of())
    assert "--from-base64" not in text
    assert text.count("<pfx_password>") == 1


def test_the_unit_is_the_one_that_tentacle_would_write() -> None:
    write = steps_of(InstancePlan(service="install"))[1]
    assert (write["path"], write["mode"]) == ("/etc/systemd/system/Tentacle.service", "0644")
    assert base64.b64decode(write["content"]).decode() == (
        "[Unit]\nDescription=Octopus Deploy: Tentacle deployment agent\nAfter=network.target\n\n"
        "[Service]\nType=simple\nUser=deploy\n"
        "ExecStart=/opt/octopus/tentacle/Tentacle run --instance=Tentacle --noninteractive\nRestart=always\n\n"
        "[Install]\nWantedBy=multi-user.target\n"
    )


def test_what_is_broken_is_set_aside_before_it_is_made_again_and_nothing_is_removed() -> None:
    own, entry, configuration, create = steps_of(InstancePlan(set_aside=True, create=True))[1:5]
    assert own == optional(do.own(CONFIGURATION, "deploy"))  # it holds the key
    # Not inside of the index, where Tentacle would read it.
    assert entry == do.set_aside(names.entry("Tentacle"), "/etc/octopus/Tentacle/tentacle.config.broken")
    assert configuration == do.set_aside(CONFIGURATION, f"{CONFIGURATION}.broken")
    assert create["arguments"][-4:] == ["--config", CONFIGURATION, "--home", HOME]


def test_what_runs_is_noted_before_an_installation_and_restarted_after_it() -> None:
    noted = note_steps({"one.service"})[-1]
    assert (noted["path"], json.loads(base64.b64decode(noted["content"]))) == (names.AWAITING, ["one.service"])
    assert [step["do"] for step in note_steps(())] == ["directory"]
    assert commands(restart_steps(["one.service"])) == [["systemctl", "restart", "one.service"]]
    assert restart_steps(["one.service"])[-1] == {"do": "remove", "path": names.AWAITING}


def test_removing_takes_what_is_there_and_leaves_the_home_directory() -> None:
    instance = ObservedInstance(exists=True, service=Service(True, True, "root", "x"), firewall=FirewallRule(True, "10933"))
    there = replace(
        OBSERVATION,
        instance=instance,
        facts={**OBSERVATION.facts, "configuration_path": CONFIGURATION},
    )
    steps = remove_steps(WANTED, there)
    assert [command[:2] for command in commands(steps)] == [
        ["systemctl", "disable"],
        ["systemctl", "daemon-reload"],
        ["systemctl", "reset-failed"],
        ["ufw", "delete"],
    ]
    removed = {step["path"] for step in steps if step["do"] == "remove"}
    assert {CONFIGURATION, names.entry("Tentacle"), "/etc/systemd/system/Tentacle.service"} <= removed
    assert HOME not in removed
    bare = remove_steps(WANTED, replace(OBSERVATION, facts={**OBSERVATION.facts, "entry": ""}))
    assert {step["path"] for step in bare} == {names.IMPORT, names.MACHINE_KEY, MARKER}


def test_with_an_instance_goes_all_that_holds_its_key_and_with_the_last_one_the_machines() -> None:
    service = Service(True, True, "deploy", "x")
    instance = ObservedInstance(exists=True, service=service, configuration=replace(CLONED, thumbprint=FORMER), live_thumbprint=OURS)
    there = replace(OBSERVATION, instance=instance, facts={**OBSERVATION.facts, "configuration_path": CONFIGURATION})
    steps = remove_steps(WANTED, there)
    assert {"do": "remove", "path": f"{CONFIGURATION}.broken", "numbered": True} in steps
    assert {"do": "forget", "thumbprints": [OURS, FORMER], "users": ["deploy", "root"]} in steps
    assert {"do": "remove", "path": names.MACHINE_KEY} in steps
    assert names.MACHINE_KEY not in json.dumps(remove_steps(WANTED, replace(there, others={"Two": "/etc/octopus/Two/x.config"})))


def test_copies_of_the_key_that_is_replaced_go_before_the_new_one_comes() -> None:
    """A run that is killed between the two still knows the former thumbprint."""
    seen = replace(OBSERVATION, instance=ObservedInstance(configuration=CLONED, key_unreadable=True, live_thumbprint="x"))
    steps = apply_steps(WANTED, InstancePlan(import_certificate=True), seen, listen_seconds=1)
    assert steps[1] == {"do": "forget", "thumbprints": [FORMER], "users": ["root"]}
    assert [step["do"] for step in steps[2:4]] == ["directory", "write"]
    same = replace(seen, instance=replace(seen.instance, configuration=replace(CLONED, thumbprint=OURS)))
    assert "forget" not in {step["do"] for step in apply_steps(WANTED, InstancePlan(import_certificate=True), same, listen_seconds=1)}


def test_the_index_of_instances_stays_within_everybodys_reach() -> None:
    above = replace(WANTED, home="/etc/octopus", service_account=None)
    steps = apply_steps(above, InstancePlan(protect_home=True, create=True), OBSERVATION, listen_seconds=1)
    assert {step["mode"] for step in steps if step.get("path") == "/etc/octopus"} == {"0711"}
