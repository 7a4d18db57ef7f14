"""win_ping, win_command for a few commands, and async_status."""

from __future__ import annotations

import json
import ntpath
from typing import Any

from ..call import Call
from .execution import Execution, ModuleFailed


def win_ping(execution: Execution, call: Call) -> dict[str, Any]:
    """Answer."""
    del execution
    return {"changed": False, "ping": call.arguments.get("data", "pong")}


def win_command(execution: Execution, call: Call) -> dict[str, Any]:
    """Run `whoami` or `hostname`."""
    line = str(call.arguments.get("_raw_params") or call.arguments.get("cmd") or " ".join(call.arguments.get("argv") or ())).strip()
    answers = {"whoami": execution.user.name.lower(), "hostname": execution.host.hostname}
    if line not in answers:
        raise ModuleFailed(f"The lab's win_command knows {', '.join(answers)}, and not '{line}'.", rc=2)
    return {
        "changed": True,
        "cmd": line,
        "rc": 0,
        "stdout": f"{answers[line]}\r\n",
        "stderr": "",
        "start": "",
        "end": "",
        "delta": "0:00:00",
    }


def async_status(execution: Execution, call: Call) -> dict[str, Any]:
    """Read or remove a job's file in the folder of the user who asks."""
    job, mode = call.arguments["jid"], call.arguments.get("mode", "status")
    directory = expand_profile(execution, call.arguments["_async_dir"])
    path = ntpath.join(directory, job)
    if not execution.host.files.exists(path):
        raise ModuleFailed(f"could not find job at '{directory}'", ansible_job_id=job, started=1, finished=1)
    if mode == "cleanup":
        execution.host.files.delete(path)
        return {"changed": False, "ansible_job_id": job, "erased": path}
    data: dict[str, Any] = json.loads(execution.host.files.read(path).decode("utf-8-sig"))
    if "started" not in data:
        data |= {"finished": 1, "ansible_job_id": job}
    data.setdefault("finished", 0)
    return data


def expand_profile(execution: Execution, directory: str) -> str:
    """Expand a folder that is named relative to the user's profile."""
    profile = execution.host.profile(execution.user.name)
    return (
        directory.replace("%USERPROFILE%", profile).replace("~", profile, 1)
        if directory[:1] == "~"
        else directory.replace("%USERPROFILE%", profile)
    )
