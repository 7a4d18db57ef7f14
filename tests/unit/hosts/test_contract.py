"""The contract of the steps, and the three that are held to it: batch.ps1, the Linux runner and the lab's twin of batch.ps1."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts import contract as do
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.step import WINDOWS, always, optional
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.checkout import ROOT
from tests.tools.contract import PATH, as_data, as_text
from tests.unit.hosts.contract_cases import CASES, LINUX_CASES, MARKS, POWERSHELL_CASES, WINDOWS_CASES, Case, flow, flows, meant
from tests.unit.hosts.places import PWSH, Job, Linux, Place, PowerShell, Twin

CONTRACT = as_data()


KINDS: dict[str, tuple[type, ...]] = {"text": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,), "null": (type(None),)}


def fits(what: Any, shape: Any) -> bool:
    """Tell whether a value has the shape that the contract gives it."""
    if isinstance(shape, str):
        return isinstance(what, KINDS[shape]) and (shape == "boolean" or not isinstance(what, bool))
    ((kind, inner),) = shape.items()
    if kind == "or null":
        return what is None or fits(what, inner)
    if kind == "list of":
        return isinstance(what, list) and all(fits(item, inner) for item in what)
    if kind == "each":
        return isinstance(what, dict) and all(fits(item, inner) for item in what.values())
    return isinstance(what, dict) and what.keys() == inner.keys() and all(fits(what[name], inner[name]) for name in inner)


def check(place: Place, cases: Sequence[Case]) -> set[str]:
    """Carry out the cases, and compare; return the names of the steps that gave a value."""
    jobs = [Job(case.steps(place), case.secrets, case.check) for case in cases]
    carried_out = set()
    for case, job, found in zip(cases, jobs, place.carry_out(jobs), strict=True):
        assert found == case.outcomes, case.name
        for step, outcome in zip(job.steps, found, strict=True):
            assert len(outcome) == 1, case.name
            if "value" in outcome:
                carried_out.add(step["do"])
                assert fits(outcome["value"], CONTRACT["steps"][place.system][step["do"]]["value"]), (case.name, step["do"], outcome)
    return carried_out


def test_the_file_is_what_the_functions_say() -> None:
    assert PATH.read_text(encoding="utf-8") == as_text(), "Run `PYTHONPATH=collections python -m tests.tools.contract`."


def test_a_step_is_sent_with_what_was_said_and_no_more() -> None:
    assert do.tail("/x", 3) == do.tail("/x", lines=3, encoding="utf-8") == {"do": "tail", "path": "/x", "lines": 3}
    assert do.linux_access(("/x",)) == {"do": "access", "paths": ["/x"]}
    assert always(optional(do.remove("/x"))) == {"do": "remove", "path": "/x", "always": True, "optional": True}
    with pytest.raises(TypeError):
        do.remove("/x", mode="1")  # type: ignore[call-arg]


def test_no_step_is_built_anywhere_else() -> None:
    rooms = (ROOT / "plugins/plugin_utils").rglob("*.py")
    assert [path.name for path in rooms if '"do":' in path.read_text(encoding="utf-8")] == ["step.py"]


def test_the_linux_runner_keeps_the_contract(tmp_path: Path) -> None:
    check(Linux(tmp_path), [*CASES, *LINUX_CASES, *flows()])


def test_the_labs_twin_keeps_the_contract() -> None:
    carried_out = check(Twin(), [*CASES, *WINDOWS_CASES, *flows()])
    assert carried_out == CONTRACT["steps"][WINDOWS].keys() - {"certificate", "start"}


@pytest.mark.skipif(PWSH is None, reason="there is no pwsh on this machine: batch.ps1 was not run")
@pytest.mark.parametrize("like51", [False, True])
def test_batch_ps1_keeps_the_contract(like51: bool, tmp_path: Path) -> None:
    carried_out = check(PowerShell(tmp_path, like51), [*CASES, *WINDOWS_CASES, *POWERSHELL_CASES, *flows()])
    assert carried_out == CONTRACT["steps"][WINDOWS].keys() - {"certificate"}


@given(chosen=st.lists(st.sampled_from(MARKS), max_size=8).filter(lambda chosen: not any("exits" in how for how, _a, _b in chosen)))
def test_any_list_of_steps_goes_the_same_way_on_linux_and_in_the_twin(chosen: list[tuple[str, bool, bool]], tmp_path_factory: Any) -> None:
    for place in (Linux(tmp_path_factory.getbasetemp()), Twin()):
        assert place.carry_out([Job(flow(place, chosen))]) == [meant(chosen)]
