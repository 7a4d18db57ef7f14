"""Carrying out cases of the contract at a place, and comparing what came of them."""

from __future__ import annotations

from collections.abc import Sequence

from tests.tools.contract import as_data, fits
from tests.unit.hosts.contract_cases import Case
from tests.unit.hosts.places import Job, Place

CONTRACT = as_data()


def check(place: Place, cases: Sequence[Case]) -> set[str]:
    """Carry out the cases, and compare; return the names of the steps that gave a value."""
    jobs = [Job(case.steps(place), case.secrets, case.check) for case in cases]
    carried_out = set()
    for case, job, found in zip(cases, jobs, place.carry_out(jobs), strict=True):
        assert found == case.outcomes, f"{case.name}: {found}"
        for step, outcome in zip(job.steps, found, strict=True):
            assert len(outcome) == 1, case.name
            if "value" in outcome:
                carried_out.add(step["do"])
                assert fits(outcome["value"], CONTRACT["steps"][place.system][step["do"]]["value"]), (case.name, step["do"], outcome)
    return carried_out
