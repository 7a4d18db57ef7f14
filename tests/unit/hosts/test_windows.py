"""The Windows driver over a made-up host: what it sends, how long it waits, and what it says."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import HostError, InputError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.instance import Defaults
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.observation import Installed
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.package import WantedPackage
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.plan import InstancePlan
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.windows.host import WindowsHost

from tests.unit.hosts.windows_host import OBSERVATION, WANTED

PACKAGE = WantedPackage(url="https://mirror/x.msi")
COPIED = WantedPackage(file="/srv/msi/x.msi")
JOB: dict[str, Any] = {"id": "j1", "dotnet_release": 528449, "downloading": False}
ARGUMENTS = {"path": "https://mirror/x.msi", "state": "present", "log_path": "C:\\ProgramData\\octoboot\\install.log"}
STATE = "<programdata>\\octoboot"
SERVICE = "OctopusDeploy Tentacle"
UPGRADED = replace(OBSERVATION, running=(SERVICE,))
PATH = "C:\\ProgramData\\octoboot\\tentacle.msi"
BUSY, DONE = {"rc": 1618, "failed": True, "msg": "busy"}, {"rc": 0, "changed": True}


class Host:
    """A made-up host and its clock: its jobs end with `results`, one each; None is a job that still runs when it is asked."""

    def __init__(self, *results: Mapping[str, Any] | None, failing: str | None = None, installers_log: Any = None) -> None:
        self.results = list(results)
        self.installers_log = installers_log
        self.failing = failing
        self.running = True
        self.done: list[str] = []
        self.started: list[dict[str, Any]] = []
        self.removed: list[dict[str, Any]] = []
        self.sent: list[dict[str, Any]] = []
        self.copied: list[tuple[str, str]] = []
        self.pauses: list[float] = []

    def driver(self) -> WindowsHost:
        """Return the driver of this host."""
        return WindowsHost(
            self.run_module, self, lambda *paths: self.copied.append(paths), sleep=self.pauses.append, clock=lambda: sum(self.pauses)
        )

    def start(self, module: str, arguments: dict[str, Any], *, seconds: int) -> str:
        """Start a job."""
        self.done.append(module.rpartition(".")[2])
        self.started.append(arguments)
        return f"j{len(self.started) + 1}"

    def result(self, job: str) -> Mapping[str, Any] | None:
        """Return what became of a job."""
        return self.results.pop(0) if len(self.results) > 1 else self.results[0]

    def run_module(self, module: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Carry out a batch: every step does well but the one that is to fail."""
        if module == "ansible.windows.win_package":
            self.removed.append(arguments)
            return {"rc": 1, "failed": True, "msg": "it is in use."} if self.failing == "win_package" else {"rc": 0}
        assert module == "ansible.windows.win_powershell"
        steps = json.loads(arguments["parameters"]["Steps"])
        self.sent += steps
        self.done += [step["do"] for step in steps if step["do"] not in ("path", "registry", "services", "directory")]
        return {
            "result": json.dumps([{"error": "why not"} if step["do"] == self.failing else {"value": self.value(step)} for step in steps])
        }

    def value(self, step: dict[str, Any]) -> Any:
        """Return what a step that does well tells."""
        told: dict[str, Any] = {"run": {"rc": 0, "stdout": "", "stderr": "", "seconds": 0.1}, "path": "C:\\ProgramData"}
        told |= {"tail": self.installers_log, "services": [self.service()]}
        return told.get(step["do"])

    def service(self) -> dict[str, Any]:
        """Return what there is of Tentacle's service."""
        line = '"C:\\Tentacle.exe" run --instance="Tentacle"'
        about = {"start_mode": "Auto", "account": "LocalSystem", "sid": "S-1-5-18", "command_line": line}
        return {"name": SERVICE, "state": "Running" if self.running else "Stopped", **about}


def test_an_installation_is_polled_less_and_less_often() -> None:
    host = Host(*[None] * 8, DONE | {"reboot_required": True})
    assert host.driver().wait_for_install(JOB, PACKAGE, timeout=60) == Installed(reboot_required=True)
    assert host.pauses == sorted(host.pauses)
    assert host.pauses == [0.2, 0.5, 1, 2, 2, 2, 2, 2]
    assert host.started == []


def test_while_another_installer_is_at_work_ours_is_started_again_later_and_later() -> None:
    host = Host(BUSY, BUSY, BUSY, DONE)
    assert host.driver().wait_for_install(JOB, PACKAGE, timeout=600) == Installed()
    assert host.pauses == [5, 10, 20]
    assert host.started == [ARGUMENTS] * 3


def test_another_installer_that_never_ends_is_told_with_the_remedy() -> None:
    host = Host(BUSY)
    with pytest.raises(HostError, match=r"Another installation .* after 60 seconds \(exit code 1618\).*tentacle_install_timeout"):
        host.driver().wait_for_install(JOB, PACKAGE, timeout=60)
    assert sum(host.pauses) <= 60


def test_an_installation_that_does_not_end_in_time_goes_on_by_itself() -> None:
    host = Host(None)
    with pytest.raises(HostError, match=r"has not ended in time.*run again"):
        host.driver().wait_for_install(JOB, PACKAGE, timeout=30)
    assert 30 < sum(host.pauses) < 40


@pytest.mark.parametrize("result", [DONE, {"rc": 1603, "failed": True, "log": "x"}, {"failed": True, "msg": "no"}])
def test_a_copied_package_is_removed_however_its_installation_ended(result: dict[str, Any]) -> None:
    host = Host(result)
    with contextlib.suppress(HostError):
        host.driver().wait_for_install(JOB, COPIED, timeout=60)
    assert [step for step in host.sent if step["do"] not in ("path", "registry")] == [{"do": "remove", "path": f"{STATE}\\tentacle.msi"}]


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (
            {"rc": 1603, "failed": True},
            r"exit code 1603 \(a fatal error during installation\)\. The installer's log .*%ProgramData%\\octoboot\\install\.log\.",
        ),
        ({"rc": "7", "failed": True}, r"exit code 7\. The installer's log on the machine is .*install\.log\."),
        ({"rc": 0, "failed": True, "msg": "checksum\n did not match."}, r": checksum did not match\."),
        ({"rc": None, "failed": True}, r": it gave no answer\."),
        ({"rc": [], "failed": True, "msg": {"a": "\x1b"}}, r": \{'a': '\\x1b'\}\."),
    ],
)
def test_a_failed_installation_says_why_in_one_line(result: dict[str, Any], words: str) -> None:
    host = Host(result)
    with pytest.raises(HostError, match=f"^Installing https://mirror/x.msi failed(?: with )?.*{words}$"):
        host.driver().wait_for_install(JOB, PACKAGE, timeout=60)


LOG = "MSI (s) (8C:E0) [10:00:00:123]: Product: Octopus Deploy Tentacle -- Error 1920. Service failed to start."
TOLD = r"exit code 1603 \(a fatal error during installation\): Error 1920\. Service failed to start\. The installer's log"


def test_what_the_installers_log_says_comes_with_the_modules_result() -> None:
    host = Host({"rc": 1603, "failed": True, "log": LOG})
    with pytest.raises(HostError, match=TOLD):
        host.driver().wait_for_install(JOB, PACKAGE, timeout=60)
    assert host.sent == []


def test_an_installers_log_that_the_module_did_not_bring_is_read_on_the_host_in_the_visit_that_cleans_up() -> None:
    host = Host({"rc": 1603, "failed": True, "log": ""}, installers_log=LOG)
    with pytest.raises(HostError, match=TOLD):
        host.driver().wait_for_install(JOB, COPIED, timeout=60)
    assert [step["do"] for step in host.sent[-2:]] == ["remove", "tail"]
    assert (host.sent[-1]["path"], host.sent[-1]["encoding"]) == (f"{STATE}\\install.log", "utf-16")


@pytest.mark.parametrize("failing", ["tail", "remove"])
def test_a_log_that_cannot_be_read_does_not_hide_why_the_installation_failed(failing: str) -> None:
    host = Host({"rc": 1603, "failed": True}, failing=failing)
    with pytest.raises(HostError, match=r"exit code 1603 \(a fatal error during installation\)\. The installer's log"):
        host.driver().wait_for_install(JOB, COPIED, timeout=60)


def test_an_exit_code_that_is_text_is_one_too() -> None:
    host = Host({"rc": "1618", "failed": True}, DONE)
    assert host.driver().wait_for_install(JOB, PACKAGE, timeout=600) == Installed()
    assert len(host.started) == 1


def test_the_package_goes_with_the_last_instance() -> None:
    host = Host(DONE)
    driver = host.driver()
    driver.remove(WANTED, OBSERVATION, package=True)
    assert host.removed == [{"product_id": "", "state": "absent"}]
    assert driver.log[-1].command == "win_package "
    failing = Host(DONE, failing="win_package")
    with pytest.raises(HostError, match=r"^Removing the package of Tentacle failed: it is in use\.$"):
        failing.driver().remove(WANTED, OBSERVATION, package=True)


def test_an_installation_is_started_from_a_url_with_its_checksum() -> None:
    host = Host(DONE)
    job = host.driver().start_install(WantedPackage(url="https://mirror/x.msi", checksum="ab12"), OBSERVATION)
    assert host.started == [ARGUMENTS | {"checksum": "ab12", "checksum_algorithm": "sha256"}]
    assert host.copied == []
    # Nothing of the user's is handed over: what looks like a secret is masked in what a task returns.
    assert job == {"id": "j2", "dotnet_release": 528040, "downloading": False}


def test_a_file_of_the_controllers_is_copied_and_installed_from_there() -> None:
    host = Host(DONE)
    host.driver().start_install(COPIED, OBSERVATION)
    assert host.copied == [("/srv/msi/x.msi", PATH)]
    assert host.started == [ARGUMENTS | {"path": PATH}]
    assert host.done == ["win_package"]


CHECKED = {"checksum": "ab12", "checksum_algorithm": "sha256"}
DOWNLOADED = WantedPackage(url="https://mirror/x.msi", checksum="ab12")
NAMED = "is https://mirror/x.msi, and downloading it failed: "


def test_where_tentacle_runs_its_package_is_downloaded_before_it_is_stopped() -> None:
    host = Host(DONE, BUSY, DONE)
    driver = host.driver()
    job = json.loads(json.dumps(driver.start_install(DOWNLOADED, UPGRADED)))
    assert host.done == ["win_get_url"]
    assert driver.wait_for_install(job, DOWNLOADED, timeout=60) == Installed()
    assert host.done == ["win_get_url", "write", "stop", "win_package", "win_package", "remove"]
    fetched = {"url": "https://mirror/x.msi", "dest": PATH, "force": False, **CHECKED}
    # Another installer that is at work does not have it downloaded again.
    assert host.started == [fetched, *[ARGUMENTS | {"path": PATH, **CHECKED}] * 2]
    assert [log.command for log in driver.log][:2] == ["win_get_url https://mirror/x.msi", "win_package https://mirror/x.msi"]
    driver.start_services((SERVICE,))
    assert host.done[-3:] == ["start", "remove", "remove"]


def test_without_a_checksum_what_an_earlier_run_downloaded_is_not_taken() -> None:
    host = Host(DONE)
    host.driver().start_install(PACKAGE, UPGRADED)
    assert host.started == [{"url": "https://mirror/x.msi", "dest": PATH, "force": True}]


def test_a_service_that_was_stopped_while_the_package_came_is_not_stopped_again() -> None:
    host = Host(DONE)
    driver = host.driver()
    job = driver.start_install(PACKAGE, UPGRADED)
    host.running = False
    driver.wait_for_install(job, PACKAGE, timeout=60)
    assert host.done == ["win_get_url", "win_package", "remove"]


@pytest.mark.parametrize(
    ("package", "result", "option", "words"),
    [
        (PACKAGE, {"status_code": 404, "url": "https://mirror/x.msi"}, "package_url", f"{NAMED}mirror answered HTTP 404"),
        # The server gave something.
        (DOWNLOADED, {"status_code": 200, "msg": "The checksum did not match"}, "package_url", f"{NAMED}The checksum did not match"),
        (
            PACKAGE,
            {"msg": f"Error downloading 'https://mirror/x.msi' to '{PATH}': Unable to connect to the remote server"},
            "package_url",
            f"{NAMED}Unable to connect to the remote server",
        ),
        (WantedPackage(), {"msg": "No."}, None, "Downloading https://octopus.com/downloads/latest/\\S+ failed: No"),
    ],
)
def test_a_download_that_fails_stops_nothing_and_says_which_option_named_it(
    package: WantedPackage, result: dict[str, Any], option: str | None, words: str
) -> None:
    host = Host({"failed": True, **result})
    driver = host.driver()
    job = driver.start_install(package, UPGRADED)
    with pytest.raises(HostError, match=f"^{words}\\.$") as error:
        driver.wait_for_install(job, package, timeout=60)
    assert error.value.option == option
    assert host.done == ["win_get_url"]


def test_a_download_that_does_not_end_in_time_stops_nothing() -> None:
    host = Host(None)
    driver = host.driver()
    job = driver.start_install(PACKAGE, UPGRADED)
    with pytest.raises(HostError, match=r"^Downloading https://mirror/x\.msi has not ended in time"):
        driver.wait_for_install(job, PACKAGE, timeout=30)
    assert host.done == ["win_get_url"]


@pytest.mark.parametrize(
    ("url", "first"), [("C:\\x.msi", "write"), ("\\\\server\\share\\x.msi", "win_get_url"), ("HTTPS://mirror/x.msi", "win_get_url")]
)
def test_only_a_package_on_the_host_itself_is_there_already(url: str, first: str) -> None:
    host = Host(DONE)
    host.driver().start_install(WantedPackage(url=url), UPGRADED)
    assert host.done[0] == first


@pytest.mark.parametrize("job", [{}, {"id": "j1"}, {**JOB, "dotnet_release": "many"}, {**JOB, "id": 1}, {**JOB, "downloading": "no"}])
def test_what_no_task_can_have_handed_over_is_refused(job: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"^is not what an earlier task returned as 'installation'\.$") as error:
        Host(DONE).driver().wait_for_install(job, PACKAGE, timeout=60)
    assert error.value.option == "installation"


@pytest.mark.parametrize("package", [PACKAGE, COPIED], ids=["downloaded", "copied"])
def test_no_installer_is_started_when_a_service_cannot_be_stopped(package: WantedPackage) -> None:
    host = Host(DONE, failing="stop")
    driver = host.driver()
    with pytest.raises(HostError, match="Stopping the service 'OctopusDeploy Tentacle' failed: why not"):
        driver.wait_for_install(driver.start_install(package, UPGRADED), package, timeout=60)
    assert "win_package" not in host.done


def test_applying_keeps_every_command_in_the_log_and_no_secret() -> None:
    host = Host(DONE)
    driver = host.driver()
    driver.apply(WANTED, InstancePlan(import_certificate=True), OBSERVATION, {"pfx": "c2VjcmV0", "pfx_password": "one-time-password"})
    assert [log.command.split()[:2] for log in driver.log] == [["Tentacle", "import-certificate"]]
    assert "one-time-password" not in repr(driver.log) + json.dumps(host.sent)


def test_a_service_that_does_not_start_is_told_by_name() -> None:
    with pytest.raises(HostError, match=r"^Starting the service 'OctopusDeploy Tentacle' failed: why not"):
        Host(DONE, failing="start").driver().apply(WANTED, InstancePlan(restart=True), OBSERVATION, {})


def test_a_new_instance_gets_the_folders_of_octopuss_own_wizard() -> None:
    driver = Host(DONE).driver()
    assert driver.defaults("Tentacle") == Defaults("C:\\Octopus", "C:\\Octopus\\Applications", 10933)
    assert driver.defaults("web") == Defaults("C:\\Octopus\\web", "C:\\Octopus\\Applications\\web", 10933)
