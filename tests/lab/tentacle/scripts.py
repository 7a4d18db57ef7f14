"""Scripts that a server sends to a Tentacle (Octopus.Tentacle.Contracts.ScriptServiceV2), run by bash in a folder of their own."""

from __future__ import annotations

import shlex
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from ..halibut.bson import Document, Long
from ..machine import posix_of
from .context import Context

_STATUS = "Octopus.Tentacle.Contracts.ScriptServiceV2.ScriptStatusResponseV2, Octopus.Tentacle.Contracts"
_FILE_NAME = "Bootstrap.sh"
_STDOUT, _STDERR, _DEBUG = 0, 1, 2
_PENDING, _RUNNING, _COMPLETE = 0, 1, 2
_ISOLATIONS = ("NoIsolation", "FullIsolation")
_UNKNOWN_RESULT_EXIT_CODE = -45


class ScriptFailure(Exception):
    """A call about a script that cannot be carried out."""


@dataclass
class _Script:
    """One script: what it has written so far, and how it went."""

    ticket: Document
    lines: list[tuple[int, datetime, str]] = field(default_factory=list)
    state: int = _PENDING
    exit_code: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    def say(self, source: int, texts: Iterable[str]) -> None:
        self.lines += [(source, datetime.now(timezone.utc), text) for text in texts]

    def status(self, after: int = 0) -> Document:
        """Return a ScriptStatusResponseV2 with the lines from number `after` on."""
        logs = [{"Source": source, "Occurred": occurred, "Text": text} for source, occurred, text in self.lines[after:]]
        return {
            "$type": _STATUS,
            "Ticket": self.ticket,
            "Logs": logs,
            "NextLogSequence": Long(after + len(logs)),
            "State": self.state,
            "ExitCode": self.exit_code,
        }


class Scripts:
    """The scripts of one agent, by their ticket."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._scripts: dict[str, _Script] = {}
        self._lock = threading.Lock()

    def start(self, command: Document) -> Document:
        """Start a script, and tell how it is when it has ended or the server wants to hear of it. A ticket that is known starts nothing."""
        if self._context.machine.platform == "windows":
            raise ScriptFailure("The lab's Windows hosts run no scripts.")
        task_id = _task_of(command["ScriptTicket"])
        with self._lock:
            is_new = task_id not in self._scripts
            script = self._scripts.setdefault(task_id, _Script({"TaskId": task_id}))
        if is_new:
            threading.Thread(target=self._run, args=(script, command), name="tentacle-script", daemon=True).start()
        script.ended.wait(_seconds(command["DurationToWaitForScriptToFinish"]))
        return script.status()

    def status(self, request: Document) -> Document:
        """Tell what a script has said from a line on. One that nobody started has ended, with an exit code of its own."""
        ticket = request["Ticket"]
        script = self._scripts.get(_task_of(ticket)) or _Script(ticket, state=_COMPLETE, exit_code=_UNKNOWN_RESULT_EXIT_CODE)
        return script.status(request["LastLogSequence"])

    def complete(self, command: Document) -> None:
        """Forget a script, and remove what it was run from."""
        task_id = _task_of(command["Ticket"])
        with self._lock:
            script = self._scripts.pop(task_id, None)
        if script is not None:
            self._context.machine.files.delete(self._file_of(task_id))

    def _run(self, script: _Script, command: Document) -> None:
        try:
            script.exit_code = self._execute(script, command)
        except OSError as error:
            script.say(_STDERR, [str(error)])
            script.exit_code = 1
        finally:
            script.state = _COMPLETE
            script.ended.set()

    def _execute(self, script: _Script, command: Document) -> int:
        machine, folder = self._context.machine, self._folder_of(script.ticket["TaskId"])
        machine.files.make_dirs(folder)
        machine.files.write(self._file_of(script.ticket["TaskId"]), command["ScriptBody"].encode())
        script.say(_STDOUT, ["##octopus[stdout-verbose]"])
        isolation = _ISOLATIONS[bool(command["Isolation"])]
        script.say(_STDOUT, [f"Acquiring isolation mutex {command['IsolationMutexName']} with {isolation} in {command['TaskId']}"])
        script.say(_STDOUT, ["##octopus[stdout-default]"])
        script.state = _RUNNING
        script.say(_DEBUG, ["Executable directory is /bin", "Executable name or full path: /bin/bash"])
        user = self._context.process.user.name
        script.say(_DEBUG, [f"Starting /bin/bash in working directory '{folder}' using 'Unicode (UTF-8)' encoding running as '{user}'"])
        words = ["/bin/bash", _FILE_NAME, *command["Arguments"]]
        result = posix_of(machine).execute(["/bin/bash", "-c", f"cd {shlex.quote(folder)} && exec {shlex.join(words)}"])
        script.say(_STDOUT, result.stdout.splitlines())
        script.say(_STDERR, result.stderr.splitlines())
        script.say(_DEBUG, [f"Process /bin/bash in {folder} exited with code {result.rc}"])
        return result.rc

    def _folder_of(self, task_id: str) -> str:
        return self._context.paths.join(self._context.home, "Work", task_id)

    def _file_of(self, task_id: str) -> str:
        return self._context.paths.join(self._folder_of(task_id), _FILE_NAME)


def _task_of(ticket: Document) -> str:
    """Return the ticket's id, which names a folder."""
    task_id: Any = ticket["TaskId"]
    if not isinstance(task_id, str) or not task_id.isalnum():
        raise ScriptFailure(f"A ticket cannot be called {task_id!r}.")
    return task_id


def _seconds(time_span: str) -> float:
    hours, minutes, seconds = (float(part) for part in time_span.split(":"))
    return timedelta(hours=hours, minutes=minutes, seconds=seconds).total_seconds()
