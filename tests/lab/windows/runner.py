"""Running what Ansible sent on a virtual host: a module, now or in the background, or a helper of the connection."""

from __future__ import annotations

import codecs
import hashlib
import json
import ntpath
import threading
from collections.abc import Callable
from typing import Any

from ..machine import User
from .argument_check import BadArguments, check_arguments, without_secrets
from .call import Call, UnknownPayload
from .host import SYSTEM_USER, ConnectionBroken, WindowsHost
from .modules import MODULES, Execution
from .modules.execution import ModuleFailed
from .modules.simple import expand_profile
from .specs import specification


class Runner:
    """Runs calls on one host."""

    def __init__(self, host: WindowsHost, *, install_seconds: float) -> None:
        self.host = host
        self.install_seconds = install_seconds

    def run(self, call: Call) -> tuple[int, str]:
        """Return exit code and stdout. Raises UnknownPayload, and ConnectionBroken when the network breaks meanwhile."""
        self.host.visits += 1
        execution = Execution(self.host, self._user(call), self.install_seconds)
        helper = _HELPERS.get(call.module)
        if helper is not None:
            return 0, helper(execution, call)
        if call.module not in MODULES:
            raise UnknownPayload(f"the lab's Windows hosts do not know {call.module}")
        if call.job:
            return 0, json.dumps(self._start(execution, call))
        result = self._module(execution, call)
        return int(bool(result.get("failed"))), json.dumps(result)

    def _user(self, call: Call) -> User:
        if call.become_user and call.become_user.upper().rpartition("\\")[2] == "SYSTEM":
            return User(SYSTEM_USER)
        # A network logon: an administrator, and no profile.
        return User(call.become_user or f"{self.host.hostname}\\{self.host.username}", profile_loaded=bool(call.become_user))

    def _module(self, execution: Execution, call: Call) -> dict[str, Any]:
        spec = specification(call.module)
        if call.check_mode and not spec.get("supports_check_mode"):
            return {"changed": False, "skipped": True, "msg": f"remote module ({call.module}) does not support check mode"}
        try:
            check_arguments(call.module, spec, call.arguments)
            if not call.no_log:
                self.host.event_log.append(f"{call.module} - Invoked with:\r\n  {_log_text(without_secrets(spec, call.arguments), 2)}")
            return MODULES[call.module](execution, call)
        except BadArguments as error:
            return {"failed": True, "changed": False, "msg": str(error)}
        except ModuleFailed as error:
            return {"changed": False, **error.result, "failed": True, "msg": str(error)}
        except OSError as error:
            return {"failed": True, "msg": f"Unhandled exception while executing module: {error.strerror or error}"}

    def _start(self, execution: Execution, call: Call) -> dict[str, Any]:
        """Start a module in the background; its file in the user's profile tells how it stands."""
        job = f"{call.job}.{4000 + len(self.host.jobs)}"
        directory = expand_profile(execution, call.job_directory)
        path = ntpath.join(directory, job)
        files = self.host.files
        files.make_dirs(directory)
        no, yes = (0, 1) if call.says_numbers else (False, True)
        started = {
            "started": yes,
            "finished": no,
            "ansible_job_id": job,
            "results_file": path,
            "ansible_async_watchdog_pid": 4000 + len(self.host.jobs),
            "_ansible_suppress_tmpdir_delete": True,
        }
        files.write(path, json.dumps(started).encode())
        sid = self.host.sid

        def work() -> None:
            try:
                result = self._module(execution, call)
            except ConnectionBroken:
                return
            if self.host.sid == sid:
                ended = {**started, **result, "finished": yes}
                files.write(path, codecs.BOM_UTF8 + json.dumps(ended).encode())

        thread = threading.Thread(target=work, name=f"{self.host.name}-{job}", daemon=True)
        self.host.jobs[job] = thread
        thread.start()
        self.host.count_step()
        return started


def _log_text(data: Any, indent: int) -> str:
    """Return data as Ansible.Basic writes them to the event log: text as it stands, without escapes."""
    if isinstance(data, list):
        return "".join(f"\r\n{' ' * indent}- {_log_text(each, indent + 2)}" for each in data)
    if isinstance(data, dict):
        return f"\r\n{' ' * indent}".join(f"{name}: {_log_text(each, indent + 2)}" for name, each in data.items())
    return "$null" if data is None else str(data)


def _put_file(execution: Execution, call: Call) -> str:
    execution.host.files.write(call.arguments["Path"], call.data)
    return json.dumps({"sha1": hashlib.sha1(call.data, usedforsecurity=False).hexdigest()})


def _make_temporary(execution: Execution, call: Call) -> str:
    directory = (
        call.arguments["Directory"]
        .replace("%TEMP%", "C:\\Windows\\Temp")
        .replace("%USERPROFILE%", execution.host.profile(execution.user.name))
    )
    path = ntpath.join(directory, call.arguments["Name"])
    execution.host.files.make_dirs(path)
    return f"{path}\r\n"


def _expand_user(execution: Execution, call: Call) -> str:
    return f"{call.arguments['Path'].replace('~', execution.host.profile(execution.user.name), 1)}\r\n"


_HELPERS: dict[str, Callable[[Execution, Call], str]] = {
    "winrm_put_file.ps1": _put_file,
    "powershell_mkdtemp.ps1": _make_temporary,
    "powershell_expand_user.ps1": _expand_user,
}
