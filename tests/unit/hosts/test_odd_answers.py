"""Whatever comes from a host: it is read, or ends in one error of one line that names what was asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import HostError, OperatorError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.complete import complete
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.instance import Defaults, Instance, WantedInstance
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.observation import Observation
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.plan import InstancePlan, plan_instance
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.driver import BatchHost, require_readable
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.linux.host import LinuxHost
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.linux.observe import observe_steps as linux_steps
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.outcomes import Outcome
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.shapes import SHAPES
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.windows.host import WindowsHost
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.windows.observe import observe_steps as windows_steps
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.core.test_answers import ODD, changed, mutations, places
from tests.unit.hosts import linux_host, test_linux_observe, test_windows_observe, windows_host

SYSTEMS: dict[str, tuple[Any, Instance, dict[str, Any], dict[str, Any], Callable[[Instance], Mapping[str, Any]], str]] = {
    "linux": (LinuxHost, linux_host.WANTED, linux_host.BARE, test_linux_observe.INSTALLED, linux_steps, "/etc/octopus"),
    "windows": (WindowsHost, windows_host.WANTED, windows_host.BARE, test_windows_observe.INSTALLED, windows_steps, "C:\\Octopus"),
}


class NoJobs:
    """Background modules that nobody starts."""

    def start(self, module: str, arguments: dict[str, Any], *, seconds: int) -> str:
        """Start nothing."""
        raise AssertionError(module)

    def result(self, job: str) -> Mapping[str, Any] | None:
        """Know nothing."""
        raise AssertionError(job)


STORED = {"there": True, "damage": None, "values": {"Tentacle.Services.PortNumber": "10955"}}


def driver_of(system: str, answers: list[Any], settings: Any) -> BatchHost:
    """Return the driver of a host that gives these answers, and in a second visit this one of what its configuration file holds."""
    visits = iter([answers, [settings], answers, [settings]])

    def visit(module: str, arguments: Any) -> dict[str, Any]:
        told = next(visits)
        return {"outcomes": told, "result": json.dumps(told)}

    driver: BatchHost = SYSTEMS[system][0](visit, NoJobs(), lambda local, remote: None)
    return driver


def answers_of(system: str, *, installed: bool) -> list[Any]:
    """Return what a sound host answers to the steps of a visit."""
    _driver, wanted, bare, there, steps, _home = SYSTEMS[system]
    values = {**({**bare, "configuration": OSError("not there"), "certificate": OSError("refused")}), **(there if installed else {})}
    return [{"error": str(values[name])} if isinstance(values[name], Exception) else {"value": values[name]} for name in steps(wanted)]


def read(system: str, answers: list[Any], settings: Any = None) -> tuple[Observation, InstancePlan]:
    """Visit a host, and do with what was seen what a task does with it."""
    _driver, wanted, _bare, _there, _steps, home = SYSTEMS[system]
    driver = driver_of(system, answers, settings or {"value": STORED})
    observation = driver.observe(wanted)
    said = WantedInstance(wanted.name, wanted.thumbprint, trust=wanted.trust)
    plan = plan_instance(complete(said, observation.instance, Defaults(home, f"{home}/Applications")), observation)
    json.dumps([[change.as_dict() for change in plan.changes], [entry.as_dict() for entry in driver.log]])
    assert isinstance(observation.instance.shown_thumbprints, tuple)
    return observation, plan


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("installed", [False, True])
def test_a_sound_host_is_read(system: str, installed: bool) -> None:
    assert read(system, answers_of(system, installed=installed))[0].instance.exists == installed


@st.composite
def odd_answers(draw: st.DrawFn) -> tuple[str, list[Any]]:
    """Return what a host answers where one or two things are anything at all."""
    system = draw(st.sampled_from(list(SYSTEMS)))
    answers = answers_of(system, installed=draw(st.integers(0, 3)) > 0)
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from([place for place in places(answers) if place]))
        answers = changed(answers, path, draw(ODD))
    return system, answers


@given(odd_answers())
def test_any_answer_at_all_is_read_or_is_one_error(answers: tuple[str, list[Any]]) -> None:
    try:
        read(*answers)
    except OperatorError as error:
        assert str(error).isprintable()
        assert str(error).endswith((".", "…", "!", "?"))
        assert not str(error).endswith("..")


@st.composite
def odd_words_of_tentacle(draw: st.DrawFn) -> tuple[str, list[Any]]:
    """Return what a sound host answers, but for what Tentacle itself says."""
    system = draw(st.sampled_from(list(SYSTEMS)))
    answers = answers_of(system, installed=True)
    names = list(SYSTEMS[system][4](SYSTEMS[system][1]))
    for name in draw(st.sampled_from([("configuration",), ("version",), ("configuration", "version")])):
        if name in names:
            process = {"rc": draw(st.integers(0, 1) | st.just(100)), "stdout": draw(mutations() | st.text()), "stderr": draw(st.text())}
            odd = {"value": {**process, "seconds": 0.1}}
            answers[names.index(name)] = draw(st.just(odd) | st.just({"error": "it was killed"}))
    return system, answers


@given(odd_words_of_tentacle(), st.sampled_from([{"value": STORED}, {"error": "Permission denied"}]))
def test_whatever_tentacle_answers_nothing_is_removed_or_moved_or_made_anew(answers: tuple[str, list[Any]], settings: Any) -> None:
    """Evidence is what files and package managers say: all is well with them here."""
    try:
        observation, plan = read(*answers, settings)
    except OperatorError as error:
        refused = error.option == "communication_style"  # it may answer that it does not listen
        assert refused or "Nothing was changed" in str(error) or "could not be asked" in str(error)
        return
    assert not (plan.create or plan.set_aside)
    assert observation.facts["damaged"] == observation.facts["entry"] == ""
    assert observation.package.version is not None


@given(ODD, st.sampled_from(list(SYSTEMS)))
def test_any_result_of_a_module_is_one_error(result: Any, system: str) -> None:
    results = [{"outcomes": result, "result": result}, {"failed": True, "msg": result, "error": result}, {"error": [result], "rc": result}]
    results += [{"module_stderr": result, "module_stdout": result}]
    for told in results:
        driver: Any = SYSTEMS[system][0](lambda module, arguments, told=told: told, NoJobs(), lambda local, remote: None)
        with pytest.raises(HostError, match=r"^The batch of commands did not run on the host: ") as error:
            driver.observe(SYSTEMS[system][1])
        assert str(error.value).isprintable()


@pytest.mark.parametrize(
    ("step", "value", "words"),
    [
        ({"do": "services", "name": "x"}, [{"name": "x"}], "Reading services x on the host gave an answer that cannot be read."),
        ({"do": "run", "file": "/opt/Tentacle", "arguments": ["version"]}, {"rc": "0"}, "Tentacle version on the host gave an answer"),
        ({"do": "machine"}, None, "Reading machine on the host gave an answer that cannot be read."),
        ({"do": "exists", "path": "/x\x1b"}, "yes", "Reading exists /x\\x1b on the host gave an answer that cannot be read."),
    ],
)
def test_what_was_asked_is_named(step: dict[str, Any], value: Any, words: str) -> None:
    with pytest.raises(HostError) as error:
        require_readable([Outcome(step, value=value)])
    assert str(error.value).startswith(words)


def test_an_error_and_a_step_that_was_passed_over_have_no_shape() -> None:
    step = {"do": "machine"}
    require_readable([Outcome(step, error="no"), Outcome(step, skipped=True), Outcome({"do": "write", "path": "/x"}, value=7)])


def test_every_step_of_a_visit_has_a_shape() -> None:
    steps = [step for _driver, wanted, _bare, _there, steps, _home in SYSTEMS.values() for step in steps(wanted).values()]
    assert {step["do"] for step in steps} <= SHAPES.keys()
