"""Under the strategy `free` no host waits for another, and yet Octopus is not asked to check each machine in a task of its own."""

from __future__ import annotations

from typing import Any

import yaml

from .playing import Field

PLAY: dict[str, Any] = {
    "hosts": "tentacles",
    "gather_facts": False,
    "strategy": "free",
    "tasks": [{"ansible.builtin.import_role": {"name": "octoboot.octopus.tentacle", "rolespec_validate": False}}],
}


def test_a_free_strategy_starts_few_health_tasks_and_every_machine_is_checked(lab: Field) -> None:
    playbook = lab.directory / "free.yml"
    playbook.write_text(yaml.safe_dump([PLAY]))
    # While the first is checked, the others come to wait.
    lab.server.slow(12, "POST", "/tasks")
    lab.server.clear_requests()
    run = lab.play(playbook=str(playbook))
    assert run.rc == 0, run.output
    assert {run.result(name) for name in lab.names} == {"created"}
    started = [request for request in lab.server.requests() if request["method"] == "POST" and request["path"].endswith("/tasks")]
    assert 0 < len(started) < len(lab.names)
    assert {record["HealthStatus"] for record in lab.records().values()} == {"HasWarnings"}
    assert lab.play(playbook=str(playbook)).report["hosts"].keys() == set(lab.names)
    tasks = lab.call("GET", "/api/Spaces-1/tasks?name=Health&take=100")["Items"]
    checked = [machine_id for task in tasks for machine_id in task["Arguments"]["MachineIds"]]
    assert set(checked) >= {record["Id"] for record in lab.records().values()}


def test_a_health_check_that_cannot_be_started_fails_those_that_wait_and_the_next_run_checks_them(lab: Field) -> None:
    playbook = lab.directory / "free.yml"
    playbook.write_text(yaml.safe_dump([PLAY]))
    lab.server.refuse(403, "POST", "/tasks", count=10)
    run = lab.play(playbook=str(playbook))
    assert {run.result(name) for name in lab.names} == {"failed"}
    assert len({run.reason(name) for name in lab.names}) == 1
    lab.server.clear_faults()
    again = lab.play(playbook=str(playbook))
    assert again.rc == 0, again.output
    assert {record["HealthStatus"] for record in lab.records().values()} == {"HasWarnings"}
