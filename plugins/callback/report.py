# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The run's report: progress, a table, a log for each host."""

from __future__ import annotations

DOCUMENTATION = r"""
name: report
type: aggregate
short_description: Report a bootstrap of Tentacles host by host
version_added: 0.1.0
author: The octoboot.octopus authors (@octoboot)
description:
  - Says how the run goes on while machines are being installed, and ends with a table - host, result, machine id, thumbprint, seconds, and
    the reason of every failure in one line - and the line that runs the failed hosts again.
  - Writes each host's full log, and the report as JSON, into a folder that only the user can read.
  - Reports runs of this collection's actions, and is silent in any other.
requirements:
  - enabled in C(callbacks_enabled)
notes:
  - C(report.json) holds C(schema) (1), C(collection) (C(version), C(path)), C(servers) (a list of C(url), C(version), C(space),
    C(thumbprint)), C(check_mode), C(started) and C(finished) (UTC, ISO 8601), C(succeeded), and C(hosts) by name.
  - Each host has C(result) - V(created), V(adopted), V(updated), V(unchanged), V(deleted), V(absent), V(failed), V(unreachable) or
    V(not run) - C(machine_id), C(thumbprint), C(reason) (of its last failure, in one line), C(changes) (a list of C(path), C(before),
    C(after)), C(commands) (how many), C(reboot_required) and C(seconds). What is not known is null.
  - In check mode the results are those that a real run would have.
options:
  log_directory:
    description: Folder in which each run makes its own. Empty writes no files.
    type: str
    default: logs
    env:
      - name: OCTOBOOT_LOG_DIR
    ini:
      - section: callback_octopus_report
        key: log_directory
  interval:
    description: Seconds between two lines of progress; 0 prints none.
    type: int
    default: 15
    env:
      - name: OCTOBOOT_PROGRESS_INTERVAL
    ini:
      - section: callback_octopus_report
        key: interval
"""

import os
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any

from ansible import constants, context
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.callback import CallbackBase

from ..plugin_utils._ansible.cores import parts_of
from ..plugin_utils._core.version import place
from ..plugin_utils._report import render
from ..plugin_utils._report.collate import COLLECTION, Report, Status
from ..plugin_utils._report.files import ReportFiles
from ..plugin_utils._report.redact import redact, redact_all

_SECRET_VARIABLES = ("OCTOPUS_API_KEY", "OCTOPUS_ACCESS_TOKEN")

Method = Callable[..., None]


def _harmless(method: Method) -> Method:
    """Turn any error of a method into one warning, and the report off: a report must not cost a run."""

    @wraps(method)
    def guarded(self: CallbackModule, *args: Any, **kwargs: Any) -> None:
        try:
            method(self, *args, **kwargs)
        except Exception as error:
            self.give_up(error)

    return guarded


class CallbackModule(CallbackBase):
    """octoboot.octopus.report"""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "octoboot.octopus.report"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self.disabled: bool = False
        self._report = Report()
        self._began: dict[tuple[str, str], float] = {}
        self._start = time.monotonic()
        self._started = datetime.now(UTC).isoformat(timespec="seconds")
        self._playbook = "bootstrap.yml"
        self._play: Any = None
        self._batch: list[str] = []
        self._debugging = False
        self._files: ReportFiles | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def set_options(self, *args: Any, **kwargs: Any) -> None:
        """Read the options."""
        super().set_options(*args, **kwargs)
        directory = self.get_option("log_directory")
        self._files = ReportFiles(directory, self._clean) if directory else None
        self._interval = int(self.get_option("interval"))

    @_harmless
    def v2_playbook_on_start(self, playbook: Any) -> None:
        """Note which playbook runs."""
        arguments = [str(argument) for argument in context.CLIARGS.get("args") or ()]
        self._playbook = arguments[0] if arguments else str(playbook._file_name)

    @_harmless
    def v2_playbook_on_play_start(self, play: Any) -> None:
        """Note the play; this is called for each of its batches."""
        extra_variables = play.get_variable_manager().extra_vars
        self._debugging = bool(boolean(extra_variables.get("octopus_debug", False), strict=False))
        if self._play is None or play._uuid != self._play._uuid:
            self._report.begin_play()
        self._play, self._batch = play, []

    @_harmless
    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        """A host begins a task."""
        self._began[str(host), task._uuid] = time.monotonic()
        if task.action.startswith(COLLECTION):
            self._expect()
        self._report.started(str(host), str(task.name or task.get_name()))
        if self._thread is None and self._interval > 0 and task.action.startswith(COLLECTION):
            self._thread = threading.Thread(target=self._tick, name="report", daemon=True)
            self._thread.start()

    @_harmless
    def v2_runner_on_ok(self, result: Any) -> None:
        """A host has ended a task well."""
        self._ended(result, "ok")

    @_harmless
    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """A host has failed a task."""
        self._ended(result, "ok" if ignore_errors else "failed")

    @_harmless
    def v2_runner_on_unreachable(self, result: Any) -> None:
        """A host could not be reached."""
        self._ended(result, "unreachable")

    @_harmless
    def v2_runner_on_skipped(self, result: Any) -> None:
        """A host has skipped a task."""
        host, task = parts_of(result)[:2]
        self._began.pop((host, task._uuid), None)
        self._report.skipped(host)

    @_harmless
    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Print the table, and write the report."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(2)
        report = self._report
        if not report.ours:
            return
        summaries = {host: stats.summarize(host) for host in report.hosts}
        report.settle(
            failed={host for host, summary in summaries.items() if summary["failures"]},
            unreachable={host for host, summary in summaries.items() if summary["unreachable"]},
        )
        for line in ("", *render.table(report)):
            self._display.display(self._clean(line))
        failed_file = self._write()
        advice = render.again(report, self._command(), failed_file, debugging=self._debugging)
        if advice:
            self._display.display(self._clean(advice))
        if self._files is not None:
            self._display.display(f"Logs: {self._files.folder}")

    def _ended(self, result: Any, status: Status) -> None:
        host, task, answer = parts_of(result)
        seconds = time.monotonic() - self._began.pop((host, task._uuid), time.monotonic())
        charged = 0.0 if task.run_once else seconds  # one host's turn, but the work of all
        self._report.ended(host, task.action, status, answer, charged, batch=self._batch if task.run_once else ())
        if host in self._report.hosts and not task.no_log:
            now = datetime.now(UTC).strftime("%H:%M:%S")
            told = answer if task.action.startswith(COLLECTION) else {"msg": answer.get("msg")}  # others' keys may mean anything
            self._log(host, render.log_entry(now, task.get_name(), status, redact_all(told, _secrets()), seconds))

    def _expect(self) -> None:
        """Show the hosts of the play, those of later batches as well; once for each batch."""
        if self._batch:
            return
        variables = self._play.get_variable_manager().get_vars(play=self._play, include_hostvars=False)
        self._batch = [str(host) for host in variables["ansible_play_batch"]]
        checking = bool(self._play.check_mode)
        self._report.check_mode = checking and (self._report.check_mode or not self._report.hosts)
        self._report.expect(str(host) for host in variables["ansible_play_hosts_all"])

    def _log(self, host: str, text: str) -> None:
        if self._files is None:
            return
        try:
            self._files.append(host, text)
        except OSError as error:
            self._give_up_files(error)

    def _write(self) -> str | None:
        """Write the report's own files; return where the failed hosts are listed."""
        if self._files is None:
            return None
        finished = datetime.now(UTC).isoformat(timespec="seconds")
        try:
            hosts = render.undone(self._report)
            failed = self._files.put("failed.txt", "".join(f"{host}\n" for host in hosts)) if self._report.bad else None
            well = not self._report.bad
            text = render.document(self._report, place=place(), started=self._started, finished=finished, rc_ok=well, secrets=_secrets())
            self._files.put("report.json", text + "\n")
        except OSError as error:
            self._give_up_files(error)
            return None
        return str(failed) if failed else None

    def _give_up_files(self, error: OSError) -> None:
        self._display.warning(f"No logs are written: {error}")
        self._files = None

    def _command(self) -> list[str]:
        """Return the command that was run, without its limit and without extra variables, which may hold secrets."""
        command = [os.path.basename(sys.argv[0]) or "ansible-playbook", self._playbook]  # noqa: PTH119 - a name, not a path
        given = context.CLIARGS
        inventories = list(given.get("inventory") or ())
        if inventories != list(constants.DEFAULT_HOST_LIST):  # Ansible puts the configured inventory where none was given
            command += [word for inventory in inventories for word in ("-i", str(inventory))]
        for option, name in (("--vault-id", "vault_ids"), ("--vault-password-file", "vault_password_files")):
            command += [word for value in given.get(name) or () for word in (option, str(value))]
        command += ["--ask-vault-pass"] if given.get("ask_vault_pass") else []
        command += [f"--{name}" for name in ("check", "diff") if given.get(name)]
        if given.get("forks", constants.DEFAULT_FORKS) != constants.DEFAULT_FORKS:
            command += ["--forks", str(given["forks"])]
        if self._debugging:
            command += ["-e", "octopus_debug=true"]
        return command

    @_harmless
    def _tick(self) -> None:
        """Say how things stand, now and then. Display is the only thing that a thread beside Ansible's forks may use."""
        while not self._stop.wait(self._interval):
            line = render.progress(self._report, time.monotonic() - self._start)
            if line:
                self._display.display(self._clean(line))

    def _clean(self, text: str) -> str:
        return redact(text, _secrets())

    def give_up(self, error: Exception) -> None:
        """Warn once, and report no more."""
        self._stop.set()
        if not self.disabled:
            self.disabled = True
            self._display.warning(self._clean(f"The report is off, the run goes on: {type(error).__name__}: {error}"))


def _secrets() -> list[str]:
    return [os.environ.get(name, "") for name in _SECRET_VARIABLES]
