"""What users and Linux hosts say arrives in the steps of a visit as it is: nothing in it becomes a secret, or anything else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.module_utils._linux.batch import _ALWAYS, _expand
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.folders import Folder
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.instance import Configuration, Service
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.package import WantedPackage
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.package_linux import LinuxMachine, linux_source
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.linux.apply import (
    apply_steps,
    note_steps,
    remove_steps,
    restart_steps,
)
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.linux.apt import repository_steps, withdraw_steps
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.linux.observe import observe_steps
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.linux.package import install_stages
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.outcomes import Outcome, command_logs
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.step import Step

from tests.unit.hosts.linux_host import OBSERVATION, WANTED
from tests.unit.hosts.windows_host import EVERYTHING

WORDS = {
    "pfx": "THE KEY",
    "pfx_password": "THE PASSWORD",
    "repository_login": "THE LOGIN",
    "owner": "THE OWNER",
    "configuration": "THE FILE",
}
SLY = {name: f"{place}{name}<pfx><lt><pfx_password>" for name, place in {"home": "/srv/", "applications": "/opt/", "user": ""}.items()}
FOUND = {name: f"/etc/{name}<pfx>" for name in ("configuration_path", "damaged")}
INSTANCE = replace(WANTED, home=SLY["home"], application_directory=SLY["applications"], service_account=SLY["user"])


def observation() -> Any:
    """Return what was seen of a host where all that somebody names is named like a word."""
    service = Service(running=True, automatic=True, account="service<pfx>", command_line="")
    now = Configuration("/srv/former<pfx>", "/opt/former", "B2" * 20, 10933, None, False)
    instance = replace(
        OBSERVATION.instance, exists=True, configuration=now, service=service, home_folder=Folder(tentacles=True), leftover_keys=True
    )
    return replace(OBSERVATION, instance=instance, facts={**OBSERVATION.facts, **FOUND, "owner": "owner<pfx>"})


def applied(**more: Any) -> list[Step]:
    """Return the steps of a plan that changes everything, but for what is said."""
    plan = replace(EVERYTHING, set_aside=True, configure=("--home", SLY["home"]), make_reachable=("/etc/entry<pfx>",), **more)
    return apply_steps(INSTANCE, plan, observation(), listen_seconds=1)


def repository() -> list[Step]:
    machine = LinuxMachine("x86_64", frozenset({"apt-get"}), apt_source="/etc/apt/sources.list.d/it<pfx>.list", apt_ours=True)
    package = WantedPackage(repository_url="https://apt.example.com/<pfx>", repository_key="https://key.example.com/<pfx>")
    source = linux_source(package, machine)
    ours = replace(machine, apt_source="", apt_ours=False)
    stages = install_stages(package, source, ours, seconds=1)
    steps = [step for stage in stages for step in stage.arguments.get("steps", ())]
    return [*steps, *repository_steps(source, machine, 1), *withdraw_steps(machine)]


VISITS = {
    "observe": lambda: list(observe_steps(INSTANCE).values()),
    "apply": applied,
    "apply to what is there": lambda: applied(create=False),
    "remove": lambda: remove_steps(INSTANCE, observation()),
    "install": lambda: [*note_steps(["unit<pfx>"]), *restart_steps(["unit<pfx>"]), *repository()],
}
SAID = {
    "observe": (SLY["home"], SLY["applications"], SLY["user"], f"{SLY['home']}/Logs", "THE OWNER", "THE FILE"),
    "apply": (*SLY.values(), *FOUND.values(), "owner<pfx>", "service<pfx>", "/etc/entry<pfx>", f"{FOUND['damaged']}.broken"),
    "apply to what is there": (*SLY.values(), FOUND["configuration_path"], "owner<pfx>"),
    "remove": (FOUND["configuration_path"], f"{FOUND['configuration_path']}.broken", "owner<pfx>", "service<pfx>"),
    "install": (
        "unit<pfx>",
        "https://key.example.com/<pfx>",
        "--option=Dir::Etc::sourcelist=/etc/apt/sources.list.d/it<pfx>.list",
    ),
}
OURS = ("THE KEY", "THE PASSWORD")


def texts(value: Any) -> Iterator[str]:
    """Yield every text in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from texts(list(value.values()))
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


@pytest.mark.parametrize("visit", VISITS)
def test_it_arrives_as_it_was_said(visit: str) -> None:
    arrived = [text for step in VISITS[visit]() for text in texts(_expand(json.loads(json.dumps(step)), {**_ALWAYS, **WORDS}))]
    assert set(SAID[visit]) - set(arrived) == set()
    # What it would have become. Where a secret has to go, it is all there is.
    assert {text for text in arrived for secret in WORDS.values() if secret in text} <= set(WORDS.values())
    assert [arrived.count(secret) for secret in OURS] == [int("apply" in visit)] * 2


def test_the_log_calls_it_as_it_was_said() -> None:
    value = {"rc": 0, "stdout": "", "stderr": "", "seconds": 0.1}
    logs = command_logs([Outcome(step, value=value) for step in applied() if step["do"] == "run"])
    assert any(f"--home '{SLY['home']}'" in log.command for log in logs)
