"""One instance on one host: observe, plan, apply; with a host, a store and a record that are made of nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.change import Change
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import (
    Failure,
    ForeignThumbprint,
    HostError,
    PackageError,
    StoreError,
)
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.identity import NEW_CERTIFICATE, Identity
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.match import Match
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.registration import Known, Registration
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.resources import TARGET
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.results import CommandLog, HostResult
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.secret import Secret
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.folders import Folder
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.instance import (
    Configuration,
    Defaults,
    Instance,
    ObservedInstance,
    WantedInstance,
)
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.neighbours import Neighbour
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.observation import Installed, Observation
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.package import InstalledPackage, WantedPackage
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.plan import InstancePlan
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.version import Version
from ansible_collections.octoboot.octopus.plugins.plugin_utils._work.host import HostWork
from ansible_collections.octoboot.octopus.plugins.plugin_utils._work.manner import Manner
from ansible_collections.octoboot.octopus.plugins.plugin_utils._work.register import Comparison, Register

from tests.unit.core.instances import OTHER, OURS, SERVER, SERVICE, SETTLED, WANTED, carried_out, seen
from tests.unit.work.fakes import FakeServer, FakeSnapshot, machine

OLD, NEW = Version.parse("9.1.0"), Version.parse("9.2.0")
WISH = WantedInstance("Tentacle", "", trust=(SERVER,))


class FakeHost:
    """A host that is whatever it is told to be. One that `lives` becomes what a plan makes of it."""

    def __init__(self, instance: ObservedInstance = SETTLED, version: Version | None = NEW, **more: Any) -> None:
        self.now = replace(seen(instance), package=InstalledPackage(version), service="OctopusDeploy Tentacle", **more)
        self.after_install: Version | None = NEW
        self.lives = False
        self.log: list[CommandLog] = []
        self.done: list[Any] = []
        self.places: list[Instance] = []
        self.start_fails: HostError | None = None
        self.install_fails: HostError | None = None
        self.recovery_fails: HostError | None = None
        self.refuses: PackageError | None = None
        self.beside: list[Neighbour] = []

    def defaults(self, instance: str) -> Defaults:
        return Defaults(WANTED.home, WANTED.application_directory)

    def observe(self, instance: Instance) -> Observation:
        self.places.append(instance)
        return self.now

    def neighbours(self, observation: Observation) -> list[Neighbour]:
        assert observation.others
        return self.beside

    def check_package(self, package: WantedPackage, observation: Observation) -> None:
        if self.refuses:
            raise self.refuses

    def start_install(self, package: WantedPackage, observation: Observation) -> Mapping[str, Any]:
        self.done.append("start_install")
        if self.start_fails:
            raise self.start_fails
        return {"id": "j1"}

    def wait_for_install(self, job: Mapping[str, Any], package: WantedPackage, *, timeout: float) -> Installed:
        assert job == {"id": "j1"}
        self.done.append("wait")
        if self.install_fails:
            raise self.install_fails
        self.now = replace(self.now, package=InstalledPackage(self.after_install))
        return Installed(reboot_required=True)

    def recover_services(self, awaiting: tuple[str, ...], *, replaced: bool) -> None:
        self.done.append(("recover", replaced))
        if self.recovery_fails:
            raise self.recovery_fails

    def start_services(self, awaiting: tuple[str, ...]) -> None:
        self.done.append(("start", awaiting))

    def apply(self, instance: Instance, plan: InstancePlan, observation: Observation, secrets: Mapping[str, str]) -> Configuration | None:
        self.done.append(("apply", [change.path for change in plan.changes], dict(secrets)))
        self.log.append(CommandLog("Tentacle configure", 0, "", "", 0.1))
        if not self.lives:
            return None
        self.now = replace(self.now, instance=carried_out(plan, instance, observation.instance))
        return self.now.instance.configuration if plan.server_comms else None

    def remove(self, instance: Instance, observation: Observation, *, package: bool) -> None:
        self.done.append(("remove", instance.port, package))


@dataclass
class FakeIdentities:
    """An identity that is there, or is made."""

    identity: Identity | None = field(default_factory=lambda: Identity("web01", OURS, "pem", ("F0" * 20,)))
    remembered: list[str] = field(default_factory=list)
    keys_asked: int = 0
    writes: int = 0
    refuses: StoreError | None = None

    def find(self) -> Identity | None:
        return self.identity

    def require(self) -> Identity:
        self.identity = self.identity or Identity("web01", OURS, "pem")
        return self.identity

    def require_place(self) -> None:
        pass

    def require_key(self) -> None:
        self.keys_asked += 1

    def remember(self, former_thumbprint: str) -> None:
        self.remembered.append(former_thumbprint)

    def remember_subscriptions(self, subscriptions: Mapping[str, str]) -> None:
        if self.refuses:
            raise self.refuses
        if subscriptions != self.require().subscriptions:
            self.writes += 1
            self.identity = replace(self.require(), subscriptions=subscriptions)

    def one_time_pfx(self, encryption: str) -> tuple[str, str]:
        return f"pfx-{encryption}", "one-time"


class FakeRegister:
    """A record that compares as it is told."""

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self.made_anew = False
        self.label = ""
        self.asked: list[tuple[Known | None, int | None]] = []

    def compare(self, known: Known | None, port: int | None) -> Comparison:
        self.asked.append((known, port))
        return self.comparison

    def claimed(self, known: Known, thumbprints: Collection[str]) -> tuple[str, ...]:
        contested = self.comparison.contested
        return tuple(each for each in thumbprints if contested and each == contested.thumbprint)


def work(host: FakeHost, *, package: WantedPackage | None = None, **more: Any) -> HostWork:
    return HostWork(WISH, package or WantedPackage(), host, more.pop("identities", FakeIdentities()), **more)


def paths(result: HostResult) -> list[str]:
    return [change.path for change in result.changes]


def test_an_unchanged_host_costs_one_look_and_nothing_else() -> None:
    host = FakeHost()
    result = work(host).bring()
    assert (result.changed, result.changes, result.version, result.port, result.thumbprint) == (False, (), "9.2.0", 10933, OURS)
    assert result.former_thumbprints == ("F0" * 20, OURS)
    assert result.settled is None
    assert len(host.places) == 1
    assert host.done == []


def test_a_bare_host_is_brought_to_what_is_wanted() -> None:
    host = FakeHost(ObservedInstance(), version=None)
    masked: list[str] = []
    told: list[str] = []
    manner = Manner(service_password=Secret("pa55word"))
    result = work(host, manner=manner, mask=masked.extend, tell=told.append).bring()
    assert result.changed
    assert paths(result)[:2] == ["package.version", "instance"]
    assert host.done[:2] == ["start_install", "wait"]
    assert host.done[2][2] == {"pfx": "pfx-compatible", "pfx_password": "one-time", "service_password": "pa55word"}
    assert masked == ["pfx-compatible", "one-time", "pa55word"]
    assert result.warnings == ("The installer asks for a reboot of this machine.",)
    assert [command.command for command in result.commands] == ["Tentacle configure"]
    assert told[0] == "installing Tentacle newest"


def test_check_mode_says_all_of_it_and_does_nothing() -> None:
    host = FakeHost(ObservedInstance(), version=None)
    result = work(host, manner=Manner(check_mode=True)).bring()
    assert result.changed
    assert paths(result)[:2] == ["package.version", "instance"]
    assert host.done == []


def test_check_mode_of_a_change_without_a_package_does_nothing_either() -> None:
    host = FakeHost(replace(SETTLED, live_thumbprint=None))
    assert work(host, manner=Manner(check_mode=True)).bring().changed
    assert host.done == []


def test_an_installation_in_the_background_is_finished_by_a_second_task() -> None:
    host = FakeHost(ObservedInstance(), version=None)
    begun = work(host, manner=Manner(background=True)).bring()
    assert (begun.changed, begun.pending, begun.installing, begun.version) == (False, True, "newest", None)
    assert begun.installation == {"job": {"id": "j1"}, "change": {"path": "package.version", "before": None, "after": "newest"}}
    assert host.done == ["start_install"]
    finished = work(host).bring(begun.installation)
    assert paths(finished)[0] == "package.version"
    assert not finished.pending
    assert host.done[1] == "wait"


@pytest.mark.parametrize("fault", ["start_fails", "install_fails"])
def test_what_was_stopped_for_an_installation_is_started_again_also_when_that_could_not_be_started(fault: str) -> None:
    host = FakeHost(version=OLD)
    setattr(host, fault, HostError("no room for it"))
    with pytest.raises(Failure, match="no room for it"):
        work(host, package=WantedPackage(version=NEW)).bring()
    assert host.done[-1] == ("recover", False)


def test_why_an_installation_failed_is_said_also_when_what_was_stopped_cannot_be_started_again() -> None:
    host = FakeHost(version=OLD)
    host.start_fails, host.recovery_fails = HostError("no room for it"), HostError("Starting the service 'x' failed.")
    with pytest.raises(Failure, match="no room for it") as failure:
        work(host, package=WantedPackage(version=NEW)).bring()
    assert any("Starting the service 'x' failed." in warning for warning in failure.value.known["warnings"])


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_firewall_that_cannot_be_asked_is_told_before_anything_is_done_when_a_rule_is_wanted(check_mode: bool) -> None:
    host = FakeHost(replace(SETTLED, firewall_problem="it is off (0x800706D9)"), version=OLD)
    with pytest.raises(Failure, match=r"it is off \(0x800706D9\)\. Start its service .*'tentacle_firewall: false'"):
        work(host, package=WantedPackage(version=NEW), manner=Manner(check_mode=check_mode)).bring()
    assert host.done == []


def test_a_firewall_that_cannot_be_asked_is_a_warning_when_no_rule_is_wanted() -> None:
    host = FakeHost(replace(SETTLED, firewall=None, firewall_problem="it is off"))
    result = work(host).remove()
    assert (result.changed, result.warnings) == (True, ("Whether the firewall has a rule for the instance is not known: it is off",))


def test_a_package_that_cannot_be_had_is_refused_before_anything_is_started() -> None:
    host = FakeHost(version=None)
    host.refuses = PackageError("There is none.")
    with pytest.raises(Failure, match=r"There is none\."):
        work(host).bring()
    assert host.done == []


@pytest.mark.parametrize(("there", "replaced"), [(OLD, False), (None, True)])
def test_after_an_installation_that_failed_what_ran_runs_again(there: Version | None, replaced: bool) -> None:
    host = FakeHost(version=OLD)
    host.install_fails = HostError("Installing it failed with exit code 1603.")
    task = work(host, package=WantedPackage(version=NEW))
    begun = replace_version(host, task, there)
    with pytest.raises(Failure, match="1603") as failure:
        task.bring(begun)
    assert host.done[-1] == ("recover", replaced)
    assert failure.value.known["changed"] is False


def replace_version(host: FakeHost, task: HostWork, there: Version | None) -> Mapping[str, Any]:
    """Start an installation that leaves this version."""
    change = {"path": "package.version", "before": str(OLD), "after": str(NEW)}
    host.now = replace(host.now, package=InstalledPackage(there))
    return {"job": {"id": "j1"}, "change": change}


@pytest.mark.parametrize(("left", "words"), [(None, "no Tentacle is there"), (OLD, "Tentacle 9.1.0 is installed")])
def test_an_installer_that_ended_well_and_installed_something_else_is_a_failure(left: Version | None, words: str) -> None:
    host = FakeHost(version=None)
    host.after_install = left
    with pytest.raises(Failure, match=f"The installer ended well, but {words}, where 9.2.0 was to be installed."):
        work(host, package=WantedPackage(version=NEW)).bring()
    assert host.done[-1][0] == "recover"


def test_what_waits_for_a_start_is_started_but_for_what_was_just_restarted() -> None:
    awaiting = ("OctopusDeploy Tentacle", "OctopusDeploy Tentacle: Two")
    host = FakeHost(replace(SETTLED, live_thumbprint=None), awaiting=awaiting)
    result = work(host).bring()
    assert paths(result)[-1] == "services_awaiting_a_start"
    assert host.done[-1] == ("start", ("OctopusDeploy Tentacle: Two",))


def test_a_warning_of_the_package_is_told_and_nothing_is_installed() -> None:
    result = work(FakeHost(version=NEW), package=WantedPackage(version=OLD)).bring()
    assert result.warnings
    assert "newer than the pinned 9.1.0" in result.warnings[0]


def test_a_host_that_has_it_elsewhere_is_looked_at_there() -> None:
    assert SETTLED.configuration is not None
    host = FakeHost(replace(SETTLED, configuration=replace(SETTLED.configuration, port=10950)))
    work(host, manner=Manner(check_mode=True)).bring()
    assert [place.port for place in host.places] == [10933, 10950]


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize(
    ("instance", "version", "password", "what"),
    [
        (ObservedInstance(), None, None, "private key"),
        (SETTLED, OLD, None, None),
        (replace(SETTLED, live_thumbprint=OTHER), NEW, None, "private key"),
        (replace(SETTLED, service=replace(SERVICE, automatic=False)), NEW, Secret("pa55word"), "service's password"),
        (replace(SETTLED, service=replace(SERVICE, automatic=False)), NEW, None, None),
        (SETTLED, NEW, Secret("pa55word"), None),
    ],
)
def test_no_secret_is_sent_where_ansible_keeps_what_it_sends(
    instance: ObservedInstance, version: Version | None, password: Secret | None, what: str | None, check_mode: bool
) -> None:
    host = FakeHost(instance, version)
    task = work(host, package=WantedPackage(version=NEW), manner=Manner(keeps_files=True, service_password=password, check_mode=check_mode))
    if what is None:
        task.bring()
        return
    with pytest.raises(Failure, match=rf"ANSIBLE_KEEP_REMOTE_FILES.*, and this machine's {what} would be among them\. Nothing was changed"):
        task.bring()
    assert host.done == []


def test_where_nobody_can_tell_what_is_there_nothing_is_installed_either() -> None:
    host = FakeHost(ObservedInstance(exists=True, unreadable="Tentacle gave no answer. Nothing was changed."), OLD, warnings=("Look!",))
    for manner in (Manner(), Manner(check_mode=True), Manner(background=True)):
        with pytest.raises(Failure, match=r"^Tentacle gave no answer\."):
            work(host, package=WantedPackage(version=NEW), manner=manner).bring()
    assert host.done == []
    assert work(host).remove().changed
    assert work(FakeHost(warnings=("Look!",))).bring().warnings == ("Look!",)


def test_removal_lists_what_goes_and_check_mode_leaves_it() -> None:
    host = FakeHost()
    foreseen = work(host, manner=Manner(check_mode=True)).remove()
    assert foreseen.changed
    assert host.done == []
    removed = work(host).remove()
    assert paths(removed)[-1] == "package.version"
    assert host.done == [("remove", 10933, True)]
    assert not work(FakeHost(ObservedInstance(), version=None)).remove().changed


RECORD = {"Id": "Machines-1", "HealthStatus": "HasWarnings", "IsDisabled": False}


@pytest.mark.parametrize(
    ("status", "manner", "settled"),
    [
        ("Healthy", Manner(), True),
        ("HasWarnings", Manner(), True),
        ("HasWarnings", Manner(health_strict=True), False),
        ("Unavailable", Manner(), False),
        ("Unavailable", Manner(health_check=False), True),
    ],
)
def test_a_host_is_settled_when_its_record_is_as_wanted_and_well(status: str, manner: Manner, settled: bool) -> None:
    register = FakeRegister(Comparison(Match({**RECORD, "HealthStatus": status}, adopted=False), ()))
    result = work(FakeHost(), manner=manner, registers=(register,)).bring()
    assert (result.settled, result.machine_id) == (settled, "Machines-1")
    assert register.asked[-1] == (Known(OURS, ("F0" * 20, OURS)), 10933)


def test_a_contested_name_is_left_alone_unless_the_machine_shows_that_thumbprint() -> None:
    register = FakeRegister(Comparison(None, (), ForeignThumbprint("It is another's.", OTHER)))
    host = FakeHost()
    with pytest.raises(Failure, match="It is another's"):
        work(host, registers=(register,)).bring()
    assert host.done == []
    identities = FakeIdentities()
    shown = FakeHost(replace(SETTLED, live_thumbprint=OTHER))
    work(shown, registers=(register,), identities=identities, manner=Manner(check_mode=True)).bring()
    assert identities.remembered == []
    assert work(shown, registers=(register,), identities=identities).bring().settled is False
    assert identities.remembered == [OTHER]


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_machine_that_shows_the_certificate_of_a_record_of_another_name_is_left_alone(check_mode: bool) -> None:
    shown = FakeHost(replace(SETTLED, live_thumbprint=OTHER))
    record = machine(7, "db01", OTHER)

    def work_on(*records: dict[str, Any], allow_rename: bool = False, identities: FakeIdentities | None = None) -> HostWork:
        registration = Registration(TARGET, "web01", {}, "web01.example.com", allow_rename=allow_rename)
        register = Register(registration, FakeSnapshot(*records), FakeServer)
        return work(shown, registers=(register,), manner=Manner(check_mode=check_mode), identities=identities or FakeIdentities())

    with pytest.raises(Failure, match=rf"shows the certificate {OTHER}, which belongs to 'db01' \(Machines-7\).*octopus_allow_rename"):
        work_on(record).bring()
    assert shown.done == []
    identities = FakeIdentities()
    assert work_on(record, allow_rename=True, identities=identities).bring().machine_id == "Machines-7"
    assert identities.remembered == ([] if check_mode else [OTHER])
    assert work_on(machine(7, "db01", "AB" * 20)).bring().machine_id is None


def test_an_identity_is_made_in_a_real_run_alone() -> None:
    identities = FakeIdentities(identity=None)
    assert work(FakeHost(), identities=identities, manner=Manner(check_mode=True)).bring().thumbprint == NEW_CERTIFICATE
    assert identities.identity is None
    assert work(FakeHost(), identities=identities).bring().thumbprint == OURS
    assert identities.identity is not None


def test_check_mode_asks_for_the_key_where_a_run_will_need_it() -> None:
    foreseen = Manner(check_mode=True)
    settled, new, missing = FakeIdentities(), FakeIdentities(), FakeIdentities(identity=None)
    work(FakeHost(SETTLED), identities=settled, manner=foreseen).bring()
    work(FakeHost(ObservedInstance()), identities=new, manner=foreseen).bring()
    work(FakeHost(ObservedInstance()), identities=missing, manner=foreseen).bring()
    assert [each.keys_asked for each in (settled, new, missing)] == [0, 1, 0]


def test_no_identity_is_made_for_a_host_whose_paths_are_another_systems() -> None:
    identities = FakeIdentities(identity=None)
    host = FakeHost()
    task = HostWork(replace(WISH, home="/etc/octopus"), WantedPackage(), host, identities)
    with pytest.raises(Failure) as failure:
        task.bring()
    assert failure.value.option == "home_directory"
    assert identities.identity is None
    assert host.places == []


@pytest.mark.parametrize("manner", [Manner(), Manner(check_mode=True), Manner(background=True)])
def test_a_folder_of_somebody_elses_is_refused_before_anything_is_done(manner: Manner) -> None:
    theirs = Folder(exists=True, owner="alice", holds=("thesis.txt",))
    host = FakeHost(ObservedInstance(home_folder=theirs), version=None)
    with pytest.raises(Failure, match=r"belongs to alice and holds 'thesis\.txt'") as failure:
        work(host, manner=manner).bring()
    assert failure.value.option == "home_directory"
    assert host.done == []
    adopted = work(FakeHost(ObservedInstance(home_folder=theirs), version=None), manner=manner)
    adopted.wanted = replace(adopted.wanted, adopt_directories=True)
    assert "belongs to alice" in " ".join(adopted.bring().warnings)


def test_a_certificate_that_another_host_of_the_run_has_is_refused() -> None:
    host = FakeHost()
    with pytest.raises(Failure, match="the same certificate as web02"):
        work(host, claim=lambda thumbprint: "web02").bring()
    assert host.places == []


@pytest.mark.parametrize("manner", [Manner(), Manner(check_mode=True)])
def test_what_another_instance_of_the_host_has_is_refused_before_anything_is_changed(manner: Manner) -> None:
    host = FakeHost(ObservedInstance(), version=None, others={"Two": "x.config"})
    host.beside = [Neighbour("Two", OTHER, 10933)]
    with pytest.raises(Failure, match="on which the instance 'Two' of this machine listens") as failure:
        work(host, manner=manner).bring()
    assert (failure.value.option, host.done) == ("port", [])
    # What the run has noted of it counts: there it has moved away, which in check mode the disk does not say.
    noted: list[Neighbour] = []

    def note(own: Neighbour) -> list[Neighbour]:
        noted.append(own)
        return [Neighbour("two", OTHER, 10943)]

    assert work(host, manner=manner, note=note).bring().changed
    assert noted == [Neighbour("Tentacle", OURS, 10933)]


def test_an_instance_that_stays_as_it_is_does_not_look_at_the_others() -> None:
    host = FakeHost(others={"Two": "x.config"})
    host.beside = [Neighbour("Two", OURS, 10933)]
    assert not work(host).bring().changed


def test_a_result_tells_what_is_known_and_no_more() -> None:
    assert HostResult("Tentacle", changed=False).as_dict() == {
        "instance": "Tentacle",
        "changed": False,
        "thumbprint": None,
        "changes": [],
        "commands": [],
        "pending": False,
        "reboot_required": False,
        "warnings": [],
    }


def test_several_records_are_each_looked_at_and_all_have_to_be_as_they_should() -> None:
    def of(identifier: str, *changes: Change, health: str = "Healthy") -> Any:
        return FakeRegister(Comparison(Match({**RECORD, "Id": identifier, "HealthStatus": health}, adopted=False), changes))

    both = work(FakeHost(), registers=(of("Machines-1"), of("Workers-1"))).bring()
    assert (both.settled, both.machine_id, both.machine_ids) == (True, "Machines-1", ("Machines-1", "Workers-1"))
    for other in (of("Workers-1", Change("disabled", True, False)), of("Workers-1", health="Unhealthy")):
        assert work(FakeHost(), registers=(of("Machines-1"), other)).bring().settled is False
    unreached = work(FakeHost(), registers=(of("Machines-1"),), unreached=("The other server is down.",)).bring()
    assert (unreached.settled, unreached.warnings) == (False, ("The other server is down.",))


def test_a_contested_record_among_several_is_told_with_its_place() -> None:
    fine: Any = FakeRegister(Comparison(None, ()))
    contested: Any = FakeRegister(Comparison(None, (), ForeignThumbprint("It is another's.", "EF" * 20)))
    contested.label = "Worker on https://octopus.example.com: "
    host = FakeHost()
    with pytest.raises(Failure, match=r"^Worker on https://octopus\.example\.com: It is another's\.$"):
        work(host, registers=(fine, contested)).bring()
    assert host.done == []
