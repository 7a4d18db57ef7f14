"""The virtual Windows hosts refuse what Windows refuses."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Mapping
from typing import Any

import pytest
import requests
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.windows.batch import module_arguments
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.fleet import Lab, running
from tests.lab.machine import User
from tests.lab.windows.arguments import split_arguments
from tests.lab.windows.batch import Batch
from tests.lab.windows.call import Call
from tests.lab.windows.disk import ADMINISTRATORS, FULL_CONTROL, SYSTEM, USERS, Disk, Rule
from tests.lab.windows.downloads import Downloads
from tests.lab.windows.host import SYSTEM_USER, WindowsHost
from tests.lab.windows.msi import PACKAGES
from tests.lab.windows.runner import Runner

ARGUMENT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)


@pytest.fixture
def host() -> WindowsHost:
    return WindowsHost("win01", "127.0.0.1")


def run(host: WindowsHost, module: str, arguments: dict[str, Any], **options: Any) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(Runner(host, install_seconds=0).run(Call(f"ansible.windows.{module}", arguments, **options))[1])
    return result


@given(st.lists(ARGUMENT, max_size=5))
def test_what_python_quotes_windows_splits_back(arguments: list[str]) -> None:
    assert split_arguments(subprocess.list2cmdline(["exe", *arguments])) == ["exe", *arguments]


def test_paths_have_no_case_and_folders_inherit_their_access() -> None:
    disk = Disk()
    disk.make_dirs("C:\\Octopus\\Logs")
    disk.write("c:\\octopus\\TENTACLE.config", b"x")
    assert disk.read("C:\\Octopus\\Tentacle.config") == b"x"
    assert USERS in {rule.sid for rule, _inherited in disk.access("C:\\Octopus\\Tentacle.config")[1]}
    disk.protect("C:\\Octopus", (Rule(SYSTEM, FULL_CONTROL), Rule(ADMINISTRATORS, FULL_CONTROL)))
    assert {rule.sid for rule, _inherited in disk.access("C:\\Octopus\\Logs")[1]} == {SYSTEM, ADMINISTRATORS}


def test_a_wiped_host_has_another_sid_and_cannot_read_what_it_encrypted(host: WindowsHost) -> None:
    protected, sid = host.protect("secret"), host.sid
    assert host.unprotect(protected) == "secret"
    assert b"secret" not in base64.b64decode(protected)
    host.wipe()
    assert host.sid != sid
    with pytest.raises(ValueError, match="Key not valid"):
        host.unprotect(protected)


def test_arguments_are_checked_as_the_real_modules_check_them(host: WindowsHost) -> None:
    assert "Unsupported parameters" in run(host, "win_package", {"path": "C:\\x.msi", "checksun": "0"})["msg"]
    assert "must be one of" in run(host, "win_package", {"path": "C:\\x.msi", "state": "perhaps"})["msg"]
    assert "missing required" in run(host, "win_stat", {})["msg"]


def test_an_unknown_script_is_refused_and_a_known_one_leaves_no_secret_in_the_event_log(host: WindowsHost) -> None:
    assert "another script" in run(host, "win_powershell", {"script": "Get-Process"})["msg"]
    arguments = module_arguments([{"do": "path", "path": "%ProgramData%"}], {"pfx": "the secret"})
    assert json.loads(run(host, "win_powershell", arguments)["result"]) == [{"value": "C:\\ProgramData"}]
    assert "the secret" not in "".join(host.event_log)
    assert "%ProgramData%" in host.event_log[-1]


def test_check_mode_writes_nothing(host: WindowsHost) -> None:
    batch = Batch(host, User(SYSTEM_USER), {}, check_mode=True)
    assert "this is check mode" in json.loads(batch.run([{"do": "directory", "path": "C:\\New", "full": [], "readers": []}]))[0]["error"]
    assert not host.files.exists("C:\\New")


def test_after_a_failure_only_what_cleans_up_is_done(host: WindowsHost) -> None:
    steps: list[Mapping[str, Any]] = [
        {"do": "start", "name": "nothing", "timeout": 1},
        {"do": "exists", "path": "C:\\"},
        {"do": "exists", "path": "C:\\", "always": True},
    ]
    answers = json.loads(Batch(host, User(SYSTEM_USER), {}, check_mode=False).run(steps))
    assert "does not exist" in answers[0]["error"]
    assert answers[1:] == [{"skipped": True}, {"value": True}]


def test_a_job_is_found_by_the_user_who_started_it_and_by_nobody_else(host: WindowsHost) -> None:
    started = run(host, "win_ping", {}, become_user="SYSTEM", job="j1", job_directory="%USERPROFILE%\\.ansible_async")
    host.jobs[started["ansible_job_id"]].join()
    asked = {"jid": started["ansible_job_id"], "_async_dir": "%USERPROFILE%\\.ansible_async"}
    assert run(host, "async_status", asked, become_user="SYSTEM")["ping"] == "pong"
    assert "could not find job" in run(host, "async_status", asked)["msg"]


@pytest.mark.parametrize("path", ["E:\\x.msi", "\\\\server\\share\\x.msi", "x.msi", "%TEMP%\\x.msi"])
def test_a_path_that_leads_nowhere_is_a_modules_answer(host: WindowsHost, path: str) -> None:
    assert run(host, "win_stat", {"path": path}) == {"changed": False, "stat": {"exists": False}}
    assert "cannot be reached" in run(host, "win_package", {"path": path, "state": "present"})["msg"]
    answer = run(host, "win_file", {"path": f"{path}\\y", "state": "directory"})
    assert answer.get("failed", False) == path.startswith(("E:", "\\\\"))


def test_a_package_is_found_whatever_is_asked_beside_its_name(host: WindowsHost) -> None:
    downloads = Downloads()
    downloads.start()
    try:
        for url in (f"{downloads.url_of(PACKAGES[0])}?v=1&x=a/b", f"{downloads.url}/downloads/latest/WindowsX64/OctopusTentacle?v=1"):
            assert requests.get(url, timeout=5).content.startswith(b"\xd0\xcf\x11\xe0")
        result = run(host, "win_package", {"path": f"{downloads.url_of(PACKAGES[0])}?v=a/b", "state": "present"})
    finally:
        downloads.stop()
    assert result["rc"] == 0
    assert f"Temp\\{PACKAGES[0].file_name} " in host.processes[0]


def test_what_is_downloaded_is_compared_before_it_is_there(host: WindowsHost) -> None:
    downloads = Downloads()
    downloads.start()
    wanted = {
        "url": downloads.url_of(PACKAGES[0]),
        "dest": "C:\\x.msi",
        "checksum": PACKAGES[0].sha256.upper(),
        "checksum_algorithm": "sha256",
    }
    try:
        wrong = run(host, "win_get_url", wanted | {"checksum": "0" * 64})
        assert (wrong["failed"], wrong["status_code"]) == (True, 200)
        assert wrong["msg"].startswith("The checksum for http://")
        gone = run(host, "win_get_url", {"url": f"{downloads.url}/x", "dest": "C:\\x.msi"})
        assert (gone["status_code"], gone["msg"]) == (
            404,
            f"Error downloading '{downloads.url}/x' to 'C:\\x.msi': The remote server returned an error: (404) Not Found.",
        )
        assert "does not exist for destination" in run(host, "win_get_url", wanted | {"dest": "C:\\No\\x.msi"})["msg"]
        assert run(host, "win_get_url", wanted, check_mode=True)["changed"]
        assert not host.files.exists("C:\\x.msi")
        assert [run(host, "win_get_url", wanted)["changed"] for _again in range(2)] == [True, False]
    finally:
        downloads.stop()
    assert run(host, "win_get_url", wanted | {"force": False})["checksum_dest"] == PACKAGES[0].sha256
    assert "Unable to connect" in run(host, "win_get_url", wanted)["msg"]


def test_the_listener_wants_a_password() -> None:
    with running(Lab(["win01", "win02"], auth="mixed")) as lab:
        for name, scheme in (("win01", "NTLM"), ("win02", "Basic")):
            url = f"https://{lab.windows.hosts[name].address}:5986/wsman"
            answer = requests.post(
                url, data=b"<x/>", verify=str(lab.windows.authority), timeout=5, auth=("ops", "wrong") if scheme == "Basic" else None
            )
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"].startswith(scheme)
