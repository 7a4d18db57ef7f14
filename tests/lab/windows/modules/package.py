"""ansible.windows.win_package, for MSI files."""

from __future__ import annotations

import hashlib
import ntpath
import subprocess
from typing import Any
from urllib.parse import urlsplit

from ..call import Call
from ..msi import install, is_installed, uninstall
from .download import NotDownloaded, download
from .execution import Execution, ModuleFailed


def win_package(execution: Execution, call: Call) -> dict[str, Any]:
    """Install an MSI from a URL or a path, as the real module does: downloaded, checked, run; or remove a product by its code."""
    arguments = call.arguments
    if arguments.get("state") == "absent" and arguments.get("product_id"):
        return _remove(execution, call)
    if arguments.get("state", "present") != "present" or not arguments.get("path"):
        raise ModuleFailed("The lab's win_package installs packages from a path and removes them by product code, and does no more.")
    path = arguments["path"]
    data = _fetch(execution, path, arguments)
    answered: dict[str, Any] = {}
    if path.lower().startswith("http"):  # from here on the real module knows the downloaded file only, and what the server answered
        answered = {"status_code": 200}
        path = ntpath.join(
            execution.host.profile(execution.user.name), "AppData\\Local\\Temp", urlsplit(path).path.rsplit("/", maxsplit=1)[-1]
        )
    try:
        installed = is_installed(execution.host, data)
    except ValueError as error:
        raise ModuleFailed(f"failed to query MSI at '{path}': {error}", rc=1620) from error
    if installed or call.check_mode:
        return {"changed": not installed, "rc": 0, "reboot_required": False}
    checksum = _check(arguments, data, path, answered)
    result: dict[str, Any] = {"changed": True, "reboot_required": False, "checksum": checksum, **answered}
    command = subprocess.list2cmdline(["msiexec.exe", "/i", path, "/L*V", arguments.get("log_path") or "msiexec.log", "/qn", "/norestart"])
    rc = install(execution.host, data, command=command, seconds=execution.install_seconds, log_path=arguments.get("log_path"))
    result["rc"] = rc
    if rc not in arguments.get("expected_return_code", [0, 3010]):
        raise ModuleFailed(
            f"unexpected rc from '{command}': see rc, stdout, and stderr for more details",
            **{**result, "changed": False, "stdout": "", "stderr": "", "log": _log(execution, arguments.get("log_path"))},
        )
    return result | {"reboot_required": rc == 3010}


def _remove(execution: Execution, call: Call) -> dict[str, Any]:
    product_id = call.arguments["product_id"]
    if call.check_mode or product_id not in execution.host.products:
        return {"changed": product_id in execution.host.products, "rc": 0, "reboot_required": False}
    command = subprocess.list2cmdline(["msiexec.exe", "/x", product_id, "/L*V", "msiexec.log", "/qn", "/norestart"])
    rc = uninstall(execution.host, product_id, command=command)
    if rc != 0:
        raise ModuleFailed(f"unexpected rc from '{command}': see rc, stdout, and stderr for more details", rc=rc, changed=False)
    return {"changed": True, "rc": rc, "reboot_required": False}


def _fetch(execution: Execution, path: str, arguments: dict[str, Any]) -> bytes:
    if not path.lower().startswith("http"):
        if not execution.host.files.exists(path):
            raise ModuleFailed(f"the file at the path '{path}' cannot be reached")
        return execution.host.files.read(path)
    try:
        return download(execution, path, arguments)
    except NotDownloaded as error:  # which the real module does not expect
        raise ModuleFailed(f"Unhandled exception while executing module: {error}") from error


def _check(arguments: dict[str, Any], data: bytes, path: str, answered: dict[str, Any]) -> str:
    algorithm = arguments.get("checksum_algorithm", "sha1")
    found = hashlib.new(algorithm, data).hexdigest().upper()
    wanted = arguments.get("checksum")
    if wanted and wanted.upper() != found:
        raise ModuleFailed(f"The checksum for {path} did not match '{wanted}', it was '{found}'", checksum=found, rc=0, **answered)
    return found


def _log(execution: Execution, path: str | None) -> str:
    if not path or not execution.host.files.exists(path):
        return ""
    return execution.host.files.read(path).decode("utf-16")
