"""The arguments of tasks as others see them: Ansible prints them, and callbacks ship them. No secret that a variable holds is in one."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from .playing import Field, Run

PASSWORD = "a-service-password"

SHIPPING = '''
import json, os
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: shipping
type: aggregate
short_description: Ships what there is of every task and its result
description: As a callback for a log server does.
"""

class CallbackModule(CallbackBase):
    CALLBACK_VERSION, CALLBACK_TYPE, CALLBACK_NAME = 2.0, "aggregate", "shipping"

    def _ship(self, what, task, fields, result):
        with open(os.environ["SHIPPED"], "a") as file:
            arguments = repr(fields["args"]) if fields else "None"
            print(json.dumps([what, task.action, repr(task.args), arguments, repr(fields), repr(result)]), file=file)

    def v2_playbook_on_task_start(self, task, is_conditional):
        self._ship("start", task, None, None)

    def v2_runner_on_start(self, host, task):
        self._ship("start", task, None, None)

    def _ended(self, result, **_):
        task = getattr(result, "task", None) or result._task
        fields = getattr(result, "task_fields", None) or result._task_fields
        self._ship("end", task, fields, getattr(result, "result", None) or result._result)

    v2_runner_on_ok = v2_runner_on_failed = v2_runner_on_unreachable = v2_runner_on_skipped = _ended
'''


@pytest.fixture
def shipping(tmp_path: Path) -> dict[str, str]:
    """The environment of a run whose arguments are printed and shipped."""
    (tmp_path / "callbacks").mkdir()
    (tmp_path / "callbacks" / "shipping.py").write_text(SHIPPING)
    return {
        "ANSIBLE_DISPLAY_ARGS_TO_STDOUT": "1",
        "ANSIBLE_CALLBACK_PLUGINS": str(tmp_path / "callbacks"),
        "ANSIBLE_CALLBACKS_ENABLED": "octoboot.octopus.report,shipping",
        "SHIPPED": str(tmp_path / "shipped"),
    }


def assert_unseen(lab: Field, run: Run, shipping: dict[str, str]) -> list[list[Any]]:
    """Neither the API key nor the password was printed or shipped; return what was."""
    shipped = Path(shipping["SHIPPED"]).read_text()
    for secret in (lab.lab.server.api_key, PASSWORD):
        assert secret not in run.output
        assert secret not in shipped
    found: list[list[Any]] = [json.loads(line) for line in shipped.splitlines()]
    assert {what for what, *_ in found} == {"start", "end"}
    return found


def test_a_bootstrap_shows_no_secret_in_arguments(lab: Field, shipping: dict[str, str]) -> None:
    user = {"tentacle_service_user": "OCTO\\deploy", "tentacle_service_password": PASSWORD}
    lab.hosts.set_fault("win02", "tentacle_exit_100", "import-certificate")
    run = lab.play("-vvv", variables=user, environment=shipping)
    assert [run.result(name) for name in lab.names] == ["created", "failed", "created"], run.output
    assert lab.hosts.host("win01")["services"][0]["account"] == "OCTO\\deploy"
    found = assert_unseen(lab, run, shipping)
    ended = {action for what, action, *_ in found if what == "end"}
    assert {f"octoboot.octopus.{name}" for name in ("tentacle", "registrations", "health_check")} <= ended


def test_what_an_action_reads_from_variables_is_never_in_the_arguments_of_its_task(lab: Field, shipping: dict[str, str]) -> None:
    """A task of one's own: its arguments are those that it says, and nothing is put to them."""
    tasks: list[dict[str, dict[str, Any]]] = [
        {"octoboot.octopus.tentacle": {"service_user": "OCTO\\deploy", "port": 10944, "for_registration": True}},
        {"octoboot.octopus.deployment_target": {"environments": ["Staging"], "public_port": 10944}},
        {"octoboot.octopus.health_check": {"timeout_running": 300}},
        {"octoboot.octopus.server_info": {"space": "Default"}},
    ]
    playbook = lab.directory / "own.yml"
    playbook.write_text(yaml.safe_dump([{"hosts": "win01", "gather_facts": False, "tasks": tasks}], sort_keys=False))
    run = lab.play(playbook=str(playbook), variables={"tentacle_service_password": PASSWORD}, environment=shipping)
    assert run.rc == 0, run.output
    assert lab.hosts.host("win01")["services"][0]["account"] == "OCTO\\deploy"
    found = assert_unseen(lab, run, shipping)
    said = {name: arguments for task in tasks for name, arguments in task.items()}
    for what, action, arguments, carried_out, *_ in found:
        assert ast.literal_eval(arguments) == said[action], (what, action)
        assert ast.literal_eval(carried_out) == (said[action] if what == "end" else None), (what, action)
