"""Running what Ansible sent on a virtual host: a module, now or in the background, or a helper of the connection."""

from __future__ import annotations

import hashlib
import json
import ntpath
import threading
from collections.abc import Callable
from typing import Any

from ..machine import User
from .host import SYSTEM_USER, ConnectionBroken, WindowsHost
from .modules import MODULES, Execution
from .modules.execution import ModuleFailed
from .modules.simple import expand_profile
from .payload import Call, UnknownPayload
from .specs import BadArguments, check_arguments

_MASKED = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


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
        try:
            check_arguments(call.module, call.arguments)
            self.host.event_log.append(f"{call.module} - Invoked with: {json.dumps(_without_secrets(call.arguments))}")
            with self.host.lock:
                module = MODULES[call.module]
            return module(execution, call)
        except BadArguments as error:
            return {"failed": True, "changed": False, "msg": str(error)}
        except ModuleFailed as error:
            return {"changed": False, **error.result, "failed": True, "msg": str(error)}

    def _start(self, execution: Execution, call: Call) -> dict[str, Any]:
        """Start a module in the background; its file in the user's profile tells how it stands."""
        job = f"{call.job}.{4000 + len(self.host.jobs)}"
        directory = expand_profile(execution, call.job_directory)
        path = ntpath.join(directory, job)
        files = self.host.files
        files.make_dirs(directory)
        started = {"started": 1, "finished": 0, "ansible_job_id": job, "results_file": path}
        files.write(path, json.dumps(started).encode())
        sid = self.host.sid

        def work() -> None:
            try:
                result = self._module(execution, call)
            except ConnectionBroken:
                return
            if self.host.sid == sid:
                files.write(path, json.dumps({**result, "started": 1, "finished": 1, "ansible_job_id": job}).encode())

        thread = threading.Thread(target=work, name=f"{self.host.name}-{job}", daemon=True)
        self.host.jobs[job] = thread
        thread.start()
        self.host.count_step()
        return {"changed": False, **started}


def _without_secrets(arguments: dict[str, Any]) -> dict[str, Any]:
    secrets = [{**secret, "value": _MASKED} for secret in arguments.get("sensitive_parameters") or ()]
    return {**arguments, "sensitive_parameters": secrets} if secrets else arguments


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
