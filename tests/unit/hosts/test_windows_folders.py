"""Whose folders are on a Windows host: what is taken for the instance's, what makes room, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.change import Change
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import HostError, InputError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.instance import Instance
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.plan import plan_instance, settle_folders
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.step import Step
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.windows import names as names
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.windows.apply import apply_steps
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.windows.observe import read_observation

from tests.unit.hosts.test_windows_observe import ACCOUNT_SID, INSTALLED, entry, indexed
from tests.unit.hosts.windows_host import MALLORY, STATE, WANTED, folder, nothing, outcomes, owned, rules

THERE: dict[str, Any] = {**INSTALLED}
OURS = rules(names.SYSTEM, names.ADMINISTRATORS, ACCOUNT_SID)
HIS = {"owner": ACCOUNT_SID, "owner_name": "EXAMPLE\\deploy"}
FULL_OF = {"holds": ["plan.txt"], "protected": False}
IN_PROGRAMDATA = owned("C:\\ProgramData")
IN_HOME = owned("C:\\Octopus", owner=names.ADMINISTRATORS, owner_name="BUILTIN\\Administrators")


def settled(wanted: Instance = WANTED, **values: Any) -> list[str]:
    """Return what is warned of on a bare host, but for the values given."""
    return settle_folders(wanted, read_observation(wanted, outcomes(wanted, **values)))


@pytest.mark.parametrize(
    "home",
    [
        folder(),
        folder(**{"holds": ["Logs"], "rules": OURS}),
        folder(**{"holds": ["Two"], "rules": rules(names.SYSTEM, names.ADMINISTRATORS, readers=[names.USERS])}),
        folder(**HIS),
        folder(owner=names.SYSTEM),
    ],
    ids=["empty", "as we make it", "as we make what is above one", "empty and the service's", "empty and SYSTEM's"],
)
def test_what_is_nobodys_or_was_made_by_us_is_taken_without_a_word(home: dict[str, Any]) -> None:
    assert settled(home=home) == []


@pytest.mark.parametrize(
    "values",
    [
        {"file": folder(folder=False)},
        {"index": [entry("Tentacle", "c:\\octopus\\Tentacle.config", "tentacle.config")]},
    ],
    ids=["its configuration is in it", "the index says that its configuration is in it"],
)
def test_a_home_is_the_instances_by_its_configuration_and_so_is_what_is_in_it(values: dict[str, Any]) -> None:
    places: dict[str, Any] = {"home": folder(**FULL_OF), "application": folder(IN_HOME, **FULL_OF)}
    with pytest.raises(InputError, match=r"'C:\\Octopus' belongs to BUILTIN\\Administrators and holds 'plan.txt'"):
        settled(**places)
    assert settled(**places, **values) == []
    elsewhere = replace(WANTED, application_directory="D:\\Apps")
    with pytest.raises(InputError, match=r"'D:\\Apps' belongs to") as refused:
        settled(elsewhere, **places, **values)
    assert refused.value.option == "application_directory"
    assert len(settled(replace(elsewhere, adopt_directories=True), **places, **values)) == 1


@pytest.mark.parametrize(
    ("home", "words"),
    [
        (folder(**MALLORY), r"'C:\\Octopus' belongs to WIN01\\mallory and is empty\. Set 'tentacle_adopt"),
        (folder(**MALLORY, rules=OURS), r"belongs to WIN01\\mallory"),
        (folder(owner=None, owner_name=None), r"'C:\\Octopus' is an unknown account's to exchange"),
        (folder(owner="S-1-5-21-9", owner_name="S-1-5-21-9"), "belongs to S-1-5-21-9"),
        (folder(link=True), r"without a link, which 'C:\\Octopus' is"),
        (folder(folder=False), "must be a folder"),
        (nothing(owned("C:\\Above", **MALLORY)), r"'C:\\Above' is WIN01\\mallory's to exchange"),
        (nothing(owned("C:\\Above", link=True)), r"without a link, which 'C:\\Above' is"),
    ],
)
def test_what_belongs_to_somebody_who_could_take_it_back_is_refused(home: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words) as refused:
        settled(home=home)
    assert refused.value.option == "home_directory"


def test_a_volume_that_is_mounted_above_the_folders_is_gone_through_when_it_may_be() -> None:
    above = owned("C:\\Above", link=True, owner=None, owner_name=None)
    assert settled(replace(WANTED, adopt_directories=True), home=nothing(above), application=nothing(above)) == []
    with pytest.raises(InputError, match=r"without a link, which 'C:\\Octopus' is"):
        settled(replace(WANTED, adopt_directories=True), home=folder(link=True))


def test_a_configuration_that_somebody_put_there_is_refused_whoever_allows_it() -> None:
    """Tentacle would keep the trust in it."""
    for wanted in (WANTED, replace(WANTED, adopt_directories=True)):
        with pytest.raises(InputError, match=r"'C:\\Octopus\\Tentacle\.config' is WIN01\\mallory's to exchange"):
            settled(wanted, home=folder(**FULL_OF), file=folder(folder=False, **MALLORY))
    assert settled(home=folder(**FULL_OF), file=folder(folder=False, **HIS)) == []


def test_an_instance_whose_home_got_another_owner_is_not_unchanged() -> None:
    installed: dict[str, Any] = {**THERE, "home": folder(**MALLORY, rules=OURS, holds=["Logs"])}
    with pytest.raises(InputError, match="who can give himself any access to the private key"):
        settled(**installed)
    observation = read_observation(WANTED, outcomes(**installed))
    assert plan_instance(WANTED, observation).protect_home
    assert settled(replace(WANTED, adopt_directories=True), **installed) == []


def test_an_owner_who_may_do_anything_already_is_no_danger_but_does_not_stay() -> None:
    observation = read_observation(WANTED, outcomes(**THERE, home=folder(**HIS, rules=OURS)))
    assert settle_folders(WANTED, observation) == []
    change = next(change for change in plan_instance(WANTED, observation).changes if change.path == "home_directory.access")
    assert change.before[0] == f"{ACCOUNT_SID}: owner"


def steps_of(wanted: Instance = WANTED, **values: Any) -> list[Step]:
    """Return the steps by which folders are made."""
    observation = read_observation(wanted, outcomes(wanted, **values))
    steps = apply_steps(wanted, plan_instance(wanted, observation), observation, service_password=False, listen_seconds=1)
    return [step for step in steps if step["do"] == "directory"]


def test_what_runs_as_system_is_fetched_into_a_folder_that_nobody_made_before() -> None:
    state = steps_of()[0]
    assert state == {
        "do": "directory",
        "path": names.STATE,
        "full": [names.SYSTEM, names.ADMINISTRATORS],
        "readers": [],
        "owners": list(names.TRUSTED),
        "aside": True,
    }


def test_a_folder_above_the_instances_is_made_so_that_nobody_can_exchange_what_is_in_it() -> None:
    wanted = replace(WANTED, home="D:\\Apps\\Octopus\\Two", application_directory="D:\\apps\\Deployed")
    drive = {"above": [owned("D:\\")]}
    made = steps_of(wanted, home=nothing() | drive, application=nothing() | drive)[1:]
    assert [step["path"] for step in made] == [
        "D:\\Apps",
        "D:\\Apps\\Octopus",
        "D:\\Apps\\Octopus\\Two",
        "D:\\apps\\Deployed",
        names.IMPORT,
    ]
    assert (made[0]["full"], made[0]["readers"]) == ([names.SYSTEM, names.ADMINISTRATORS], [names.USERS])
    assert made[2]["readers"] == []


def test_a_home_that_is_above_the_application_directory_keeps_its_own_access() -> None:
    home, application, _import = steps_of()[1:]
    assert (home["path"], home["readers"], application["path"]) == ("C:\\Octopus", [], "C:\\Octopus\\Applications")


def test_the_owner_of_a_folder_is_passed_over_only_with_consent_or_when_he_runs_the_service() -> None:
    for adopt, owners in ((False, [*names.TRUSTED, ACCOUNT_SID]), (True, [*names.TRUSTED, MALLORY["owner"], ACCOUNT_SID])):
        home = steps_of(replace(WANTED, adopt_directories=adopt), home=folder(**MALLORY))[1]
        assert sorted(home["owners"]) == sorted(owners)


@pytest.mark.parametrize(
    ("state", "misfit"),
    [
        ({**STATE, **MALLORY}, "owned by WIN01\\mallory"),
        ({**STATE, "protected": False}, "open to others"),
        ({**STATE, "rules": rules(names.SYSTEM, names.ADMINISTRATORS, names.USERS)}, "open to others"),
        ({**STATE, "link": True}, "a link"),
        ({**STATE, "folder": False}, "a file"),
        (STATE, None),
        (nothing(IN_PROGRAMDATA), None),
        ({**STATE, "owner": names.SYSTEM}, None),
    ],
)
def test_our_own_folder_makes_room_unless_it_is_as_we_make_it(state: dict[str, Any], misfit: str | None) -> None:
    plan = plan_instance(WANTED, read_observation(WANTED, outcomes(**THERE, state=state)))
    told = [change for change in plan.changes if change.path == "state_directory"]
    assert told == ([Change("state_directory", misfit, "set aside and made anew")] if misfit else [])


@pytest.mark.parametrize("state", [{**STATE, **MALLORY}, {**STATE, "link": True}])
def test_what_somebody_put_into_our_folder_is_no_trace_of_a_run(state: dict[str, Any]) -> None:
    stopped = indexed("x", '["OctopusDeploy Tentacle"]')["content"]
    told: dict[str, Any] = {**THERE, "marker": True, "import": True, "stopped": stopped}
    for seen, ours in ((STATE, True), (state, False)):
        observation = read_observation(WANTED, outcomes(**told, state=seen))
        assert (observation.instance.restart_pending, observation.instance.leftover_keys, bool(observation.awaiting)) == (ours, ours, ours)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"index_access": folder(owned("C:\\ProgramData\\Octopus", **MALLORY), IN_PROGRAMDATA)},
            r"C:\\ProgramData\\Octopus belongs to WIN01",
        ),
        ({"index_access": folder(IN_PROGRAMDATA, **MALLORY)}, r"%ProgramData%\\Octopus\\Tentacle\\Instances belongs to WIN01\\mallory"),
        ({"index_access": folder(IN_PROGRAMDATA, link=True)}, r"Instances is a link"),
        ({"index_access": nothing(owned("C:\\ProgramData\\Octopus", link=True))}, r"C:\\ProgramData\\Octopus is a link"),
        (
            {"index": [entry("TENTACLE", "C:\\hers", "other.config") | MALLORY]},
            r"Instances\\other\.config belongs to WIN01\\mallory",
        ),
        ({"index": [indexed("Tentacle.config", "{", MALLORY["owner"])]}, r"Tentacle\.config belongs to S-1-5-21"),
    ],
)
def test_an_index_that_somebody_else_could_write_is_refused(values: dict[str, Any], words: str) -> None:
    """What it names is run as SYSTEM."""
    with pytest.raises(HostError, match=f"cannot be trusted: .*{words}"):
        read_observation(WANTED, outcomes(**values))


def test_another_instances_entry_is_its_own_matter() -> None:
    others = entry("Two", "C:\\hers.config", "two.config") | MALLORY
    assert read_observation(WANTED, outcomes(**{**THERE, "index": [*THERE["index"], others]})).others == {"Two": "C:\\hers.config"}
