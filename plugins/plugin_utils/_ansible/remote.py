# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""The host of a task, as the drivers see it: modules, background jobs and files, through the task's own connection."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.plugins.loader import become_loader

from .._core.errors import HostError
from .._core.text import sentence
from .._core.urls import holds_credentials
from .._hosts.outcomes import why_not

_STATUS = {True: "ansible.windows.async_status", False: "ansible.builtin.async_status"}
_COPY = {True: "ansible.windows.win_copy", False: "ansible.builtin.copy"}


class Remote:
    """Runs modules on the host of an action's task."""

    def __init__(self, action: ActionBase, task_vars: dict[str, Any]) -> None:
        self._action = action
        self._task_vars = task_vars
        self.discovered: dict[str, Any] = {}
        """The facts that Ansible found on the way, such as the host's Python: a task that drops them makes the next one look again."""

    @property
    def is_windows(self) -> bool:
        """Whether the host is a Windows host: the connection's shell knows, without facts and under delegation."""
        return bool(getattr(self._action._connection._shell, "_IS_WINDOWS", False))

    def become_on_windows(self, user: str) -> None:
        """Run modules as `user` by runas. The user's own become wins.

        A certificate cannot be imported without a loaded profile (tentacle.md 1.1), which a network logon does not have.
        """
        connection = self._action._connection
        if connection.become is not None:
            return
        runas = become_loader.get("ansible.builtin.runas")
        runas.set_options(task_keys={"become_user": user, "become_flags": None, "become_pass": None}, var_options=self._task_vars)
        connection.set_become_plugin(runas)

    def run_module(self, module: str, arguments: dict[str, Any]) -> Mapping[str, Any]:
        """Run a module and return its result, failed or not."""
        with self._pipelined(bool(arguments.get("secrets"))):
            # Core writes its own keys into the dictionary that it is given.
            result: dict[str, Any] = self._action._execute_module(
                module_name=module, module_args=dict(arguments), task_vars=self._variables_for(arguments)
            )
        return self._noting(result)

    def start(self, module: str, arguments: dict[str, Any], *, seconds: int) -> str:
        """Start a module in the background; return the id of its job. Raises HostError."""
        task = self._action._task
        task.async_val = seconds
        try:
            result = self._action._execute_module(
                module_name=module, module_args=dict(arguments), task_vars=self._variables_for(arguments), wrap_async=True
            )
        finally:
            task.async_val = 0
        job = self._noting(result).get("ansible_job_id")
        if not job:
            raise HostError(f"The installation could not be started on the host: {sentence(why_not(result))}")
        return str(job)

    def result(self, job: str) -> Mapping[str, Any] | None:
        """Return the result of a background module and forget the job; None while it runs."""
        folder = self._action.get_shell_option("async_dir", default="~/.ansible_async")
        if not self.is_windows:
            folder = self._action._remote_expand_user(folder)
        arguments = {"jid": job, "_async_dir": folder}
        status = self.run_module(_STATUS[self.is_windows], {**arguments, "mode": "status"})
        if not status.get("finished"):
            return None
        self.run_module(_STATUS[self.is_windows], {**arguments, "mode": "cleanup"})
        return status

    def copy_file(self, local: str, remote: str) -> None:
        """Copy a file of the controller's to the host. Raises HostError."""
        task = self._action._task.copy()
        task.args = {"src": local, "dest": remote}
        copy = self._action._shared_loader_obj.action_loader.get(
            _COPY[self.is_windows],
            task=task,
            connection=self._action._connection,
            play_context=self._action._play_context,
            loader=self._action._loader,
            templar=self._action._templar,
            shared_loader_obj=self._action._shared_loader_obj,
        )
        result = copy.run(task_vars=self._task_vars)
        if result.get("failed"):
            raise HostError(f"Copying {local} to the host failed: {sentence(why_not(result))}")

    def _variables_for(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the task's variables; for arguments with credentials in a URL, such that the module does not log them.

        Modules log their arguments of their own accord, in syslog or the event log, for everybody on the host to read.
        """
        if not holds_credentials(arguments):
            return self._task_vars
        return {**self._task_vars, "ansible_no_target_syslog": True}

    @contextlib.contextmanager
    def _pipelined(self, needed: bool) -> Iterator[None]:
        """Keep a module's arguments off the host's disk: without pipelining Ansible writes them to a file, which a lost connection leaves.

        A connection or become plugin that cannot do it is left as it is; the file is then one that only the user of the module reads.
        """
        connection = self._action._connection
        if not needed or self.is_windows or not connection.has_pipelining:
            yield
            return
        try:
            before = connection.get_option("pipelining")
        except KeyError:
            yield
            return
        connection.set_option("pipelining", True)
        try:
            yield
        finally:
            connection.set_option("pipelining", before)

    def _noting(self, result: dict[str, Any]) -> dict[str, Any]:
        facts = result.pop("ansible_facts", None) or {}
        self.discovered |= {name: value for name, value in facts.items() if name.startswith("discovered_")}
        return result
