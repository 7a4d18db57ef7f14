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
  - Writes each host's full log, and the report as JSON (C(report.json)), JUnit (C(report.xml), a test case for each host) and Markdown
    (C(report.markdown)), into a folder that only the user can read.
  - In the logs of GitHub Actions, GitLab CI and Azure DevOps, folds what each failed host did. On GitHub and Azure, marks each failed host,
    and shows the summary beside the run. On GitHub, no command that Ansible or a host prints is obeyed while the run goes on.
  - Sees to it that a run that came to no host has failed - see O(octoboot.octopus.tentacle#role:main:octopus_fail_when_empty).
  - Leaves the statistic C(octoboot_report) to the next node of a workflow in AWX - C(created), C(updated), C(unchanged) and C(failed),
    each a list of hosts, C(check_mode), C(report), the folder of the files, and C(tasks), the ids of the server's Health tasks.
  - Reports runs of this collection's actions, and is silent in any other. Prints nothing where Ansible's own output is JSON.
requirements:
  - enabled in C(callbacks_enabled)
notes:
  - C(report.json) holds C(schema) (1), C(collection) (C(version), C(path)), C(servers) (a list of C(url), C(version), C(space),
    C(thumbprint)), C(check_mode), C(started) and C(finished) (UTC, ISO 8601), C(succeeded), and C(hosts) by name.
  - Each host has C(host), C(instance) and C(result) - V(created), V(adopted), V(updated), V(unchanged), V(deleted), V(absent),
    V(failed), V(unreachable), V(unknown), where C(no_log) hides it, or V(not run) - C(machine_id), the first of its C(machine_ids),
    C(registrations) (of each record that was looked at C(kind), C(url), C(space), C(name), C(id), C(result), C(failure)), C(thumbprint),
    C(reason) (of its last failure, in one line), C(changes) (a list of C(path), C(before), C(after)), C(commands) (how many),
    C(reboot_required) and C(seconds). What is not known is null. A host that gets several instances has a row for each; further ones are
    called V(HOST (INSTANCE\)).
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
    description: Seconds between two lines of progress, 5 at least; 0 prints none.
    type: int
    default: 15
    env:
      - name: OCTOBOOT_PROGRESS_INTERVAL
    ini:
      - section: callback_octopus_report
        key: interval
  pipeline:
    description: For which system's log the report is printed; V(auto) is the one that the environment says the run is in.
    type: str
    choices: [auto, none, github, gitlab, azure]
    default: auto
    env:
      - name: OCTOBOOT_PIPELINE
    ini:
      - section: callback_octopus_report
        key: pipeline
"""

import threading
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from ansible.plugins.callback import CallbackBase

from ..plugin_utils._ansible import plays
from ..plugin_utils._ansible.cores import parts_of
from ..plugin_utils._ansible.invocation import command, playbook_of
from ..plugin_utils._ansible.teller import Teller, clean, known_secrets
from ..plugin_utils._report import artefacts, empty, render
from ..plugin_utils._report.collate import COLLECTION, HostReport, Report, Status, outcome
from ..plugin_utils._report.files import ReportFiles
from ..plugin_utils._report.publish import publish
from ..plugin_utils._report.redact import redact_all, redacted

_SHORTEST_INTERVAL = 5

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
        self._started = _now()
        self._playbook = "bootstrap.yml"
        self._play: Any = None
        self._batch: list[str] = []
        self._ours: list[Any] = []
        self._unmatched: set[str] = set()
        self._touched = False
        self._debugging = False
        self._files: ReportFiles | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def set_options(self, *args: Any, **kwargs: Any) -> None:
        """Read the options."""
        super().set_options(*args, **kwargs)
        directory = self.get_option("log_directory")
        self._files = ReportFiles(directory, clean) if directory else None
        self._interval = int(self.get_option("interval"))
        self._teller = Teller(self._display, self.get_option("pipeline"))

    @_harmless
    def v2_playbook_on_start(self, playbook: Any) -> None:
        """Note which playbook runs."""
        self._playbook = playbook_of(str(playbook and playbook._file_name))
        folder = str(self._files.folder.absolute()) if self._files else None
        self._artefacts = artefacts.Artefacts(self._report, folder)
        self._statistics = plays.statistics()

    @_harmless
    def v2_playbook_on_play_start(self, play: Any) -> None:
        """Note the play; this is called for each of its batches."""
        self._debugging = plays.switch(play, "octopus_debug", default=False)
        if self._play is None or play._uuid != self._play._uuid:
            self._report.begin_play()
            if plays.is_ours(play):
                self._ours.append(play)
                self._teller.begin()
        self._play, self._batch = play, []

    @_harmless
    def v2_playbook_on_no_hosts_matched(self) -> None:
        """The play has no hosts."""
        self._unmatched.add(self._play._uuid)

    @_harmless
    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        """A host begins a task."""
        self._touched = self._touched or not getattr(host, "implicit", False)
        self._began[str(host), task._uuid] = time.monotonic()
        ours = plays.action_of(task).startswith(COLLECTION)
        if ours:
            self._expect()
        self._report.started(str(host), str(task.name or task.get_name()))
        if ours and self._thread is None and self._interval > 0 and not self._teller.quiet:
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
        if self._report.ours:
            summaries = {entry.host: stats.summarize(entry.host) for entry in self._report.hosts.values()}
            self._report.settle(
                failed={host for host, summary in summaries.items() if summary["failures"]},
                unreachable={host for host, summary in summaries.items() if summary["unreachable"]},
            )
            self._tell_all()
        elif self._ours:
            self._teller.end()
            if not self._touched:
                self._came_to_nothing()

    def _tell_all(self) -> None:
        report = redacted(self._report, known_secrets())
        failed_file = self._publish()
        run = command(self._playbook, debugging=self._debugging)
        advice = render.again(report, run, failed_file, debugging=self._debugging)
        self._teller.say(["", *render.table(report), *([advice] if advice else [])])
        self._teller.say([f"Logs: {self._files.folder}"] if self._files else [])
        self._teller.finish(report, self._files)

    def _came_to_nothing(self) -> None:
        """Say why, and end Ansible with the exit code of what it refuses itself, unless that is right."""
        play = next((play for play in self._ours if play._uuid not in self._unmatched), self._ours[0])
        fails = plays.switch(play, "octopus_fail_when_empty", default=True)
        told = empty.told(plays.why_nothing(play, unmatched=play._uuid in self._unmatched), fails=fails)
        self._teller.refuse(told, fails=fails)
        if fails:
            raise SystemExit(1)  # which Ansible's handling of callbacks lets pass

    def _ended(self, result: Any, status: Status) -> None:
        host, task, answer = parts_of(result)
        seconds = time.monotonic() - self._began.pop((host, task._uuid), time.monotonic())
        charged = 0.0 if task.run_once else seconds  # one host's turn, but the work of all
        action = plays.action_of(task)
        entry = self._report.ended(host, action, status, answer, charged, for_all=task.run_once)
        if host not in self._report.hosts:
            return
        self._leave(entry)
        if not task.no_log:
            told = answer if action.startswith(COLLECTION) else {"msg": answer.get("msg")}  # others' keys may mean anything
            self._log(host, render.log_entry(_now("%H:%M:%S"), task.get_name(), status, redact_all(told, known_secrets()), seconds))

    def _leave(self, entry: HostReport) -> None:
        """Keep what the run leaves to others up to date."""
        if self._statistics is None:
            return
        counted = self._statistics.summarize(entry.host)
        result = "failed" if counted["failures"] or counted["unreachable"] else outcome(entry)
        self._artefacts.note(entry, result)
        self._statistics.set_custom_stats(artefacts.NAME, self._artefacts.values)

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
        self._teller.keep(host, text)
        if self._files is None:
            return
        try:
            self._files.append(host, text)
        except OSError as error:
            self._give_up_files(error)

    def _publish(self) -> str | None:
        """Write the report's own files; return where the failed hosts are listed."""
        if self._files is None:
            return None
        finished = _now()
        try:
            failed = publish(self._files, self._report, started=self._started, finished=finished, secrets=known_secrets())
        except OSError as error:
            self._give_up_files(error)
            return None
        return str(failed) if failed else None

    def _give_up_files(self, error: OSError) -> None:
        self._display.warning(f"No logs are written: {error}")
        self._files = None

    @_harmless
    def _tick(self) -> None:
        """Say how things stand, now and then. Display is the only thing that a thread beside Ansible's forks may use."""
        while not self._stop.wait(max(self._interval, _SHORTEST_INTERVAL)):
            line = render.progress(self._report, time.monotonic() - self._start)
            if line:
                self._teller.say([line])

    def give_up(self, error: Exception) -> None:
        """Warn once, and report no more."""
        self._stop.set()
        if not self.disabled:
            self.disabled = True
            self._display.warning(clean(f"The report is off, the run goes on: {type(error).__name__}: {error}"))


def _now(form: str = "%Y-%m-%dT%H:%M:%S+00:00") -> str:
    return time.strftime(form, time.gmtime())
