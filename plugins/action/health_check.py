# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One grouped health check of many machines, waited for, with a verdict for each. See plugins/modules/health_check.py."""

from __future__ import annotations

import os
import time
from typing import Any

from ansible.utils.display import Display

from ..plugin_utils._ansible.action import OctopusAction
from ..plugin_utils._ansible.inputs import connection_for, variables_of
from ..plugin_utils._ansible.wiring import client_for, snapshot_of
from ..plugin_utils._core.arguments import CONNECTION, HEALTH
from ..plugin_utils._core.errors import InputError
from ..plugin_utils._core.octopus.connection import Connection
from ..plugin_utils._core.octopus.health import Verdict, verdict_of

_PROGRESS_SECONDS = 10.0


class ActionModule(OctopusAction):
    """octoboot.octopus.health_check"""

    spec = CONNECTION | HEALTH
    _requires_connection = False

    def perform(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Check the machines of each server in one task, and never fail for a single machine."""
        machines = self._machines(arguments)
        if self.check_mode or not machines:
            return {"changed": False, "tasks": [], "hosts": {}, "failures": {}}
        given = {name: self._task.args[name] for name in CONNECTION if self._task.args.get(name) not in (None, "")}
        by_server: dict[str, tuple[Connection, dict[str, str]]] = {}
        for host, machine_id in machines.items():
            connection = connection_for(variables_of(self, host), given, os.environ)
            by_server.setdefault(connection.cache_key(), (connection, {}))[1][host] = machine_id
        tasks: list[str] = []
        verdicts: dict[str, Verdict] = {}
        for connection, group in by_server.values():
            self.keep_secret((connection.api_key, connection.access_token))
            tasks.append(self._check(connection, group, verdicts, arguments))
        failures = {host: verdict.failure for host, verdict in verdicts.items() if verdict.failure}
        return {
            "changed": False,
            "tasks": tasks,
            "hosts": {host: verdict.as_dict() for host, verdict in verdicts.items()},
            "failures": failures,
        }

    def _machines(self, arguments: dict[str, Any]) -> dict[str, str]:
        """Return the machine ids by host: given, or what deployment_target registered on each host of the play."""
        if arguments["machines"] is not None:
            return {str(host): str(machine_id) for host, machine_id in arguments["machines"].items()}
        if not arguments["registered"]:
            raise InputError("Give 'machines', or 'registered': the variable that holds deployment_target's result.")
        hostvars = self._variables["hostvars"]
        results = {str(host): hostvars.raw_get(host).get(arguments["registered"]) or {} for host in self._variables["ansible_play_batch"]}
        return {host: str(result["id"]) for host, result in results.items() if result.get("id")}

    def _check(self, connection: Connection, group: dict[str, str], verdicts: dict[str, Verdict], arguments: dict[str, Any]) -> str:
        from ..plugin_utils._server import tasks

        with snapshot_of(connection) as snapshot:
            client = client_for(connection, space_id=snapshot.meta().space_id)
        task = tasks.create_health_task(
            client,
            list(group.values()),
            description=f"Check the health of {len(group)} machines (octoboot.octopus)",
            timeout_seconds=arguments["timeout_running"],
            machine_timeout_seconds=arguments["machine_timeout"],
        )
        task_id = str(task["Id"])
        Display().display(f"Octopus checks the health of {len(group)} machines: {task_id}")
        tasks.wait(
            client,
            task_id,
            queued_seconds=arguments["timeout_queued"],
            running_seconds=arguments["timeout_running"],
            sleep=time.sleep,
            clock=time.monotonic,
            on_progress=_Progress(task_id),
        )
        records = tasks.health_of(client, list(group.values()))
        messages = tasks.messages(client, task_id)
        for host, machine_id in group.items():
            record = records.get(machine_id)
            told = tasks.messages_for(messages, record["Name"]) if record else []
            verdicts[host] = verdict_of(record, told, strict=arguments["strict"])
        return task_id


class _Progress:
    """Says how the task stands, now and then."""

    def __init__(self, task_id: str) -> None:
        self._task_id = task_id
        self._started = self._said = time.monotonic()

    def __call__(self, task: dict[str, Any]) -> None:
        now = time.monotonic()
        if now - self._said >= _PROGRESS_SECONDS:
            self._said = now
            Display().display(f"{self._task_id}: {task.get('State')} for {now - self._started:.0f} s")
