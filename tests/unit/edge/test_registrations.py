"""One machine as a target, a worker or both, in one space or in several, on one server or on several."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.octoboot.octopus.plugins.plugin_utils._ansible import wiring
from ansible_collections.octoboot.octopus.plugins.plugin_utils._ansible.inputs import HostVariables
from ansible_collections.octoboot.octopus.plugins.plugin_utils._ansible.registrations import read_registrations
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InputError, NotAuthenticated, Rejected, Unreachable
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.checkout import ROOT
from tests.unit.work.fakes import OURS, machine

from .stage import KEY, SERVER, Octopus, Stage, build
from .test_tasks import refused

BOTH = {"octopus_register_as": ["target", "worker"], "octopus_worker_pools__build": ["builders"]}
NORTH, NORTH_KEY = "https://north.example.com", "API-OFTHENORTH"
NORTHERN = {"url": NORTH, "api_key": NORTH_KEY, "space": "Ops"}


@pytest.fixture
def staged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, octopus: Octopus) -> Any:
    """Build a stage of hosts that all have these variables."""

    def stage(*hosts: dict[str, Any], **variables: Any) -> Stage:
        names = {f"web{number:02}": said for number, said in enumerate(hosts or ({},), start=1)}
        return build(tmp_path, monkeypatch, octopus, names, **variables)

    return stage


def kinds(octopus: Octopus) -> list[str]:
    """Return which types of records a server holds."""
    return [identifier.partition("-")[0] for identifier in octopus.records]


def outcomes(result: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    """Return what became of each registration."""
    return [(each["kind"], each["space"], each["result"]) for each in result["registrations"]]


def bring(stage: Stage, host: str = "web01") -> dict[str, Any]:
    """Install and register a host."""
    told = stage.task("tentacle", host, for_registration=True)
    assert not told.get("failed"), told
    return stage.task("registrations", host)


def test_a_machine_is_target_and_worker_and_a_rerun_is_one_visit(staged: Any, octopus: Octopus) -> None:
    stage = staged(**BOTH)
    stage.task("tentacle", "web01", check=True, for_registration=True)
    foreseen = stage.task("registrations", "web01", check=True, diff=True)
    assert outcomes(foreseen) == [("target", "Default", "created"), ("worker", "Default", "created")]
    assert [each["before_header"] for each in foreseen["diff"]] == ["Deployment target web01", "Worker web01"]
    assert octopus.records == {}
    assert outcomes(bring(stage)) == outcomes(foreseen)
    target, worker = octopus.records.values()
    assert target["Thumbprint"] == worker["Thumbprint"]
    assert (target["Roles"], worker["WorkerPoolIds"]) == (["web"], ["WorkerPools-1"])
    assert "Roles" not in worker
    stage.task("health_check", "web01")
    assert octopus.checked == [[target["Id"]], [worker["Id"]]]
    for record in octopus.records.values():
        record["HealthStatus"] = "Healthy"
    stage.next_run()
    asked = len(octopus.asked)
    again = stage.task("tentacle", "web01", for_registration=True)
    assert (again["settled"], again["machine_ids"], len(octopus.asked)) == (True, list(octopus.records), asked)
    worker["HealthStatus"] = "Unhealthy"
    stage.next_run()
    assert stage.task("tentacle", "web01", for_registration=True)["settled"] is False
    assert stage.task("registrations", "web01")["changed"] is False


def test_a_worker_alone_needs_no_environment(staged: Any, octopus: Octopus) -> None:
    stage = staged(octopus_register_as="worker", octopus_worker_pools="Builders", octopus_environments=None, octopus_target_tags=None)
    assert outcomes(bring(stage)) == [("worker", "Default", "created")]
    assert kinds(octopus) == ["Workers"]


def test_each_module_is_about_its_own_kind(staged: Any, octopus: Octopus) -> None:
    stage = staged(**BOTH)
    stage.task("tentacle", "web01", for_registration=True)
    assert stage.task("worker", "web01")["sources"] == {"worker_pools": {"builders": "octopus_worker_pools__build"}}
    assert kinds(octopus) == ["Workers"]
    stage.next_run()
    stage.task("tentacle", "web01", for_registration=True)
    changed = stage.task("worker", "web01", disabled=True, diff=True)
    assert (changed["result"], changed["diff"]["after"]) == ("updated", {"disabled": True})
    stage.next_run()
    stage.task("tentacle", "web01", for_registration=True)
    assert stage.task("worker", "web01", disabled=True)["result"] == "unchanged"
    assert stage.task("worker", "web01", state="absent", check=True)["result"] == "deleted"
    assert stage.task("worker", "web01", state="absent")["result"] == "deleted"
    stage.next_run()
    assert stage.task("worker", "web01", state="absent")["result"] == "absent"


@pytest.mark.parametrize(
    ("pools", "words"),
    [
        (
            ["Cloud"],
            "'octopus_worker_pools' names 'Cloud', a dynamic worker pool, for which Octopus makes the machines itself: "
            "choose among 'Builders'.",
        ),
        (
            ["Buiders"],
            "Worker on https://octopus.example.com: There is no worker pool named 'Buiders' in space 'Default'. Did you mean 'Builders'?",
        ),
        ([], "'octopus_worker_pools' is empty, and a new worker needs at least one."),
    ],
)
def test_a_pool_that_cannot_be_is_refused_before_anything_is_touched(staged: Any, octopus: Octopus, pools: list[str], words: str) -> None:
    stage = staged(octopus_register_as=["target", "worker"], octopus_worker_pools=pools)
    assert refused(stage.task("tentacle", "web01", for_registration=True)) == words
    assert (stage.hosts, octopus.records) == ({}, {})
    assert stage.task("preflight", "web01", strict=False)["failed"]


def test_two_spaces_and_two_servers_are_each_as_its_entry_says(staged: Any, octopus: Octopus) -> None:
    stage = staged(
        octopus_registrations=[
            {},
            {"space": "Second", "environments": ["Production"], "name": "second"},
            {**NORTHERN, "register_as": ["worker"], "worker_pools": ["Builders"], "disabled": "yes"},
        ]
    )
    second, north = stage.add_server(space="Second"), stage.add_server(NORTH, space="Ops", number=7)
    told = stage.task("tentacle", "web01", for_registration=True)
    trusted = next(change["after"] for change in told["changes"] if change["path"] == "trust")
    assert trusted[-2:] == [octopus.snapshot.thumbprint, north.snapshot.thumbprint]
    assert [server["url"] for server in told["servers"]] == ["https://octopus.example.com"] * 2 + [NORTH]
    assert outcomes(stage.task("registrations", "web01")) == [
        ("target", "Default", "created"), ("target", "Second", "created"), ("worker", "Ops", "created")
    ]  # fmt: skip
    (first,), (other,), (worker,) = (each.records.values() for each in (octopus, second, north))
    assert (first["Name"], first["EnvironmentIds"], first["Roles"]) == ("web01", ["Environments-1"], ["web"])
    assert (other["Name"], other["EnvironmentIds"], other["Roles"]) == ("second", ["Environments-2"], ["web"])
    assert (worker["WorkerPoolIds"], worker["IsDisabled"]) == (["WorkerPools-1"], True)
    stage.task("health_check", "web01")
    assert [len(each.checked) for each in (octopus, second, north)] == [1, 1, 1]
    stage.next_run()
    assert outcomes(stage.task("registrations", "web01", state="absent")) == [
        ("target", "Default", "deleted"), ("target", "Second", "deleted"), ("worker", "Ops", "deleted")
    ]  # fmt: skip
    assert [each.records for each in (octopus, second, north)] == [{}, {}, {}]


@pytest.mark.parametrize("kind", ["deployment_target", "worker"])
def test_a_kinds_module_brings_all_of_its_kind_unless_the_task_names_a_server(staged: Any, octopus: Octopus, kind: str) -> None:
    words = "target" if kind == "deployment_target" else "worker"
    stage = staged(**BOTH, octopus_registrations=[{"space": "Default"}, {"space": "Second", "register_as": [words]}])
    second = stage.add_server(space="Second")
    told = stage.task(kind, "web01", thumbprint=OURS)
    assert outcomes(told) == [(words, "Default", "created"), (words, "Second", "created")]
    assert (told["id"], told["changed"]) == (next(iter(octopus.records)), True)
    stage.next_run()
    alone = stage.task(kind, "web01", thumbprint=OURS, space="Second", state="absent")
    assert (alone["result"], "registrations" in alone, second.records) == ("deleted", False, {})
    assert len(octopus.records) == 1


def test_a_key_goes_only_to_the_server_that_it_was_given_for(staged: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str]] = []
    stage = staged(octopus_registrations=[{}, {"url": "HTTPS://octopus.example.com/app", "space": "Second"}, NORTHERN])
    stage.add_server(space="Second")
    stage.add_server(NORTH, space="Ops", number=7)
    monkeypatch.setenv("OCTOPUS_ACCESS_TOKEN", "of-the-environment")

    def client_for(connection: Any, space_id: str | None = None) -> Octopus:
        seen.append((connection.url, str((connection.api_key or connection.access_token).reveal())))
        return stage.server_of(connection)

    monkeypatch.setattr(wiring, "client_for", client_for)
    told = stage.task("tentacle", "web01", for_registration=True)
    assert dict.fromkeys(seen) == dict.fromkeys([("https://octopus.example.com", KEY), (NORTH, NORTH_KEY)])
    assert NORTH_KEY not in str([told, stage.told, stage.warned])
    assert NORTH_KEY not in str(stage.task("registrations", "web01", diff=True))


def test_an_entrys_own_token_is_not_outdone_by_the_hosts_key(staged: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = staged(octopus_registrations=[{"access_token": "its-own"}])
    seen: list[Any] = []

    def client_for(connection: Any, space_id: str | None = None) -> Octopus:
        seen.append(connection)
        return stage.server

    monkeypatch.setattr(wiring, "client_for", client_for)
    stage.task("tentacle", "web01", for_registration=True)
    assert [(each.api_key, each.access_token.reveal()) for each in seen] == [(None, "its-own")]


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([{"url": NORTH}], "'octopus_registrations[0]' names another server than 'octopus_url' and no credential for it"),
        ([{}, {"url": NORTH, "api_key": ""}], "'octopus_registrations[1]' names another server than 'octopus_url' and no credential"),
        ([{"enviroments": ["Staging"]}], "'octopus_registrations[0]' has no member 'enviroments'. Did you mean 'environments'?"),
        ([{"octopus_space": "x"}], "'octopus_registrations[0]' has no member 'octopus_space'. Did you mean 'space'?"),
        ([{"environments": ["Stagin"]}], "There is no environment named 'Stagin' in space 'Default'. Did you mean 'Staging'?"),
        ([{"environments": []}], "'octopus_registrations[0].environments' is empty, and a new deployment target needs at least one."),
        ([{"disabled": "perhaps"}], "octopus_registrations[0]: 'disabled' must be true or false, and is 'perhaps'."),
        ([{"register_as": ["wroker"]}], "octopus_registrations[0]: 'register_as' must be a list of 'target', 'worker' or both"),
        ([{"worker_pools": ["Builders"]}], "'octopus_registrations[0]' has 'worker_pools', which only a worker has, and is no"),
        ([{"roles": ["web"], "register_as": ["worker"]}], "'octopus_registrations[0]' has 'roles', which only a deployment target has"),
        ([{"url": "ftp://x"}], "'octopus_registrations[0]' names another server"),
        ([{"url": "ftp://x", "api_key": KEY}], "octopus_registrations[0]: 'url' must be the URL of a server"),
        ([], "'octopus_registrations' names no registration: leave it out, or name one."),
        ([NORTH_KEY], "'octopus_registrations' must be a list of dictionaries."),
        (NORTH_KEY, "'octopus_registrations' must be a list of dictionaries, and cannot be read as one."),
        ([{}, {"space": " default "}], "'octopus_registrations' names two deployment targets in one space, 'Default' of https://octopus.example.com"),
        ([{}, {"url": "https://alias.example.com", "api_key": KEY, "space": "Spaces-1"}], "names two deployment targets in one space"),
        ([{"space": "{{ nowhere }}"}], "'octopus_registrations' cannot be resolved"),
    ],
)  # fmt: skip
def test_an_entry_that_cannot_be_is_refused_in_one_sentence_before_anything_is_touched(
    staged: Any, octopus: Octopus, entries: Any, words: str
) -> None:
    stage = staged({"octopus_registrations": entries}, {"octopus_registrations": None})
    told = refused(stage.task("tentacle", "web01", for_registration=True))
    assert words in told
    assert NORTH_KEY not in told
    assert (stage.hosts, octopus.records) == ({}, {})
    assert words in stage.task("preflight", "web02")["hosts"]["web01"]["failure"]
    assert not bring(stage, "web02").get("failed")


@pytest.mark.parametrize("error", [NotAuthenticated("is not accepted.", option="api_key"), Unreachable("It is down.", cause="refused")])
def test_a_server_that_fails_does_not_keep_a_machine_from_the_others(staged: Any, octopus: Octopus, error: Any) -> None:
    stage = staged(octopus_registrations=[NORTHERN, {}])
    north = stage.add_server(NORTH, space="Ops", number=7)
    north.refuses = error
    said = "'octopus_registrations[0].api_key' is not accepted." if error.option else "It is down."
    words = f"Deployment target on {NORTH}, space 'Ops': {said}"
    told = stage.task("tentacle", "web01", for_registration=True)
    assert (told["settled"], told["warnings"], told.get("failed")) == (False, [words], None)
    assert not stage.task("tentacle", "web01", check=True, for_registration=True).get("failed")
    done = stage.task("registrations", "web01")
    assert refused(done) == words
    assert (outcomes(done), done["changed"]) == ([("target", "Default", "created")], True)
    assert north.read == 1
    stage.next_run()
    north.refuses = None
    assert outcomes(bring(stage)) == [("target", "Ops", "created"), ("target", "Default", "unchanged")]
    assert words in refused_strictly(stage, north, error)


def refused_strictly(stage: Stage, north: Octopus, error: Any) -> str:
    """Return what a strict run says of the host."""
    stage.next_run()
    north.refuses = error
    return refused(stage.task("tentacle", "web01", for_registration=True, task_vars={"octopus_preflight_strict": True}))


def test_when_all_servers_fail_nothing_is_touched(staged: Any, octopus: Octopus) -> None:
    stage = staged(octopus_registrations=[NORTHERN, {}])
    stage.add_server(NORTH, space="Ops", number=7).refuses = octopus.refuses = Unreachable("It is down.", cause="refused")
    told = refused(stage.task("tentacle", "web01", for_registration=True))
    assert told == f"Deployment target on {NORTH}, space 'Ops': It is down. Deployment target on https://octopus.example.com: It is down."
    assert stage.hosts == {}


def test_an_exclusive_trust_waits_for_all_servers(staged: Any) -> None:
    stage = staged(octopus_registrations=[NORTHERN, {}], tentacle_trust_exclusive=True)
    stage.add_server(NORTH, space="Ops", number=7).refuses = Unreachable("It is down.", cause="refused")
    assert "It is down. As 'tentacle_trust_exclusive' is set, nothing was changed" in refused(
        stage.task("tentacle", "web01", for_registration=True)
    )
    assert stage.hosts == {}


def test_a_record_that_is_refused_does_not_keep_a_machine_from_the_others(staged: Any, octopus: Octopus) -> None:
    def full() -> None:
        raise Rejected("The licence allows no more machines.")

    stage = staged({}, {}, **BOTH)
    stage.task("tentacle", "web01", for_registration=True)
    octopus.before["create"] = full
    done = stage.task("registrations", "web01")
    assert refused(done) == "Deployment target on https://octopus.example.com: The licence allows no more machines."
    assert outcomes(done) == [("target", "Default", None), ("worker", "Default", "created")]
    assert done["registrations"][0]["failure"] == "The licence allows no more machines."
    stage.next_run()
    assert outcomes(bring(stage)) == [("target", "Default", "created"), ("worker", "Default", "unchanged")]


def test_doubles_are_told_by_kind(staged: Any) -> None:
    shared = {"octopus_target_name": "one"}
    stage = staged(
        {"octopus_worker_name": "one", **BOTH, "octopus_register_as": ["worker"]},
        shared,
        {"octopus_registrations": [{"register_as": ["worker"], "name": "two", "worker_pools": ["Builders"]}]},
        {"octopus_registrations": [{"register_as": ["worker"], "name": "TWO", "worker_pools": ["Builders"]}]},
    )
    for host in ("web01", "web02"):
        assert not bring(stage, host).get("failed")
    for host, other in (("web03", "web04"), ("web04", "web03")):
        told = refused(stage.task("tentacle", host, for_registration=True))
        assert told == (
            f"This machine has the same name in Octopus as {other}: give each its own 'octopus_target_name' or 'octopus_worker_name'."
        )


def test_a_workers_other_name_is_judged_by_the_names_of_workers(staged: Any, octopus: Octopus) -> None:
    stage = staged({**BOTH, "octopus_register_as": ["worker"]}, {"octopus_target_name": "elsewhere"})
    bring(stage)
    (worker,) = octopus.records.values()
    worker["Name"] = "elsewhere"
    stage.next_run()
    assert outcomes(bring(stage)) == [("worker", "Default", "adopted")]
    worker = next(iter(octopus.records.values()))
    worker["Name"] = "web02"
    stage.next_run()
    assert "another host of the inventory has that name" in refused(stage.task("tentacle", "web01", for_registration=True))


def test_a_worker_of_another_machine_is_not_taken_over(staged: Any, octopus: Octopus) -> None:
    octopus.records["Workers-5"] = {**machine(5, "web01", "EF" * 20), "Id": "Workers-5", "WorkerPoolIds": ["WorkerPools-1"]}
    stage = staged(**BOTH)
    words = "Worker on https://octopus.example.com: A worker of this name (Workers-5) already exists with the thumbprint"
    assert refused(stage.task("tentacle", "web01", for_registration=True)).startswith(words)
    assert kinds(octopus) == ["Workers"]


@pytest.mark.parametrize("page", [0, 1])
def test_what_the_page_says_is_so(staged: Any, page: int) -> None:
    text = (ROOT / "docs/registrations.md").read_text(encoding="utf-8")
    said = yaml.safe_load(re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)[page])
    stage = staged(**said, vault_north_api_key=NORTH_KEY)
    stage.add_server(space="Second")
    stage.add_server(NORTH, space="Ops", number=7)
    assert [result for _kind, _space, result in outcomes(bring(stage))] == ["created"] * (2 + page)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from([NORTH, NORTH_KEY, "worker", ["target", "worker"]]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
)
NAMES = st.sampled_from(["url", "api_key", "access_token", "space", "register_as", "name", "environments", "roles", "timeout", "proxy"])
ENTRIES = st.lists(VALUES | st.dictionaries(NAMES | st.text(max_size=4), VALUES, max_size=5), max_size=3) | VALUES


@given(ENTRIES)
def test_whatever_is_said_of_registrations_it_is_read_or_refused_in_one_line_and_no_key_goes_astray(entries: Any) -> None:
    said = {**SERVER, "octopus_environments": ["Staging"], "octopus_registrations": entries}
    variables = HostVariables("web01", said, lambda raw: raw)
    try:
        found = read_registrations(variables, {}, {})
    except InputError as error:
        assert str(error).isprintable()
        assert error.option is None
        assert str(error).endswith((".", "?"))
    else:
        assert found
        for each in found:
            own = each.connection.url == SERVER["octopus_url"]
            assert own or each.connection.api_key is None or each.connection.api_key.reveal() != KEY
