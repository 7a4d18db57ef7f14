"""What the modules document as their results is what their tasks return, by every key, both ways."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._ansible import wiring
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.change import Change
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import PackageError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.prerequisites import MODULES
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.results import CommandLog, HostResult, RecordResult, Verdict
from ansible_collections.octoboot.octopus.plugins.plugin_utils._store.identities import IdentityStore
from ansible_collections.octoboot.octopus.plugins.plugin_utils._store.pfx import write_pfx

from tests.tools import documentation, markup
from tests.tools.checkout import ROOT
from tests.unit.work.fakes import machine
from tests.unit.work.test_host import OLD, FakeHost
from tests.unit.work.test_prune import MAY

from .stage import Octopus, Stage, build

COMMON = frozenset({"ansible_facts", "changed", "diff", "failed", "msg", "warnings"})
"""What any task of Ansible's may return, and no module documents."""

TYPES: Mapping[str, tuple[type, ...]] = {
    "bool": (bool,),
    "dict": (dict,),
    "float": (float, int),
    "int": (int,),
    "list": (list,),
    "raw": (object,),
    "str": (str,),
}

Results = Iterator[dict[str, Any]]


def returned(module: str) -> dict[str, Any]:
    """Return a module's RETURN."""
    return documentation.literal(ROOT / f"plugins/modules/{module}.py", "RETURN")


def of_tentacle(stage: Stage, octopus: Octopus) -> Results:
    for name in ("web01", "web02"):
        stage.hosts[name] = FakeHost(version=OLD)
    octopus.records["Machines-1"] = machine(1, "web03", stage.task("tentacle_certificate", "web03", **store(stage, "web03"))["thumbprint"])
    begun = stage.task("tentacle", "web01", version="9.2.0", install_background=True, for_registration=True)
    assert begun["pending"]
    yield begun
    yield stage.task("tentacle", "web01", version="9.2.0", for_registration=True, installation=begun["installation"], diff=True)
    yield stage.task("tentacle", "web02", version="9.2.0", trust=["AB" * 20], check=True)
    yield stage.task("tentacle", "web02", state="absent")
    yield stage.task("tentacle", "web03", for_registration=True)
    yield stage.task("tentacle", "web03", for_registration=True, communication_style="polling", check=True)
    made = {"octopus_manage": ["environments"], "octopus_environments": ["Lab"]}
    yield stage.task("tentacle", "web03", for_registration=True, check=True, task_vars=made)
    stage.hosts["web02"].refuses = PackageError("It is broken.")
    failed = stage.task("tentacle", "web02", version="9.2.0", trust=["AB" * 20])
    assert failed["failed"]
    yield failed


def of_target(stage: Stage, octopus: Octopus) -> Results:
    octopus.records["Machines-1"] = machine(1, "web02", "EF" * 20)
    yield stage.task("deployment_target", "web01", thumbprint="AB" * 20, check=True, diff=True)
    yield stage.task("deployment_target", "web01", thumbprint="AB" * 20)
    yield stage.task("deployment_target", "web02", thumbprint="AB" * 20)
    yield stage.task("deployment_target", "web03", state="absent")
    stage.add_server(space="Second")
    yield stage.task("deployment_target", "web03", thumbprint="CD" * 20, task_vars=twice("target"))
    yield stage.task("deployment_target", "web02", state="absent", thumbprint="EF" * 20)


def of_worker(stage: Stage, octopus: Octopus) -> Results:
    pools: dict[str, Any] = {"worker_pools": ["Builders"], "thumbprint": "AB" * 20}
    yield stage.task("worker", "web01", check=True, diff=True, **pools)
    yield stage.task("worker", "web01", **pools)
    yield stage.task("worker", "web01", thumbprint="AB" * 20, task_vars={"octopus_worker_pools__build": ["Builders"]})
    stage.add_server(space="Second")
    yield stage.task("worker", "web01", **pools, task_vars=twice("worker"))
    yield stage.task("worker", "web01", state="absent", thumbprint="AB" * 20)


def of_registrations(stage: Stage, octopus: Octopus) -> Results:
    pools = {"octopus_worker_pools": ["Builders"], "octopus_register_as": ["target", "worker"]}
    yield stage.task("registrations", "web01", thumbprint="AB" * 20, check=True, diff=True, task_vars=pools)
    yield stage.task("registrations", "web01", thumbprint="AB" * 20, diff=True, task_vars=pools)
    octopus.records["Machines-9"] = machine(9, "web02", "EF" * 20)
    stage.next_run()
    failed = stage.task("registrations", "web02", thumbprint="AB" * 20, task_vars=pools)
    assert failed["failed"]
    yield failed


def twice(kind: str) -> dict[str, Any]:
    """Return variables by which a machine is in two spaces."""
    return {"octopus_registrations": [{"space": "Default", "register_as": [kind]}, {"space": "Second", "register_as": [kind]}]}


def of_health(stage: Stage, octopus: Octopus) -> Results:
    for host in ("web01", "web02"):
        stage.task("deployment_target", host, thumbprint={"web01": "AB" * 20, "web02": "CD" * 20}[host])
    ids = list(octopus.records)
    octopus.health[ids[1]] = "Unhealthy"
    yield stage.task("health_check", "web01")
    yield stage.task("health_check", "web02")
    yield stage.task("health_check", "web01", check=True)
    yield stage.task("health_check", "web01", machines={"web01": ids[0], "web02": ids[1]})


def of_preflight(stage: Stage, octopus: Octopus) -> Results:
    yield stage.task("preflight", "web01")
    yield stage.task("preflight", "web01", check=True)
    yield stage.task("preflight", "web01", strict=True, url="ftp://x")


def of_prune(stage: Stage, octopus: Octopus) -> Results:
    octopus.snapshot = replace(octopus.snapshot, granted=MAY)
    for number, name in enumerate(("web08", "web09"), 1):
        thumbprint = stage.task("tentacle_certificate", "web01", **store(stage, name))["thumbprint"]
        octopus.records[f"Machines-{number}"] = machine(number, name, thumbprint, HealthStatus=("Unavailable", "Healthy")[number - 1])
    yield stage.task("prune", "web01", check=True, diff=True)
    yield stage.task("prune", "web01", diff=True)
    stage.next_run()
    yield stage.task("prune", "web01", include_healthy=True, most=0)


def of_server_info(stage: Stage, octopus: Octopus) -> Results:
    yield stage.task("server_info", "web01")


def of_certificate(stage: Stage, octopus: Octopus) -> Results:
    identities = IdentityStore(stage.directory / "other", wiring.PlainCipher())
    other = identities.obtain("other")[0]
    pfx = base64.b64encode(write_pfx(other.certificate_pem, identities.private_key("other"), "pw", encryption="modern")).decode()
    yield stage.task("tentacle_certificate", "web01", check=True, diff=True, **store(stage, "web01"))
    yield stage.task("tentacle_certificate", "web01", **store(stage, "web01"))
    yield stage.task("tentacle_certificate", "web01", certificate=pfx, certificate_password="pw", **store(stage, "web01"))


def of_target_info(stage: Stage, octopus: Octopus) -> Results:
    octopus.records["Machines-1"] = machine(1, "web02", "EF" * 20)
    yield stage.task("deployment_target_info", "web01", names="WEB02")
    yield stage.task("deployment_target_info", "web01", check=True, names=["other"])


def of_worker_info(stage: Stage, octopus: Octopus) -> Results:
    worker = {"Id": "Workers-1", "Name": "w", "WorkerPoolIds": ["WorkerPools-1"]}
    octopus.records["Workers-1"] = {**machine(1, "w", "EF" * 20), **worker}
    yield stage.task("worker_info", "web01", disabled=False)


def of_prerequisite(module: str) -> Callable[[Stage, Octopus], Results]:
    """Return the scenario of a module for something that machines are registered with."""
    lacking: dict[str, dict[str, Any]] = {"machine_proxy": {"host": "proxy"}, "space": {"managers": ["jane"]}}
    needed = lacking.get(module, {})

    def scenario(stage: Stage, octopus: Octopus) -> Results:
        octopus.records["Users-1"] = {"Id": "Users-1", "Name": "", "Username": "jane"}
        for check in (True, False, False):
            yield stage.task(module, "web01", name="Mine", check=check, diff=True, **needed)
        for check in (True, False, False):
            yield stage.task(module, "web01", name="mine", state="absent", check=check, diff=True)

    return scenario


def store(stage: Stage, name: str) -> dict[str, Any]:
    """Return the arguments that name an identity in the store of the stage."""
    return {"name": name, "store": str(stage.directory / "identities"), "encryption": "none"}


SCENARIOS: Mapping[str, Callable[[Stage, Octopus], Results]] = {
    "tentacle": of_tentacle,
    "deployment_target": of_target,
    "worker": of_worker,
    "registrations": of_registrations,
    "health_check": of_health,
    "preflight": of_preflight,
    "prune": of_prune,
    "server_info": of_server_info,
    "tentacle_certificate": of_certificate,
    "deployment_target_info": of_target_info,
    "worker_info": of_worker_info,
    **{module: of_prerequisite(module) for module in MODULES},
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[dict[str, Any]]]]:
    """What the tasks of every module return, of all the kinds of runs that there are."""
    found = {}
    for module, scenario in SCENARIOS.items():
        with pytest.MonkeyPatch.context() as patch:
            octopus = Octopus()
            stage = build(tmp_path_factory.mktemp(module), patch, octopus, {"web01": {}, "web02": {}, "web03": {}})
            found[module] = list(scenario(stage, octopus))
    yield found


def unlike(value: Any, said: Mapping[str, Any], path: str) -> Iterator[str]:
    """Yield where a value is not what is documented: of another type, or with other keys below."""
    if value is None:
        return
    kinds = TYPES[said["type"]]
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds and object not in kinds):
        yield f"{path} is a {type(value).__name__} and not a {said['type']}"
        return
    items = value if isinstance(value, list) else [value]
    for item in items if said["type"] == "list" and "elements" in said else ():
        yield from unlike(item, {**said, "type": said["elements"], "elements": None}, f"{path}[]")
    if isinstance(value, dict) and "contains" in said:
        yield from (f"{path}.{key} is not documented" for key in value.keys() - said["contains"].keys())
        yield from (f"{path}.{key} is not returned" for key in said["contains"].keys() - value.keys())
        for key in value.keys() & said["contains"].keys():
            yield from unlike(value[key], said["contains"][key], f"{path}.{key}")


def test_every_action_has_its_scenario() -> None:
    assert {path.stem for path in (ROOT / "plugins/action").glob("*.py")} == SCENARIOS.keys()


@pytest.mark.parametrize("module", SCENARIOS)
def test_what_is_returned_is_documented_and_what_is_documented_is_returned(module: str, results: dict[str, list[dict[str, Any]]]) -> None:
    said = returned(module)
    seen = {key for result in results[module] for key in result}
    assert sorted(seen - said.keys() - COMMON) == []
    assert sorted(said.keys() - seen) == []
    values = [(key, value) for result in results[module] for key, value in result.items() if key in said]
    assert [words for key, value in values for words in unlike(value, said[key], key)] == []


@pytest.mark.parametrize("module", SCENARIOS)
def test_what_is_said_to_be_in_every_result_is(module: str, results: dict[str, list[dict[str, Any]]]) -> None:
    well = [result for result in results[module] if not result.get("failed")]
    assert well
    always = [key for key, option in returned(module).items() if option["returned"] in ("always", "success")]
    assert [key for key in always for result in well if key not in result] == []


@pytest.mark.parametrize("module", SCENARIOS)
def test_samples_are_of_their_type(module: str) -> None:
    said = returned(module)
    assert [words for key, each in said.items() if "sample" in each for words in unlike(each["sample"], each, key)] == []


COMMAND = CommandLog("Tentacle", 0, "", "", 1.0)
FULL = HostResult(
    "T",
    True,
    "AB",
    (Change("a", 1, 2),),
    (COMMAND,),
    ("w",),
    True,
    "9",
    {},
    True,
    "9",
    1,
    {"C": "poll://x/"},
    ("x",),
    True,
    "Machines-1",
    ("Machines-1",),
)


@pytest.mark.parametrize(
    ("module", "result"),
    [
        ("tentacle", FULL),
        ("deployment_target", RecordResult("created", "web01", "Machines-1", "AB", "https://x/", (Change("a", 1, 2),))),
        ("health_check", Verdict(True, "Healthy", (), None)),
    ],
)
def test_every_member_of_a_result_is_documented(module: str, result: HostResult | RecordResult | Verdict) -> None:
    assert [each.name for each in fields(result) if getattr(result, each.name) in (None, "") and each.name != "failure"] == []
    assert result.as_dict().keys() - COMMON <= returned(module).keys()
    assert {each.name for each in fields(result)} - {"failure"} <= result.as_dict().keys()


@pytest.mark.parametrize(("module", "key"), [("preflight", "hosts"), ("preflight", "servers")])
def test_the_members_of_what_preflight_finds_are_documented(module: str, key: str, results: dict[str, list[dict[str, Any]]]) -> None:
    said = returned(module)[key]
    text = " ".join([str(said["sample"]), *markup.paragraphs(said["description"])])
    found = results[module][0][key]
    (one, *_) = found.values() if isinstance(found, dict) else found
    assert [member for member in one if member not in text] == []


def test_the_outcomes_of_a_record_are_documented(results: dict[str, list[dict[str, Any]]]) -> None:
    text = " ".join(markup.paragraphs(returned("preflight")["hosts"]["description"]))
    assert [word for word in ("created", "updated", "adopted", "unchanged") if f"V({word})" not in text] == []
