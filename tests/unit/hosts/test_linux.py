"""The Linux driver over a made-up host: what it runs, in which order, and what it says."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import HostError, InputError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.instance import Defaults
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.neighbours import Neighbour
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.observation import Observation
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.package import InstalledPackage, WantedPackage
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.plan import InstancePlan
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.version import Version
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.linux import names as names
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.linux.batch import MODULE
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.linux.host import LinuxHost
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.step import literal

from tests.unit.hosts.linux_host import OBSERVATION, WANTED, encoded, stored, told

PINNED = WantedPackage(Version((9, 2, 4285)))
NO_SOURCE = {"apt_source": "", "apt_ours": False}
MADISON = "  tentacle | 9.2.4285 | http://mirror stable/main amd64 Packages\n  tentacle | 9.1.3736 | http://mirror stable/main\n"


class Host:
    """A made-up host and its clock. A module whose name is in `failing` fails with that result; so does a step of a batch."""

    def __init__(self, *, failing: Mapping[str, Mapping[str, Any]] | None = None, endless: bool = False, alive: bool = True) -> None:
        self.failing = dict(failing or {})
        self.endless = endless
        self.alive = alive
        self.started: list[tuple[str, dict[str, Any]]] = []
        self.sent: list[dict[str, Any]] = []
        self.secrets: dict[str, str] = {}
        self.copied: list[tuple[str, str]] = []
        self.pauses: list[float] = []
        self.sources: dict[str, str] = {}
        """The files of /etc/apt/sources.list.d."""

    def driver(self) -> LinuxHost:
        """Return the driver of this host."""
        return LinuxHost(
            self.run_module, self, lambda *paths: self.copied.append(paths), sleep=self.pauses.append, clock=lambda: sum(self.pauses)
        )

    def start(self, module: str, arguments: dict[str, Any], *, seconds: int) -> str:
        """Start a job."""
        self.started.append((module.rsplit(".", maxsplit=1)[-1], arguments))
        return str(len(self.started) - 1)

    def result(self, job: str) -> Mapping[str, Any] | None:
        """Return what became of a job."""
        if self.endless:
            return None
        module, arguments = self.started[int(job)]
        return self.failing.get(module) or (self.batch(arguments["steps"]) if module == "linux_batch" else {"changed": True})

    def run_module(self, module: str, arguments: dict[str, Any]) -> Mapping[str, Any]:
        """Run a module in the foreground."""
        if module != MODULE:
            self.started.append((module.rsplit(".", maxsplit=1)[-1], arguments))
            return {"changed": True}
        self.sent += arguments["steps"]
        self.secrets |= arguments.get("secrets", {})
        return self.batch(arguments["steps"])

    def batch(self, steps: list[dict[str, Any]]) -> dict[str, Any]:
        """Carry out steps: every one does well but those that are to fail."""
        return {"outcomes": [self.outcome(step) for step in steps]}

    def outcome(self, step: dict[str, Any]) -> dict[str, Any]:
        """Return what came of a step."""
        name = str(step.get("file", step["do"])).rsplit("/", maxsplit=1)[-1]
        if name in self.failing:
            return dict(self.failing[name])
        if name == "apt-cache":
            return {"value": told(MADISON)}
        if name == "contents":
            return {"value": [{"name": file, "content": encoded(text)} for file, text in self.sources.items()]}
        if name == "running":
            return {"value": self.alive}
        return {"value": told() if step["do"] in ("run", "query") else None}


def on(**facts: str) -> Observation:
    """Return what one visit saw of a host with these facts."""
    return replace(OBSERVATION, facts={**OBSERVATION.facts, **facts})


def installed(host: Host, package: WantedPackage, observation: Observation = OBSERVATION) -> list[tuple[str, dict[str, Any]]]:
    """Install, and return the modules that ran, each with its arguments."""
    driver = host.driver()
    driver.wait_for_install(driver.start_install(package, observation), package, timeout=60)
    return host.started


def test_the_other_instances_are_read_from_their_files_and_one_that_cannot_be_is_left_out() -> None:
    two, bad = "/srv/{x}/two.config", "/srv/bad.config"
    values = {"Tentacle.CertificateThumbprint": "b2" * 20, "Tentacle.Services.PortNumber": "10943"}

    class Told(Host):
        def outcome(self, step: dict[str, Any]) -> dict[str, Any]:
            return {"value": stored(values)} if step["path"] == literal(two) else {"error": "Permission denied"}

    host = Told()
    assert host.driver().neighbours(replace(OBSERVATION, others={"Two": two, "Bad": bad})) == [Neighbour("Two", "B2" * 20, 10943)]
    assert [step["do"] for step in host.sent] == ["settings", "settings"]


def test_from_an_apt_repository_the_key_comes_first_then_its_source_then_the_package() -> None:
    (batch, steps), (apt, package) = installed(Host(), PINNED)
    assert [batch, apt] == ["linux_batch", "apt"]
    assert [step["do"] for step in steps["steps"]] == ["keyring", "write", "run", "run", "run"]
    assert steps["steps"][0]["url"] == "https://apt.octopus.com/public.key"
    assert (package["name"], package["state"], package["allow_downgrade"]) == ("tentacle=9.2.4285", "present", False)


def test_only_our_own_repository_is_read_anew() -> None:
    update = installed(Host(), PINNED)[0][1]["steps"][3]
    assert update["arguments"][0] == "update"
    assert f"--option=Dir::Etc::sourcelist={names.APT_SOURCE}" in update["arguments"]
    assert update["again"]


def test_a_key_that_is_given_as_text_is_not_fetched() -> None:
    text = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----"
    keyring = installed(Host(), replace(PINNED, repository_key=text))[0][1]["steps"][0]
    assert (keyring["key"], "url" in keyring) == (text, False)


@pytest.mark.parametrize(
    ("url", "key", "first"),
    [
        (None, None, "get_url"),
        ("https://mirror/tentacle.repo", None, "get_url"),
        ("https://mirror/rpm/", "https://mirror/key", "yum_repository"),
    ],
)
@pytest.mark.parametrize(("tools", "module"), [("dnf", "dnf"), ("dnf dnf5", "dnf5")])
def test_from_an_rpm_repository(url: str | None, key: str | None, first: str, tools: str, module: str) -> None:
    package = replace(PINNED, repository_url=url, repository_key=key, allow_downgrade=True)
    (repository, _), (dnf, arguments) = installed(Host(), package, on(tools=tools))
    assert [repository, dnf] == [first, module]
    assert (arguments["name"], arguments["allow_downgrade"]) == (["tentacle-9.2.4285"], True)


def test_a_package_by_url_is_fetched_with_its_checksum() -> None:
    package = WantedPackage(url="https://mirror/tentacle_9.2.4285_amd64.deb", checksum="ab" * 32)
    (fetch, fetched), (apt, arguments), (cleanup, _) = installed(Host(), package)
    assert [fetch, apt, cleanup] == ["get_url", "apt", "linux_batch"]
    assert fetched["checksum"] == "sha256:" + "ab" * 32
    assert arguments["deb"] == fetched["dest"] == f"{names.STATE}/tentacle.deb"


def test_a_file_of_the_controllers_is_copied_and_checked_on_the_host() -> None:
    host = Host()
    modules = installed(host, WantedPackage(file="/srv/tentacle.rpm", checksum="ab" * 32), on(tools="dnf"))
    assert host.copied == [("/srv/tentacle.rpm", f"{names.STATE}/tentacle.rpm")]
    assert modules[0][1]["steps"][0]["sha256"] == "ab" * 32
    assert modules[1][1]["disable_gpg_check"]
    assert not installed(Host(), WantedPackage(file="/srv/tentacle.rpm"), on(tools="dnf"))[0][1]["disable_gpg_check"]


def test_an_archive_is_unpacked_beside_and_takes_the_old_ones_place_when_it_answers() -> None:
    modules = installed(Host(), WantedPackage(url="https://mirror/x.tar.gz"), on(tools=""))
    assert [module for module, _arguments in modules] == ["get_url", "linux_batch", "unarchive", "linux_batch"]
    swap = modules[-1][1]["steps"]
    assert swap[0]["arguments"] == ["version"]
    moves = [(step["path"], step["target"]) for step in swap if step["do"] == "move"]
    assert moves[-1] == (f"{modules[2][1]['dest']}/tentacle", names.LOCATION)
    assert {"do": "link", "path": "/usr/bin/Tentacle", "target": names.EXECUTABLE} in swap


def test_what_runs_is_noted_before_the_first_module_is_started() -> None:
    host = Host()
    host.driver().start_install(PINNED, replace(OBSERVATION, running=("Tentacle.service",)))
    assert [step["do"] for step in host.sent] == ["file", "contents", "directory", "write", "remove"]
    assert len(host.started) == 1


def test_an_installation_goes_on_in_another_task_from_the_jobs_id_and_what_decided() -> None:
    """Nothing of the user's is handed over: what looks like a secret is masked in what a task returns."""
    package = WantedPackage(url="https://octopus.example.com/octopus/tentacle.tar.gz", checksum="ab" * 32)
    host, whole = Host(), Host()
    job = host.driver().start_install(package, on(tools="dnf dnf5"))
    assert job == {
        "id": "0",
        "architecture": "x86_64",
        "tools": ["dnf", "dnf5"],
        "installed_as": None,
        "broken": False,
        "apt_source": "",
        "apt_ours": False,
    }
    host.driver().wait_for_install(json.loads(json.dumps(job)), package, timeout=60)
    assert host.started == installed(whole, package, on(tools="dnf dnf5"))


@pytest.mark.parametrize(
    "job",
    [
        {},
        {"id": 7},
        {
            "id": "0",
            "architecture": "x86_64",
            "tools": "apt-get",
            "installed_as": None,
            "broken": False,
            "apt_source": "",
            "apt_ours": False,
        },
        {
            "id": "0",
            "architecture": "x86_64",
            "tools": [],
            "installed_as": "********",
            "broken": False,
            "apt_source": "",
            "apt_ours": False,
        },
    ],
)
def test_what_no_task_can_have_handed_over_is_refused(job: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"^is not what an earlier task returned as 'installation'\.$") as error:
        Host().driver().wait_for_install(job, PINNED, timeout=60)
    assert error.value.option == "installation"


def test_a_version_that_does_not_exist_is_told_with_those_that_do() -> None:
    failure = {"failed": True, "msg": "no available installation candidate for tentacle=9.9.9999"}
    with pytest.raises(HostError, match=r"^Installing tentacle=.* failed: no available .*The repository has 9\.2\.4285, 9\.1\.3736\.$"):
        installed(Host(failing={"apt": failure}), replace(PINNED, version=Version((9, 9, 9999))))


def test_a_repository_that_is_not_trusted_is_told_by_apts_own_words() -> None:
    refused = {"value": told(rc=100, stderr="W: GPG error: http://x stable InRelease: NO_PUBKEY 1234\nE: The repository is not signed.")}
    with pytest.raises(HostError, match=r"^Reading the repository .* failed: 'apt-get update' .*exit code 100: .*NO_PUBKEY.*not signed"):
        installed(Host(failing={"apt-get": refused}), PINNED)


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (
            {"status_code": 404, "response": "HTTP Error 404: Not Found", "url": "https://me:secret@mirror/x.deb"},
            r"mirror answered HTTP 404 \(Not Found\)",
        ),
        ({"status_code": "503", "response": None, "url": "https://[bad"}, "the server answered HTTP 503"),
        (
            {"status_code": -1, "msg": "Request failed: <urlopen error [Errno 111] Connection refused>"},
            "Request failed: <urlopen .* refused>",
        ),
        ({"status_code": None}, "Request failed"),
        ({"status_code": 200, "msg": "The checksum did not match"}, "The checksum did not match"),
    ],
)
def test_a_download_that_is_refused_says_what_the_server_answered(result: dict[str, Any], words: str) -> None:
    host = Host(failing={"get_url": {"failed": True, "msg": "Request failed", **result}})
    with pytest.raises(HostError, match=rf"^Fetching https://mirror/x\.deb failed: {words}\.$"):
        installed(host, WantedPackage(url="https://mirror/x.deb"))


@pytest.mark.parametrize(
    ("ending", "module", "left"),
    [
        (".deb", "get_url", ["/var/lib/octoboot/tentacle.deb"]),
        (".deb", "apt", ["/var/lib/octoboot/tentacle.deb"]),
        (".tar.gz", "unarchive", ["/var/lib/octoboot/tentacle.tar.gz", "/opt/octopus/.tentacle-new"]),
    ],
)
def test_an_installation_that_fails_leaves_nothing_of_the_packages_file(ending: str, module: str, left: list[str]) -> None:
    host = Host(failing={module: {"failed": True, "msg": "no"}})
    with pytest.raises(HostError, match=r"failed: no\.$"):
        installed(host, WantedPackage(url=f"https://mirror/x{ending}"))
    assert [step["path"] for step in host.sent if step["do"] == "remove"][-len(left) :] == left


@pytest.mark.parametrize(("rc", "code"), [("100", 100), (0, 0), (None, 0), ("x", 0), ([1], 0), (True, 0), (10**12, 10**12)])
def test_an_exit_code_of_a_module_may_be_anything(rc: Any, code: int) -> None:
    host = Host(failing={"apt": {"rc": rc, "stdout": ["x"], "stderr": {"y": 1}}})
    driver = host.driver()
    driver.wait_for_install(driver.start_install(PINNED, OBSERVATION), PINNED, timeout=60)
    assert driver.log[-1].rc == code


def test_a_module_that_failed_has_an_exit_code_that_says_so() -> None:
    host = Host(failing={"apt": {"failed": True, "msg": "no", "rc": 0}})
    driver = host.driver()
    with pytest.raises(HostError):
        driver.wait_for_install(driver.start_install(PINNED, OBSERVATION), PINNED, timeout=60)
    assert driver.log[-1].rc == 1


def test_a_failed_download_stops_the_installation() -> None:
    host = Host(failing={"keyring": {"error": "<urlopen error [Errno 111] Connection refused>"}})
    with pytest.raises(HostError, match=r"keyring of the repository's key https://apt\.octopus\.com/public\.key failed: <urlopen error"):
        installed(host, PINNED)
    assert len(host.started) == 1


def test_a_module_that_does_not_end_in_time_goes_on_by_itself() -> None:
    host = Host(endless=True)
    with pytest.raises(HostError, match=r"has not ended in time.*run again"):
        installed(host, PINNED)
    assert host.pauses[:6] == sorted(host.pauses[:6])


def test_a_module_whose_process_is_gone_is_not_waited_for() -> None:
    host = Host(endless=True, alive=False)
    with pytest.raises(HostError, match=r"^Reading the repository .* was cut off: its process is gone and left no result\. Run again\."):
        installed(host, PINNED)
    assert sum(host.pauses) < 30
    assert host.sent[-1]["containing"] == "async_wrapper.py 0 "


def test_what_a_module_said_and_how_long_it_was_waited_for_is_kept_without_dpkgs_progress() -> None:
    said = (
        "Selecting tentacle.\n(Reading database ... \n(Reading database ... 5%\n(Reading database ... 9657 files installed.)\nUnpacking\n"
    )
    host = Host(failing={"apt": {"changed": True, "stdout": said}})
    driver = host.driver()
    driver.wait_for_install(driver.start_install(PINNED, OBSERVATION), PINNED, timeout=60)
    assert driver.log[-1].command == "apt tentacle=9.2.4285"
    assert driver.log[-1].stdout == "Selecting tentacle.\n(Reading database ... 9657 files installed.)\nUnpacking\n"


def test_secrets_go_as_secrets_and_are_in_no_log() -> None:
    host = Host()
    driver = host.driver()
    driver.apply(WANTED, InstancePlan(import_certificate=True), OBSERVATION, {"pfx": "c2VjcmV0", "pfx_password": "one-time-password"})
    assert host.secrets == {"pfx": "c2VjcmV0", "pfx_password": "one-time-password"}
    assert [log.command.split()[:2] for log in driver.log] == [["Tentacle", "import-certificate"]]
    assert "<pfx_password>" in driver.log[0].command
    assert "one-time-password" not in repr(driver.log) + repr(host.sent)


def test_a_service_that_dies_is_told_with_the_words_of_its_log() -> None:
    log = "Tentacle version 9.2.4285\n2026-11-24 12:00:00.0000   42      1 FATAL  A required communications port is already in use.\n"
    dead = {"certificate": {"error": "the unit Tentacle.service is failed"}, "tail": {"value": log}}
    with pytest.raises(HostError, match=r"port 10933 presents failed: the unit .* Tentacle's log says: A required communications port"):
        Host(failing=dead).driver().apply(WANTED, InstancePlan(restart=True), OBSERVATION, {})


@pytest.mark.parametrize(("installed_as", "modules"), [("deb", ["apt"]), ("rpm", ["dnf"]), ("archive", [])])
def test_the_package_is_removed_by_who_owns_it(installed_as: str, modules: list[str]) -> None:
    host = Host()
    host.driver().remove(WANTED, on(installed_as=installed_as, tools="dnf"), package=True)
    assert [module for module, _arguments in host.started] == modules
    removed = {step["path"] for step in host.sent if step["do"] == "remove"}
    assert {names.APT_KEYRING, names.APT_LOGIN, names.STATE} <= removed
    assert names.APT_SOURCE not in removed  # there is none of ours
    assert (names.LOCATION in removed) == (installed_as == "archive")


VENDORS = "deb [signed-by=/etc/apt/keyrings/octopus.gpg] https://apt.octopus.com/ stable main\n"
OURS_BEFORE = "# Written by octoboot.octopus.\nTypes: deb\nURIs: https://old/\nSuites: stable\nComponents: main\n"


def test_a_source_of_somebody_elses_is_used_and_nothing_is_added() -> None:
    host = Host()
    host.sources = {"octopus.com.list": VENDORS}
    (_, repository), (_, package) = installed(host, PINNED)
    assert [step["do"] for step in repository["steps"]] == ["run", "run", "run"]
    assert "--option=Dir::Etc::sourcelist=/etc/apt/sources.list.d/octopus.com.list" in repository["steps"][1]["arguments"]
    assert package["name"] == "tentacle=9.2.4285"


def test_ours_goes_where_somebody_else_has_it_too() -> None:
    host = Host()
    host.sources = {"octopus.com.list": VENDORS, "octopus.sources": OURS_BEFORE}
    steps = installed(host, PINNED)[0][1]["steps"]
    moves = [(step["path"], step["target"]) for step in steps if step["do"] == "move"]
    assert moves == [(names.APT_SOURCE, "/var/lib/octoboot/apt/octopus.sources")]
    assert not [step for step in steps if step["do"] in ("write", "keyring")]


def test_a_file_in_our_place_that_is_another_repositorys_is_refused_before_anything_is_done() -> None:
    host = Host()
    host.sources = {"octopus.sources": "Types: deb\nURIs: https://theirs/\nSuites: stable\nComponents: main\n"}
    with pytest.raises(HostError, match=r"^/etc/apt/sources\.list\.d/octopus\.sources was not written by this collection"):
        host.driver().check_package(PINNED, OBSERVATION)
    assert {step["do"] for step in host.sent} == {"file", "contents"}
    host.driver().remove(WANTED, on(installed_as="deb"), package=True)
    assert names.APT_SOURCE not in {step["path"] for step in host.sent if step["do"] == "remove"}


@pytest.mark.parametrize("failing", [{"apt-get": {"value": told(rc=100, stderr="E: no")}}, {"apt": {"failed": True, "msg": "no"}}])
@pytest.mark.parametrize("before", [{}, {"octopus.sources": OURS_BEFORE}])
def test_what_was_added_is_withdrawn_when_apt_fails(failing: dict[str, Any], before: dict[str, str]) -> None:
    host = Host(failing=failing)
    host.sources = before
    with pytest.raises(HostError, match="failed: "):
        installed(host, PINNED)
    ends = [(step["do"], step["path"]) for step in host.sent][-4 if before else -3 :]
    ours = [("remove", names.APT_SOURCE), ("remove", names.APT_KEYRING)]
    former = [("move", "/var/lib/octoboot/apt/octopus.sources"), ("move", "/var/lib/octoboot/apt/octoboot-octopus.gpg")]
    assert ends == [*ours, *(former if before else [("remove", names.APT_LOGIN)])]


def test_what_was_kept_of_ours_is_forgotten_when_all_went_well() -> None:
    host = Host()
    host.sources = {"octopus.sources": OURS_BEFORE}
    installed(host, PINNED)
    assert host.sent[-1] == {"do": "remove", "path": names.APT_FORMER}


def test_credentials_of_a_mirror_are_for_roots_eyes_alone() -> None:
    host = Host()
    package = replace(PINNED, repository_url="https://me:p%40ss@mirror.example.com/apt/", repository_key="-----BEGIN")
    modules = installed(host, package)
    login = next(step for step in host.sent if step["do"] == "write")
    assert (login["path"], login["content"], "mode" in login) == (names.APT_LOGIN, "<repository_login>", False)  # 0600 by itself
    assert host.secrets == {"repository_login": encoded("machine mirror.example.com/apt login me password p@ss\n")}
    written = base64.b64decode(next(step for step in modules[0][1]["steps"] if step["do"] == "write")["content"]).decode()
    assert "URIs: https://mirror.example.com/apt/\n" in written
    assert "p@ss" not in repr(modules) + repr(host.sent) + written
    (_, repository), _ = installed(Host(), package, on(tools="dnf"))
    assert (repository["baseurl"], repository["mode"]) == (["https://mirror.example.com/apt/"], "0600")
    assert (repository["username"], repository["password"]) == ("me", "p@ss")
    (_, fetched), _ = installed(Host(), replace(package, repository_url="https://me:p%40ss@mirror/x.repo"), on(tools="dnf"))
    assert (fetched["url"], fetched["dest"]) == ("https://me:p%40ss@mirror/x.repo", names.DNF_SOURCE)


@pytest.mark.parametrize(("tools", "manager"), [("apt-get", "apt-get"), ("dnf", "dnf"), ("dnf dnf5", "dnf5")])
@pytest.mark.parametrize("url", [None, "https://mirror/tentacle."])
def test_a_package_that_was_cut_off_is_installed_over_and_never_removed(tools: str, manager: str, url: str | None) -> None:
    """Were it removed first, a repository that cannot be read would leave the machine without any."""
    format_ = "deb" if manager == "apt-get" else "rpm"
    package = WantedPackage(url=f"{url}{format_}") if url else PINNED
    modules = installed(Host(), package, replace(on(tools=tools, installed_as=format_), package=InstalledPackage(None)))
    steps = [step for module, arguments in modules if module == "linux_batch" for step in arguments["steps"]]
    words = [{*step.get("arguments", ())} for step in steps]
    assert not [said for said in words if said & {"--remove", "--erase", "remove", "purge"}]
    (again,) = [step["file"] for step, said in zip(steps, words, strict=True) if said & {"--reinstall", "reinstall"}]
    assert again == manager
    assert "absent" not in repr(modules)


def test_services_that_run_stay_as_they_are_when_an_installation_fails() -> None:
    host = Host()
    host.driver().recover_services(("Tentacle.service",), replaced=True)
    assert host.sent == []
    host.driver().recover_services(("Tentacle.service",), replaced=False)
    assert host.sent == [{"do": "remove", "path": names.AWAITING}]


def test_a_new_instance_gets_the_folders_of_octopuss_own_wizard() -> None:
    driver = Host().driver()
    assert driver.defaults("Tentacle") == Defaults("/etc/octopus/default", "/home/Octopus/Applications", 10933)
    assert driver.defaults("web") == Defaults("/etc/octopus/web", "/home/Octopus/Applications/web", 10933)
