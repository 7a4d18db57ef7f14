"""The proxies that Tentacle itself uses: said, read from its configuration, compared, and set by its own commands."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.change import Change
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import HostError, InputError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.complete import complete
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.evidence import Stored, stored_proxies
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.instance import (
    Defaults,
    ObservedInstance,
    WantedInstance,
)
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.plan import InstancePlan
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.proxy import (
    FRESH,
    Proxy,
    proxy_changes,
    proxy_commands,
    read_proxies,
    said_proxies,
    settle_proxies,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.checkout import ROOT
from tests.unit.core.instances import SETTLED, WANTED, plan

CUSTOM = Proxy("custom", "proxy.example.com", 3128, "bob")
ON, AT_HOST, SHOWN = "--proxyEnable=True", "--proxyHost=proxy.example.com", "proxy.example.com:3128 as bob"
PREFIXES = {"proxy": "Octopus.Proxy.", "polling-proxy": "Octopus.Server.Proxy."}


def carried_out(command: tuple[str, ...], settings: dict[str, str]) -> dict[str, str]:
    """Return the settings after a command of Tentacle's (tentacle.md 1.10)."""
    after, enabled, host = dict(settings), False, ""
    prefix = PREFIXES[command[0]]
    for option in command[1:]:
        name, _, value = option.partition("=")
        if name == "--proxyEnable":
            enabled = value == "True"
        elif name == "--proxyHost":
            host = str(urlsplit(f"http://{value}").netloc)
        else:
            after[prefix + {"--proxyPort": "ProxyPort", "--proxyUsername": "ProxyUsername"}[name]] = value
    after[f"{prefix}ProxyHost"] = host if enabled else ""
    after[f"{prefix}UseDefaultProxy"] = str(enabled and not host).lower()
    return after


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, {}),
        ({"proxy": "none"}, {"proxy": Proxy("none")}),
        ({"polling_proxy": "system", "polling_proxy_user": "bob"}, {"polling_proxy": Proxy("system", user="bob")}),
        ({"proxy_host": "p", "proxy_port": 1, "proxy_user": ""}, {"proxy": Proxy("custom", "p", 1, "")}),
        ({"proxy": "custom", "proxy_port": 1}, {"proxy": Proxy("custom", None, 1)}),
    ],
)
def test_what_is_said(options: dict[str, Any], said: dict[str, Proxy]) -> None:
    assert said_proxies(options) == said


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"proxy": "none", "proxy_host": "p"}, "proxy_host"),
        ({"proxy": "system", "proxy_port": 80}, "proxy_port"),
        ({"polling_proxy": "none", "polling_proxy_user": ""}, "polling_proxy_user"),
        ({"polling_proxy_port": 80}, "polling_proxy_port"),
        ({"proxy_user": "bob"}, "proxy_user"),
    ],
)
def test_what_does_not_go_together_is_refused(options: dict[str, Any], option: str) -> None:
    with pytest.raises(InputError, match="has no meaning") as raised:
        said_proxies(options)
    assert raised.value.option == option


def test_what_is_not_said_stays_as_it_is() -> None:
    found = {"proxy": CUSTOM}
    assert settle_proxies({"proxy": Proxy("custom", "other")}, found) == {"proxy": replace(CUSTOM, host="other")}
    assert settle_proxies({"proxy": Proxy("custom")}, found) == found
    assert settle_proxies({"proxy": Proxy("none")}, found) == {"proxy": Proxy("none", None, 3128, "bob")}
    assert settle_proxies({"proxy": Proxy("custom", "p", user="")}, found) == {"proxy": Proxy("custom", "p", 3128, "")}
    assert settle_proxies({"polling_proxy": Proxy("system")}, found) == {"polling_proxy": FRESH}
    assert settle_proxies({}, found) == {}


def test_a_proxy_of_which_nobody_knows_the_host_is_refused_once_the_host_was_seen() -> None:
    wanted, defaults = WantedInstance("Tentacle", proxies={"polling_proxy": Proxy("custom")}), Defaults("C:\\Octopus", "C:\\Applications")
    assert complete(wanted, None, defaults).proxies == wanted.proxies
    for observed in (ObservedInstance(), replace(SETTLED, proxies={"polling_proxy": Proxy("none", None, 80, "")})):
        with pytest.raises(InputError, match="is missing: name the host of the proxy") as raised:
            complete(wanted, observed, defaults)
        assert raised.value.option == "polling_proxy_host"


def test_a_new_instance_uses_the_systems_and_needs_no_word_of_it() -> None:
    assert proxy_changes({"proxy": FRESH}, {}) == []
    assert proxy_commands({"proxy": FRESH}, {}) == []
    assert read_proxies({}) == {"proxy": FRESH, "polling_proxy": FRESH}


@pytest.mark.parametrize(
    ("wanted", "now", "command", "before", "after"),
    [
        (CUSTOM, FRESH, (ON, AT_HOST, "--proxyPort=3128", "--proxyUsername=bob"), "system", SHOWN),
        (replace(CUSTOM, host="::1"), CUSTOM, (ON, "--proxyHost=[::1]"), SHOWN, "[::1]:3128 as bob"),
        (replace(CUSTOM, user=""), CUSTOM, (ON, AT_HOST, "--proxyUsername="), SHOWN, "proxy.example.com:3128"),
        (Proxy("none", None, 3128, "bob"), CUSTOM, ("--proxyEnable=False",), SHOWN, "none"),
        (Proxy("system", None, 80, "bob"), FRESH, (ON, "--proxyUsername=bob"), "system", "system as bob"),
    ],
)
def test_one_command_makes_it_so(wanted: Proxy, now: Proxy, command: tuple[str, ...], before: str, after: str) -> None:
    for option, name in (("proxy", "proxy"), ("polling_proxy", "polling-proxy")):
        assert proxy_commands({option: wanted}, {option: now}) == [(name, *command)]
        assert proxy_changes({option: wanted}, {option: now}) == [Change(option, before, after)]
        assert proxy_commands({option: wanted}, {option: wanted}) == []


def test_the_plan_of_an_instance_sets_them_and_restarts() -> None:
    wanted = replace(WANTED, proxies={"proxy": CUSTOM})
    planned = plan(wanted, replace(SETTLED, proxies={"proxy": FRESH, "polling_proxy": CUSTOM}))
    assert [change.path for change in planned.changes] == ["proxy"]
    assert planned.restart
    assert planned == InstancePlan(changes=planned.changes, proxies=planned.proxies, restart=True)
    assert plan(wanted, replace(SETTLED, proxies={"proxy": CUSTOM})) == InstancePlan()
    assert plan(WANTED, replace(SETTLED, proxies={"proxy": CUSTOM})) == InstancePlan()


def test_an_instance_that_is_made_anew_has_lost_them() -> None:
    wanted = replace(WANTED, proxies={"proxy": CUSTOM})
    planned = plan(wanted, replace(SETTLED, broken="no XML", proxies={"proxy": CUSTOM}))
    assert planned.create
    assert [command[0] for command in planned.proxies] == ["proxy"]
    assert "--proxyPort=3128" in planned.proxies[0]


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        (Stored("/c", there=True, damage="it is not XML."), "it is not XML."),
        (Stored("/c", error="Permission denied"), "Permission denied."),
        (Stored("/c", there=True, values={"Octopus.Proxy.ProxyPort": "many"}), "its 'Octopus.Proxy.ProxyPort' is no number."),
        (
            Stored("/c", there=True, values={"Octopus.Server.Proxy.UseDefaultProxy": "1"}),
            "its 'Octopus.Server.Proxy.UseDefaultProxy' is no",
        ),
    ],
)
def test_what_cannot_be_read_is_told_and_nothing_is_done(stored: Stored, words: str) -> None:
    with pytest.raises(HostError) as raised:
        stored_proxies(stored)
    told = str(raised.value)
    assert told.startswith(f"How proxies are used cannot be read from the configuration /c: {words}")
    assert told.endswith(" Nothing was changed.")


def test_the_recorded_settings_of_a_real_tentacle_are_read() -> None:
    found = {}
    for line in (ROOT / "tests/real/tentacle-linux.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if record["argv"][:1] not in (["proxy"], ["polling-proxy"]):
            continue
        text = record["files"]["/etc/octopus/web/tentacle-web.config"]["text"]
        settings = {row.partition('"')[0]: row.partition(">")[2].partition("<")[0] for row in text.split('<set key="')[1:]}
        found[" ".join([record["argv"][0], *record["argv"][3:]])] = tuple(map(str, read_proxies(settings).values()))
    assert found == {
        "proxy --proxyEnable=True --proxyHost=http://proxy.example:3128 --proxyPort=3128 --proxyUsername=u ser --proxyPassword=s3cr et": (
            "proxy.example:3128 as u ser",
            "system",
        ),
        "proxy --proxyEnable=True": ("system as u ser", "system"),
        "proxy": ("none", "system"),
        "proxy --proxyPort=1 --proxyHost=p": ("none", "system"),
        "polling-proxy --proxyEnable=True --proxyHost=pp": ("none", "pp:80"),
        "polling-proxy --proxyEnable=False": ("none", "none"),
    }


modes = st.sampled_from(["custom", "system", "none"])
hosts = st.sampled_from(["proxy.example.com", "10.0.0.1", "::1"])
ports = st.sampled_from([80, 3128])
users = st.sampled_from(["", "bob", "EXAMPLE\\bob"])
found_proxies = st.builds(Proxy, modes, hosts, ports, users).map(lambda it: it if it.mode == "custom" else replace(it, host=None))
said = st.fixed_dictionaries(
    {}, optional={"proxy": modes, "proxy_host": hosts, "proxy_port": ports, "proxy_user": users, "polling_proxy": modes}
)


def stored(proxy: Proxy, prefix: str) -> dict[str, str]:
    """Return a proxy as Tentacle keeps it."""
    host = f"[{proxy.host}]" if proxy.host and ":" in proxy.host else proxy.host or ""
    values = {
        "UseDefaultProxy": str(proxy.mode == "system").lower(),
        "ProxyHost": host,
        "ProxyPort": str(proxy.port),
        "ProxyUsername": proxy.user or "",
    }
    return {prefix + member: value for member, value in values.items()}  # fmt: skip


@given(said, found_proxies, found_proxies)
def test_whatever_is_said_and_found_the_commands_make_it_so_and_touch_nothing_else(
    options: dict[str, Any], proxy: Proxy, polling_proxy: Proxy
) -> None:
    before = {**stored(proxy, "Octopus.Proxy."), **stored(polling_proxy, "Octopus.Server.Proxy.")}
    now = read_proxies(before)
    assert now == {"proxy": proxy, "polling_proxy": polling_proxy}
    try:
        wanted = settle_proxies(said_proxies(options), now)
    except InputError:
        return
    after = before
    for command in proxy_commands(wanted, now):
        after = carried_out(command, after)
    assert read_proxies(after) == {**now, **wanted}
    assert proxy_commands(wanted, read_proxies(after)) == []
    assert bool(proxy_changes(wanted, now)) == bool(proxy_commands(wanted, now))
