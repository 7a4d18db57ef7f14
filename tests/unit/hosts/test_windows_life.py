"""The Windows driver over a virtual host of the lab: what is not said stays, from the installation to the removal."""

from __future__ import annotations

import base64
import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.change import Change
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import HostError, OperatorError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.communication import PolledServer, Said
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.complete import complete
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.instance import Configuration, Instance, WantedInstance
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.observation import Observation
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.package import WantedPackage
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.plan import plan_instance, settle_folders
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.windows.host import WindowsHost
from ansible_collections.octoboot.octopus.plugins.plugin_utils._store.pfx import make_material, write_pfx

from tests.lab.machine import Service, User
from tests.lab.windows.call import Call
from tests.lab.windows.control import squat
from tests.lab.windows.disk import ADMINISTRATORS
from tests.lab.windows.downloads import Downloads
from tests.lab.windows.host import MALLORY, SYSTEM_USER
from tests.lab.windows.host import WindowsHost as Machine
from tests.lab.windows.msi import Package
from tests.lab.windows.runner import Runner
from tests.lab.windows.specs import specification

SERVER = "C3" * 20
MATERIAL = make_material()
PACKAGE = WantedPackage(url="C:\\Tentacle.msi")
NOTHING = WantedInstance("Tentacle", MATERIAL.thumbprint, trust=(SERVER,), firewall=False)


class Reached:
    """A machine as Ansible reaches it, its background modules included."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.runner = Runner(machine, install_seconds=0)
        self.ended: list[Mapping[str, Any]] = []
        self.told: Configuration | None = None
        self.driver = WindowsHost(self.run_module, self, lambda local, remote: None, start_timeout=20)

    def run_module(self, module: str, arguments: dict[str, Any]) -> Mapping[str, Any]:
        """Run a module as SYSTEM."""
        result: dict[str, Any] = json.loads(self.runner.run(Call(module, arguments, become_user=SYSTEM_USER))[1])
        return result

    def start(self, module: str, arguments: dict[str, Any], *, seconds: int) -> str:
        """Run a module, and keep its result."""
        self.ended.append(self.run_module(module, arguments))
        return str(len(self.ended) - 1)

    def result(self, job: str) -> Mapping[str, Any] | None:
        """Return what a module that was started came to."""
        return self.ended[int(job)]

    def observe(self, wanted: WantedInstance) -> tuple[Instance, Observation]:
        """See what is there, where the host has it."""
        defaults = self.driver.defaults(wanted.name)
        first = complete(wanted, None, defaults)
        observation = self.driver.observe(first)
        instance = complete(wanted, observation.instance, defaults)
        return instance, observation if instance.place == first.place else self.driver.observe(instance)

    def apply(self, wanted: WantedInstance) -> tuple[Change, ...]:
        """Bring the instance to what is wanted; return what changed."""
        instance, observation = self.observe(wanted)
        plan = plan_instance(instance, observation)
        pfx = base64.b64encode(write_pfx(MATERIAL.certificate_pem, MATERIAL.private_key_pem, "one-time", encryption="compatible")).decode()
        secrets = {"pfx": pfx, "pfx_password": "one-time"} if plan.import_certificate else {}
        if plan.changes:
            self.told = self.driver.apply(instance, plan, observation, secrets)
        return plan.changes


@pytest.fixture
def reached() -> Iterator[Reached]:
    # An address of this process's own: its tests run beside those of others.
    machine = Machine("win01", f"127.83.{os.getpid() // 250 % 250}.{os.getpid() % 250 + 1}")
    machine.files.write("C:\\Tentacle.msi", Package("9.2.4285").to_bytes())
    yield Reached(machine)
    machine.services.stop_all()


def install(reached: Reached) -> None:
    """Install the package."""
    _instance, observation = reached.observe(NOTHING)
    reached.driver.wait_for_install(reached.driver.start_install(PACKAGE, observation), PACKAGE, timeout=5)


def test_what_is_not_said_stays_as_the_host_has_it(reached: Reached) -> None:
    install(reached)
    assert Change("port", None, 10933) in reached.apply(NOTHING)
    assert reached.apply(NOTHING) == ()
    said = replace(NOTHING, home="C:/Other//Home/", communication=Said(port=10977), service_account="OCTO\\tentacle$")
    assert {change.path for change in reached.apply(said)} >= {"port", "home_directory", "service.account"}
    for unsaid in (said, NOTHING, replace(NOTHING, home="c:\\OTHER\\.\\home"), replace(NOTHING, service_account="octo\\TENTACLE$")):
        assert reached.apply(unsaid) == ()
    assert [change.path for change in reached.apply(replace(NOTHING, service_account="SYSTEM"))] == [
        "service.account",
        "home_directory.access",
        "application_directory.access",
    ]
    assert reached.observe(NOTHING)[0].port == 10977


def test_an_account_is_one_under_each_of_its_names(reached: Reached) -> None:
    install(reached)
    reached.apply(replace(NOTHING, service_account="Network Service"))
    assert reached.machine.services.query(SERVICE).account == "NT AUTHORITY\\NetworkService"
    for name in ("S-1-5-20", "NT Authority\\NETWORK SERVICE", "networkservice"):
        assert reached.apply(replace(NOTHING, service_account=name)) == ()
    reached.machine.services.configure(SERVICE, account=".\\vagrant", password="x")
    (changed,) = (change for change in reached.apply(replace(NOTHING, service_account="LocalSystem")) if change.path == "service.account")
    assert changed == Change("service.account", ".\\vagrant", "LocalSystem")
    reached.machine.services.configure(SERVICE, account=".\\vagrant", password="x")
    for name in (".\\vagrant", "vagrant", f"{reached.machine.hostname}\\Vagrant"):
        instance, observation = reached.observe(replace(NOTHING, service_account=name))
        assert "service.account" not in {change.path for change in plan_instance(instance, observation).changes}


def test_an_instance_that_polls_is_made_to_listen_only_when_told_and_may_go_as_it_is(reached: Reached) -> None:
    install(reached)
    reached.apply(NOTHING)
    reached.machine.execute(
        "C:\\Program Files\\Octopus Deploy\\Tentacle\\Tentacle.exe",
        "configure --instance Tentacle --noListen True",
        {},
        User(SYSTEM_USER),
    )
    with pytest.raises(OperatorError, match="Set it to 'listening'"):
        reached.observe(NOTHING)
    gone = replace(NOTHING, absent=True)
    assert reached.observe(gone)[1].instance.exists
    assert "listens" in {change.path for change in reached.apply(replace(NOTHING, communication=Said("listening")))}
    assert reached.apply(NOTHING) == ()
    reached.driver.remove(*reached.observe(gone), package=True)
    instance, observation = reached.observe(gone)
    assert (observation.instance.exists, observation.package.version, instance.port) == (False, None, 10933)


def test_it_polls_changes_nodes_and_listens_again(reached: Reached) -> None:
    install(reached)
    node1, node2 = "https://octopus.example.com:10943", "https://node2.example.com:443"

    def polling(*addresses: str) -> WantedInstance:
        return replace(NOTHING, communication=Said("polling", servers=(PolledServer(SERVER, addresses),)), firewall=True)

    def ids() -> list[str | None]:
        _instance, observation = reached.observe(polling(node1))
        configuration = observation.instance.configuration
        assert configuration is not None
        return [entry.subscription_id for entry in configuration.trusted if entry.polled]

    assert {"polled_addresses", "subscription_ids", "listens"} <= {change.path for change in reached.apply(polling(node1))}
    assert reached.machine.firewall == []
    assert reached.apply(polling(node1)) == reached.apply(replace(polling(node1), communication=Said())) == ()
    (first,) = ids()
    assert reached.told is not None
    assert [entry.subscription_id for entry in reached.told.trusted] == [None, first]
    assert [change.path for change in reached.apply(polling(node1, node2))] == ["polled_addresses"]
    assert ids() == [first, first]
    assert [change.path for change in reached.apply(polling(node2))] == ["polled_addresses", "subscription_ids"]
    assert first not in ids()
    assert reached.apply(polling(node2)) == ()
    assert {"listens", "polled_addresses"} <= {change.path for change in reached.apply(replace(NOTHING, communication=Said("listening")))}
    assert reached.apply(NOTHING) == ()
    assert ids() == []


def test_one_that_cannot_poll_says_what_its_log_says(reached: Reached) -> None:
    install(reached)
    said = replace(NOTHING, communication=Said("polling", servers=(PolledServer(SERVER, ("https://octopus.example.com:10943",)),)))
    reached.machine.faults["agent_dies"] = True
    with pytest.raises(HostError, match=r"(Keeping|Starting) the service 'OctopusDeploy Tentacle'"):
        reached.apply(said)
    reached.machine.faults.pop("agent_dies")
    assert "restart_pending" in {change.path for change in reached.apply(said)}
    assert reached.apply(said) == ()


def test_an_installer_that_fails_says_what_its_log_says(reached: Reached) -> None:
    _instance, observation = reached.observe(NOTHING)
    reached.machine.registry.clear()  # .NET went after it was looked for
    job = reached.driver.start_install(PACKAGE, observation)
    with pytest.raises(
        HostError, match=r"^Installing C:\\Tentacle\.msi failed with exit code 1603 \(.*\): .*\.NET Framework.*install\.log\.$"
    ):
        reached.driver.wait_for_install(job, PACKAGE, timeout=5)


STATE = "C:\\ProgramData\\octoboot"
SERVICE = "OctopusDeploy Tentacle"
OTHER = Package("9.2.4304")


@pytest.fixture
def upgraded(reached: Reached) -> Reached:
    """A machine whose Tentacle runs."""
    install(reached)
    reached.apply(NOTHING)
    return reached


def noting(reached: Reached) -> list[str]:
    """Note the state of Tentacle whenever something is brought to the machine, or runs in its background."""
    noted: list[str] = []
    copy, start = reached.driver.copy_file, reached.start

    def note(what: str) -> None:
        noted.append(f"{what}: {reached.machine.services.query(SERVICE).state}")

    def copying(local: str, remote: str) -> None:
        note("copy")
        reached.machine.files.write(remote, OTHER.to_bytes())
        copy(local, remote)

    def starting(module: str, arguments: dict[str, Any], *, seconds: int) -> str:
        note(module.rpartition(".")[2])
        return start(module, arguments, seconds=seconds)

    reached.driver.copy_file, reached.start = copying, starting  # type: ignore[method-assign]
    return noted


def upgrade(reached: Reached, package: WantedPackage) -> None:
    """Install over what is there, and start what was stopped, also when it fails; as `_work` does it."""
    try:
        job = reached.driver.start_install(package, reached.observe(NOTHING)[1])
        reached.driver.wait_for_install(job, package, timeout=5)
    finally:
        reached.driver.recover_services(reached.observe(NOTHING)[1].awaiting, replaced=False)


@pytest.fixture
def comparing() -> None:
    """Leave a test out where win_package compares no checksum: it does from ansible.windows 2.8.0 on."""
    if "checksum" not in specification("ansible.windows.win_package")["options"]:
        pytest.skip("this ansible.windows compares no checksum")


@pytest.fixture
def mirror() -> Iterator[Downloads]:
    downloads = Downloads()
    downloads.start()
    yield downloads
    downloads.stop()


@pytest.mark.usefixtures("comparing")
@pytest.mark.parametrize("fault", [None, ("msi_rc", [1603]), ("disk_full", True)], ids=["well", "no installation", "no room"])
def test_an_upgrade_downloads_first_and_stops_last_and_ends_with_tentacle_up_and_nothing_left(
    upgraded: Reached, mirror: Downloads, fault: tuple[str, Any] | None
) -> None:
    noted = noting(upgraded)
    package = WantedPackage(url=mirror.url_of(OTHER), checksum=OTHER.sha256)
    upgraded.machine.faults |= dict([fault]) if fault else {}
    with pytest.raises(HostError, match=r"exit code 1603|not enough space") if fault else contextlib.nullcontext():
        upgrade(upgraded, package)
    assert noted == ["win_get_url: Running", "win_package: Stopped"][: 1 if fault == ("disk_full", True) else 2]
    assert upgraded.machine.services.query(SERVICE).state == "Running"
    assert [product["version"] for product in upgraded.machine.products.values()] == ["9.2.4285" if fault else OTHER.version]
    assert upgraded.observe(NOTHING)[1].awaiting == ()
    assert upgraded.machine.files.list_dir(STATE) == ["install.log"]


def test_a_package_that_cannot_be_had_leaves_tentacle_alone(upgraded: Reached, mirror: Downloads) -> None:
    noted = noting(upgraded)
    agent = list(upgraded.machine.running.values())
    for package, why in (
        (
            WantedPackage(url=f"{mirror.url}/nowhere.msi"),
            r"^is http://\S+/nowhere\.msi, and downloading it failed: 127\.0\.0\.1 answered HTTP 404",
        ),
        (WantedPackage(url=mirror.url_of(OTHER), checksum="0" * 64), r"downloading it failed: The checksum for \S+ did not match '0{64}'"),
        (WantedPackage(url="http://127.0.0.1:9/x.msi"), r"downloading it failed: Unable to connect to the remote server\.$"),
    ):
        with pytest.raises(HostError, match=why) as error:
            upgrade(upgraded, package)
        assert error.value.option == "package_url"
    assert noted == ["win_get_url: Running"] * 3
    assert list(upgraded.machine.running.values()) == agent
    assert "tentacle.msi" not in upgraded.machine.files.list_dir(STATE)


@pytest.mark.usefixtures("comparing")
def test_what_an_earlier_run_downloaded_serves_if_its_checksum_says_so(upgraded: Reached, mirror: Downloads) -> None:
    url = mirror.url_of(OTHER)
    upgraded.driver.start_install(WantedPackage(url=url), upgraded.observe(NOTHING)[1])  # and that run was killed
    mirror.stop()
    upgrade(upgraded, WantedPackage(url=url, checksum=OTHER.sha256))
    assert [product["version"] for product in upgraded.machine.products.values()] == [OTHER.version]


def test_a_package_of_the_controllers_is_copied_before_tentacle_is_stopped(upgraded: Reached) -> None:
    noted = noting(upgraded)
    upgrade(upgraded, WantedPackage(file="/srv/x.msi"))
    assert noted == ["copy: Running", "win_package: Stopped"]
    assert upgraded.machine.files.list_dir(STATE) == ["install.log"]


def test_an_installer_that_cannot_be_started_leaves_tentacle_up(upgraded: Reached) -> None:
    def refuse(*_: Any, **__: Any) -> str:
        raise HostError("It did not work.")

    upgraded.start = refuse  # type: ignore[method-assign]
    for package in (WantedPackage(file="/srv/x.msi"), PACKAGE):
        with pytest.raises(HostError, match="did not work"):
            upgrade(upgraded, package)
        assert upgraded.machine.services.query(SERVICE).state == "Running"
        assert upgraded.observe(NOTHING)[1].awaiting == ()


@pytest.mark.parametrize("made", [{"files": {"Tentacle.msi": "hers"}}, {"link": "C:\\Windows"}], ids=["a folder", "a junction"])
def test_what_was_there_before_our_own_folder_makes_room_and_is_not_touched(reached: Reached, made: dict[str, Any]) -> None:
    files = reached.machine.files
    files.make_dirs(f"{STATE}.1")
    squat(reached.machine, STATE, **made)
    install(reached)
    assert (files.node(STATE).owner, files.node(STATE).protected, files.is_link(STATE)) == (ADMINISTRATORS, True, False)
    assert files.list_dir(STATE) == ["install.log"]
    assert files.node(f"{STATE}.2").owner == MALLORY
    assert files.is_link(f"{STATE}.2") or files.list_dir(f"{STATE}.2") == ["Tentacle.msi"]
    assert not [name for name in files.list_dir("C:\\Windows") if name.endswith(".log")]
    reached.apply(NOTHING)
    assert reached.apply(NOTHING) == ()
    squat(reached.machine, STATE, {"late.msi": ""})
    assert [change.path for change in reached.apply(NOTHING)] == ["state_directory"]
    assert files.list_dir(STATE) == []
    assert reached.apply(NOTHING) == ()


def test_a_folder_that_somebody_holds_open_is_not_used(reached: Reached) -> None:
    squat(reached.machine, STATE, {"open.txt": ""})
    reached.machine.files.hold(f"{STATE}\\open.txt")
    with pytest.raises(HostError, match=r"^Making the folder %ProgramData%\\octoboot and setting its access failed: Access to the path"):
        install(reached)
    assert not any("msiexec" in line for line in reached.machine.processes)


def test_a_folder_that_got_another_owner_since_it_was_looked_at_is_refused(reached: Reached) -> None:
    install(reached)
    instance, observation = reached.observe(NOTHING)
    squat(reached.machine, "C:\\Octopus")
    with pytest.raises(HostError, match=r"^Making the folder C:\\Octopus and setting its access failed: it belongs to WIN-\w+\\mallory\.$"):
        reached.driver.apply(instance, plan_instance(instance, observation), observation, {"pfx": "", "pfx_password": ""})
    assert reached.machine.files.node("C:\\Octopus").owner == MALLORY


def test_a_service_of_others_is_neither_changed_nor_removed(reached: Reached) -> None:
    reached.machine.services.create(Service("OctopusDeploy Tentacle", '"C:\\Tools\\watch.exe"', state="Running"))
    for wanted in (NOTHING, replace(NOTHING, absent=True)):
        with pytest.raises(HostError, match="is not that of Tentacle's instance"):
            reached.observe(wanted)


def test_an_instance_that_was_removed_finds_its_folders_again(reached: Reached) -> None:
    install(reached)
    said = replace(NOTHING, application_directory="C:\\Apps\\Deployed")
    reached.apply(said)
    reached.machine.files.write("C:\\Apps\\Deployed\\site.txt", b"")
    reached.driver.remove(*reached.observe(replace(said, absent=True)), package=False)
    instance, observation = reached.observe(said)
    assert observation.instance.home_folder.holds == ("Logs", "livez.heartbeat")
    assert settle_folders(instance, observation) == []
    squat(reached.machine, "C:\\Other", {"x.txt": ""}, owner=ADMINISTRATORS)
    with pytest.raises(OperatorError, match=r"'C:\\Other' belongs to .* and holds 'x\.txt'"):
        settle_folders(*reached.observe(replace(said, application_directory="C:\\Other")))
