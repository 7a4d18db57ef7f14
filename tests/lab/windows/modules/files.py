"""ansible.windows.win_copy, win_file and win_stat."""

from __future__ import annotations

import hashlib
import ntpath
from typing import Any

from ..call import Call
from .execution import Execution, ModuleFailed


def win_copy(execution: Execution, call: Call) -> dict[str, Any]:
    """Do the half of win_copy that runs on the host: compare, then take over the file that was put."""
    arguments, files = call.arguments, execution.host.files
    mode, destination = arguments["_copy_mode"], arguments["dest"]
    if mode == "query":
        return _query(execution, arguments)
    if mode != "single":
        raise ModuleFailed(f"The lab's win_copy copies single files; this is {mode}.")
    source = arguments["src"]
    if not files.is_dir(ntpath.dirname(destination)):
        raise ModuleFailed(f"Destination directory '{ntpath.dirname(destination)}' does not exist")
    data = files.read(source)
    if not call.check_mode:
        files.write(destination, data)
        execution.host.count_step()
    checksum = hashlib.sha1(data, usedforsecurity=False).hexdigest()
    return {"changed": True, "dest": destination, "src": source, "operation": "file_copy", "checksum": checksum, "size": len(data)}


def _query(execution: Execution, arguments: dict[str, Any]) -> dict[str, Any]:
    files, destination = execution.host.files, arguments["dest"]
    wanted: list[dict[str, Any]] = []
    for file in arguments.get("files") or ():
        target = ntpath.join(destination, file["dest"]) if files.is_dir(destination) or destination.endswith("\\") else destination
        found = files.read(target) if files.exists(target) and not files.is_dir(target) else None
        if found is None or hashlib.sha1(found, usedforsecurity=False).hexdigest() != file["checksum"]:
            wanted.append(file)
    return {"changed": False, "will_change": bool(wanted), "files": wanted, "directories": [], "symlinks": []}


def win_file(execution: Execution, call: Call) -> dict[str, Any]:
    """Remove a path, or make a folder."""
    path, state = call.arguments["path"], call.arguments.get("state", "file")
    there = execution.host.files.exists(path)
    if state == "absent":
        if there and not call.check_mode:
            execution.host.files.delete(path)
        return {"changed": there}
    if state == "directory":
        if not there and not call.check_mode:
            execution.host.files.make_dirs(path)
        return {"changed": not there}
    raise ModuleFailed(f"The lab's win_file does not know the state '{state}'.")


def win_stat(execution: Execution, call: Call) -> dict[str, Any]:
    """Tell whether a path exists, and its checksum."""
    files, path = execution.host.files, call.arguments["path"]
    if not files.exists(path):
        return {"changed": False, "stat": {"exists": False}}
    stat: dict[str, Any] = {"exists": True, "isdir": files.is_dir(path), "path": path}
    if not files.is_dir(path):
        stat["checksum"] = hashlib.sha1(files.read(path), usedforsecurity=False).hexdigest()
        stat["size"] = len(files.read(path))
    return {"changed": False, "stat": stat}
