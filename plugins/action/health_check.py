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
from ..plugin_utils._core.octopus.health import judge
from ..plugin_utils._core.results import Verdict
from ..plugin_utils._work.health import check_health


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
        with snapshot_of(connection) as snapshot:
            client = client_for(connection, space_id=snapshot.meta().space_id)
        task_id, found = check_health(
            client,
            list(group.values()),
            queued_timeout=arguments["timeout_queued"],
            running_timeout=arguments["timeout_running"],
            machine_timeout=arguments["machine_timeout"],
            sleep=time.sleep,
            clock=time.monotonic,
            tell=Display().display,
        )
        verdicts.update({host: judge(found[machine_id], strict=arguments["strict"]) for host, machine_id in group.items()})
        return task_id
