"""Proxies of Tentacle's on both kinds of host: read from its configuration, in the same visit where it is where it should be; set by it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import HostError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.observation import Observation
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.plan import InstancePlan
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.proxy import FRESH, PROXY_SETTINGS, Proxy
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.linux.apply import apply_steps as linux_apply
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.step import Step
from ansible_collections.octoboot.octopus.plugins.plugin_utils._hosts.windows.apply import apply_steps as windows_apply

from tests.unit.hosts import linux_host, windows_host
from tests.unit.hosts.test_odd_answers import SYSTEMS, NoJobs, answers_of

ELSEWHERE = {"linux": "/srv/octopus", "windows": "D:\\Octopus"}
SAID = {"polling_proxy": Proxy("none")}
STORED = {"there": True, "damage": None, "values": {"Octopus.Server.Proxy.UseDefaultProxy": "false", "Octopus.Server.Proxy.ProxyHost": "P"}}
FOUND = {"proxy": FRESH, "polling_proxy": Proxy("custom", "p", 80, "")}


def observed(
    system: str, said: Mapping[str, Proxy], *visits: Sequence[Any], installed: bool = True, home: str | None = None
) -> tuple[Observation, list[list[Step]]]:
    """Visit a host that answers the usual, and each time these answers besides; return what was seen, and the steps of each visit."""
    driver, wanted, *_rest = SYSTEMS[system]
    answers = [[*answers_of(system, installed=installed), *visits[0]], *map(list, visits[1:])]
    told, asked = iter(answers), []

    def visit(module: str, arguments: Any) -> dict[str, Any]:
        steps = arguments["steps"] if system == "linux" else json.loads(arguments["parameters"]["Steps"])
        asked.append(list(steps))
        found = next(told)
        return {"outcomes": found, "result": json.dumps(found)}

    host = driver(visit, NoJobs(), lambda local, remote: None)
    return host.observe(replace(wanted, home=home or wanted.home, proxies=said)), asked


def commands(steps: Sequence[Step]) -> list[list[str]]:
    """Return the commands of Tentacle's."""
    return [step["arguments"] for step in steps if step["do"] == "run" and "entacle" in step["file"]]


@pytest.mark.parametrize("system", SYSTEMS)
def test_nobody_looks_where_nothing_is_said(system: str) -> None:
    observation, asked = observed(system, {}, [])
    assert observation.instance.proxies == {}
    assert not [step for step in asked[0] if step["do"] == "settings"]


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_configuration_where_it_is_by_itself_is_read_in_the_same_visit(system: str) -> None:
    observation, asked = observed(system, SAID, [{"value": STORED}])
    assert (observation.instance.proxies, len(asked)) == (FOUND, 1)


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_configuration_elsewhere_costs_a_second_look(system: str) -> None:
    nothing: dict[str, Any] = {"value": {"there": False, "damage": None, "values": {}}}
    observation, asked = observed(system, SAID, [nothing], [{"value": STORED}], home=ELSEWHERE[system])
    path = observation.facts["configuration_path"]
    assert asked[1] == [{"do": "settings", "path": path, "keys": list(PROXY_SETTINGS), "optional": True}]
    assert observation.instance.proxies == FOUND


@pytest.mark.parametrize("system", SYSTEMS)
def test_where_no_instance_is_there_is_nothing_to_read(system: str) -> None:
    observation, asked = observed(system, SAID, [{"error": "refused"}], installed=False)
    assert (observation.instance.proxies, len(asked)) == ({}, 1)


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_configuration_that_nobody_can_read_is_told(system: str) -> None:
    with pytest.raises(HostError, match=r"How proxies are used cannot be read from the configuration .*: Permission denied"):
        observed(system, SAID, [{"error": "Permission denied"}])


def test_each_is_set_by_a_command_of_its_own_after_all_that_makes_the_instance() -> None:
    said = (("proxy", "--proxyEnable=True", "--proxyHost=p", "--proxyUsername=<pfx>"), ("polling-proxy", "--proxyEnable=False"))
    windows = windows_apply(
        windows_host.WANTED,
        replace(windows_host.EVERYTHING, proxies=said),
        windows_host.OBSERVATION,
        service_password=False,
        listen_seconds=1,
    )
    linux = linux_apply(linux_host.WANTED, replace(windows_host.EVERYTHING, proxies=said), linux_host.OBSERVATION, listen_seconds=1)
    for steps in (windows, linux):
        ran = [[command[0], *command[3:]] for command in commands(steps)]
        names = [command[0] for command in ran]
        at = names.index("proxy")
        assert names[at - 1 : at + 2] == ["configure", "proxy", "polling-proxy"]
        # What somebody called like a word of ours is no secret.
        assert ran[at][1:] == ["--proxyEnable=True", "--proxyHost=p", "--proxyUsername=<lt>pfx>"]
        assert ran[at + 1][1:] == ["--proxyEnable=False"]


def test_on_linux_the_configuration_is_kept_to_its_owner_whoever_wrote_it() -> None:
    plan = InstancePlan(proxies=(("proxy", "--proxyEnable=False"),), restart=True)
    steps = linux_apply(linux_host.WANTED, plan, linux_host.OBSERVATION, listen_seconds=1)
    (command,) = (step for step in steps if step["do"] == "run" and step["arguments"][0] == "proxy")
    assert command["user"] == linux_host.WANTED.service_account
    assert [step["do"] for step in steps[steps.index(command) + 1 :]][:2] == ["own", "own"]
