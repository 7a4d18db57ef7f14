"""Several instances of one host in one run: what one of them has is no other's, and each task is about its own."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._ansible import fleet
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.instance import ObservedInstance

from tests.unit.work.test_host import NEW, FakeHost

from .stage import Octopus, Stage, build
from .test_tasks import OTHER, refused

OWN = {"tentacle_instance": "Two", "tentacle_port": 10943, "tentacle_identity_name": "web01-two", "octopus_target_name": "web01-two"}


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, octopus: Octopus) -> Stage:
    """A host where nothing is yet."""
    stage = build(tmp_path, monkeypatch, octopus, {"web01": {}})
    stage.hosts["web01"] = FakeHost(ObservedInstance(), NEW)
    return stage


def both(stage: Stage, *, check: bool = False) -> list[dict[str, Any]]:
    """Bring both instances, as a role that is applied twice does."""
    return [stage.task("tentacle", "web01", check=check, for_registration=True, task_vars=own) for own in ({}, OWN)]


@pytest.mark.parametrize("check", [False, True])
def test_each_has_a_record_of_its_own_whatever_the_order_of_the_tasks(stage: Stage, octopus: Octopus, check: bool) -> None:
    first, second = both(stage, check=check)
    assert (first["instance"], second["instance"]) == ("Tentacle", "Two")
    # The role's defaults say the instance; a task without is about the one that was brought last.
    records = [stage.task("deployment_target", "web01", check=check, task_vars=own) for own in (OWN, {"tentacle_instance": "tentacle"})]
    assert [record["result"] for record in records] == ["created", "created"]
    assert [record["thumbprint"] for record in records] == [second["thumbprint"], first["thumbprint"]]
    assert [record["uri"].rpartition(":")[2] for record in records] == ["10943/", "10933/"]
    last = stage.task("deployment_target", "web01", check=True, name="third")
    assert last["thumbprint"] == second["thumbprint"]
    assert refused(stage.task("deployment_target", "web01", instance="Three")).startswith("'thumbprint' is missing")


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(
    ("shared", "words"),
    [
        ("tentacle_identity_name", "This machine has the same identity as its instance 'Tentacle': one certificate is one machine"),
        ("octopus_target_name", "This machine has the same name in Octopus as its instance 'Tentacle': give each its own"),
        ("tentacle_port", "'tentacle_port' is 10933, on which the instance 'Tentacle' of this machine listens."),
    ],
)
def test_what_they_would_share_is_refused(stage: Stage, shared: str, words: str, check: bool) -> None:
    assert not stage.task("tentacle", "web01", check=check, for_registration=True).get("failed")
    own = {name: value for name, value in OWN.items() if name != shared}
    told = stage.task("tentacle", "web01", check=check, for_registration=True, task_vars=own)
    assert refused(told).startswith(words)
    assert told["instance"] == "Two"
    assert not (stage.directory / "identities/web01-two.pem").exists() or shared == "tentacle_port"


def test_one_instance_may_be_brought_twice_and_another_runs_are_forgotten(stage: Stage) -> None:
    for _ in range(2):
        assert not any(told.get("failed") for told in both(stage))
    stage.next_run()
    only = stage.task("tentacle", "web01", instance="Two", trust=[OTHER])
    assert not only.get("failed")


def test_a_role_that_is_applied_once_more_is_looked_over_once_more_however_its_variables_are_said() -> None:
    def scope(task_vars: dict[str, Any], params: dict[str, Any], role_vars: dict[str, Any]) -> str:
        role = SimpleNamespace(_role_params=params, vars=role_vars)
        play = SimpleNamespace(_uuid="1")
        task = SimpleNamespace(_role=role, get_play=lambda: play, get_path=lambda: "main.yml:10", get_vars=lambda: task_vars)
        action: Any = SimpleNamespace(_task=task)
        return fleet.scope_of(action)

    ways = [({}, {}, {}), (OWN, {}, {}), ({}, OWN, {}), ({}, {}, OWN)]
    assert len({scope(*way) for way in ways}) == len(ways)
    assert scope({}, {}, OWN) == scope({}, {}, dict(OWN))


def test_the_health_that_is_told_is_that_of_the_instance(stage: Stage, octopus: Octopus) -> None:
    for own in ({}, OWN):
        stage.task("tentacle", "web01", for_registration=True, task_vars=own)
        stage.task("deployment_target", "web01", task_vars=own)
        if not own:
            assert stage.task("health_check", "web01")["status"] == "Healthy"
    second = list(octopus.records)[1]
    octopus.health[second] = "HasWarnings"
    assert stage.task("health_check", "web01")["status"] == "HasWarnings"
    assert octopus.checked[1] == [second]
