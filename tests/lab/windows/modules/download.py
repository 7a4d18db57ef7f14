"""ansible.windows.win_get_url; and downloads as all modules of that collection do them (module_utils/WebRequest.psm1)."""

from __future__ import annotations

import hashlib
import ntpath
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests

from ..call import Call
from .execution import Execution, ModuleFailed


class NotDownloaded(Exception):
    """What .NET says of a download that failed; `status` is what the server answered, if it did."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


def download(execution: Execution, url: str, arguments: Mapping[str, Any]) -> bytes:
    """Download a file as the host. Raises NotDownloaded. A login in the URL is passed over, as by .NET's HttpWebRequest."""
    login = (arguments["url_username"], arguments.get("url_password") or "") if arguments.get("force_basic_auth") else None
    parts = urlsplit(url)
    try:
        with requests.Session() as session:
            session.trust_env = False  # the machine's proxies are not those of this process
            response = session.get(parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl(), auth=login, timeout=30)
    except requests.RequestException:
        raise NotDownloaded("Unable to connect to the remote server") from None
    if response.status_code != 200:
        raise NotDownloaded(f"The remote server returned an error: ({response.status_code}) {response.reason}.", response.status_code)
    if execution.host.faults.get("disk_full"):
        raise NotDownloaded('Exception calling "CopyTo" with "1" argument(s): "There is not enough space on the disk."', 200)
    return response.content


def win_get_url(execution: Execution, call: Call) -> dict[str, Any]:
    """Download a file, and compare it with its checksum before it takes its place."""
    arguments, files = call.arguments, execution.host.files
    url, target = arguments["url"], arguments["dest"]
    algorithm, wanted = arguments.get("checksum_algorithm", "sha1"), (arguments.get("checksum") or "").lower()
    result: dict[str, Any] = {"changed": False, "elapsed": 0, "url": url, "dest": target}
    if files.is_dir(target):
        raise ModuleFailed("The lab's win_get_url downloads to a file.", **result)
    found = hashlib.new(algorithm, files.read(target)).hexdigest() if files.exists(target) else None
    if found and found == wanted and not arguments.get("force", True):
        return result | {"checksum_dest": found, "size": len(files.read(target))}
    if found and not wanted and not arguments.get("force", True):
        raise ModuleFailed("The lab's win_get_url compares no dates: 'force', or name a checksum.", **result)
    parent = ntpath.dirname(target)
    if not files.is_dir(parent):
        told = f"The path '{parent}' does not exist for destination '{target}', or is not visible to the current user."
        raise ModuleFailed(told, **result)
    try:
        data = download(execution, url, arguments)
    except NotDownloaded as error:
        answered = {} if error.status is None else {"status_code": error.status}
        raise ModuleFailed(f"Error downloading '{url}' to '{target}': {error}", **result, **answered) from None
    result |= {"status_code": 200, "msg": "OK", "checksum_src": hashlib.new(algorithm, data).hexdigest()}
    if wanted and wanted != result["checksum_src"]:
        told = f"The checksum for {url} did not match '{wanted}', it was '{result['checksum_src']}'"
        raise ModuleFailed(told, **{name: value for name, value in result.items() if name != "msg"})
    if not call.check_mode and found != result["checksum_src"]:
        files.write(target, data)
    return result | {"changed": found != result["checksum_src"], "checksum_dest": result["checksum_src"], "size": len(data)}
