"""Where each of several servers is polled, from an inventory to what Tentacle is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import Unreachable
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.permissions import Granted
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.snapshot import Snapshot

from tests.tools.checkout import ROOT
from tests.unit.work.test_host import FakeHost

from .stage import KEY, Octopus, Stage, build
from .test_tasks import refused

HOME, NORTH, ALIAS = "https://octopus.example.com", "https://north.octopus.app", "https://alias.example.com"
NORTHERN = {"url": NORTH, "api_key": "API-OFTHENORTH", "space": "Ops"}
NODES = ["https://node1.example.com:10943", "https://node2.example.com:10943"]
CLOUD = "https://polling.north.octopus.app:443"

Staged = Callable[..., Stage]


@pytest.fixture
def staged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, octopus: Octopus) -> Staged:
    """Build a stage of one machine that lives, with these variables, before two servers. It polls unless they say otherwise."""

    def stage(**variables: Any) -> Stage:
        made = build(tmp_path, monkeypatch, octopus, {"web01": {}}, **{"tentacle_communication_style": "polling"} | variables)
        made.add_server(NORTH, space="Ops", number=7)
        made.add_server(space="Second").snapshot = second_space(octopus.snapshot)
        made.hosts["web01"] = FakeHost()
        made.hosts["web01"].lives = True
        return made

    return stage


def second_space(snapshot: Snapshot) -> Snapshot:
    """Return what the same server holds in its second space."""
    return replace(snapshot, space_id="Spaces-2", space_name="Second")


def bring(stage: Stage, *, check: bool = False, **said: Any) -> dict[str, Any]:
    """Bring the machine to its state in a run of its own. `said`: more variables."""
    stage.next_run()
    return stage.task("tentacle", "web01", for_registration=True, check=check, task_vars=said)


def polled(stage: Stage) -> dict[str, list[str | None]]:
    """Return where the machine polls, by the servers' thumbprints."""
    found: dict[str, list[str | None]] = {}
    configuration = stage.hosts["web01"].now.instance.configuration
    for entry in configuration.trusted if configuration else ():
        if entry.polled:
            found.setdefault(entry.thumbprint, []).append(entry.address)
    return found


def entries(*, home: list[str] | None = None, north: list[str] | None = None) -> list[dict[str, Any]]:
    """Return two registrations, each with addresses of its own or without."""
    return [{} if home is None else {"server_addresses": home}, NORTHERN if north is None else {**NORTHERN, "server_addresses": north}]


def test_each_server_is_polled_where_its_entry_says(staged: Staged, octopus: Octopus) -> None:
    stage = staged(octopus_registrations=entries(home=NODES, north=["wss://north.example.com/a", "north.example.com:443"]))
    north = stage.elsewhere[NORTH, "Ops"].snapshot.thumbprint
    wanted = [*NODES, "wss://north.example.com:443/a", "https://north.example.com:443"]
    foreseen = bring(stage, check=True)
    assert next(change["after"] for change in foreseen["changes"] if change["path"] == "polled_addresses") == wanted
    assert polled(stage) == {}
    ids = bring(stage)["subscription_ids"]
    assert polled(stage) == {octopus.snapshot.thumbprint: NODES, north: wanted[2:]}
    for check in (True, False):
        assert bring(stage, check=check)["changed"] is False
    # One that is taken out changes the subscription of its own server alone.
    fewer: dict[str, Any] = {"octopus_registrations": entries(home=NODES[:1], north=["wss://north.example.com/a", "north.example.com:443"])}
    after = bring(stage, **fewer)["subscription_ids"]
    assert polled(stage) == {octopus.snapshot.thumbprint: NODES[:1], north: wanted[2:]}
    assert (after[north], after[octopus.snapshot.thumbprint] == ids[octopus.snapshot.thumbprint]) == (ids[north], False)
    # One that is added shares it, and what nobody says any more stays.
    assert bring(stage, octopus_registrations=entries(home=NODES))["subscription_ids"] == after
    assert polled(stage) == {octopus.snapshot.thumbprint: NODES, north: wanted[2:]}
    assert bring(stage, octopus_registrations=entries())["changed"] is False


def test_what_the_page_says_is_so(staged: Staged, octopus: Octopus) -> None:
    text = (ROOT / "docs/registrations.md").read_text(encoding="utf-8")
    said = next(block for block in re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL) if "server_addresses" in block)
    stage = staged(**yaml.safe_load(said), vault_north_api_key="API-OFTHENORTH")
    north = stage.add_server(NORTH, number=8).snapshot.thumbprint
    assert bring(stage)["subscription_ids"].keys() == {octopus.snapshot.thumbprint, north}
    assert polled(stage) == {octopus.snapshot.thumbprint: NODES, north: [CLOUD]}


@pytest.mark.parametrize("by_task", [False, True])
def test_the_addresses_of_the_instance_are_those_of_the_hosts_own_server(staged: Staged, octopus: Octopus, by_task: bool) -> None:
    stage = staged(octopus_registrations=entries(), **({} if by_task else {"tentacle_server_addresses": NODES}))
    by: dict[str, Any] = {"server_addresses": NODES} if by_task else {}
    stage.task("tentacle", "web01", for_registration=True, **by)
    north = stage.elsewhere[NORTH, "Ops"].snapshot.thumbprint
    assert polled(stage) == {octopus.snapshot.thumbprint: NODES, north: [CLOUD]}


def test_they_are_not_those_of_another_while_that_server_is_down(staged: Staged, octopus: Octopus) -> None:
    stage = staged(octopus_registrations=entries(), tentacle_server_addresses=NODES)
    octopus.refuses = Unreachable("It is down.", cause="refused")
    assert bring(stage)["warnings"]
    assert polled(stage) == {stage.elsewhere[NORTH, "Ops"].snapshot.thumbprint: [CLOUD]}


def test_where_there_is_one_server_alone_they_are_its(staged: Staged) -> None:
    stage = staged(octopus_registrations=[NORTHERN], tentacle_server_addresses=NODES)
    bring(stage)
    assert polled(stage) == {stage.elsewhere[NORTH, "Ops"].snapshot.thumbprint: NODES}


def test_a_task_that_registers_nothing_polls_each_too(staged: Staged, octopus: Octopus) -> None:
    stage = staged(octopus_registrations=entries(home=NODES))
    stage.task("tentacle", "web01")
    assert polled(stage)[octopus.snapshot.thumbprint] == NODES


def test_one_entry_speaks_for_all_of_its_server(staged: Staged, octopus: Octopus) -> None:
    stage = staged(octopus_registrations=[{}, {"space": "Second", "server_addresses": NODES}])
    bring(stage)
    assert polled(stage) == {octopus.snapshot.thumbprint: NODES}
    same = [{"server_addresses": NODES[::-1]}, {"space": "Second", "server_addresses": NODES}]
    assert bring(stage, octopus_registrations=same)["changed"] is False


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            {"octopus_registrations": [{"server_addresses": NODES}, {"space": "Second", "server_addresses": NODES[:1]}]},
            "'octopus_registrations[1].server_addresses' says other addresses than 'octopus_registrations[0].server_addresses' does, "
            "and both are about one server: leave one of them out.",
        ),
        (
            {"tentacle_server_addresses": ["x"], "octopus_registrations": [{}, {"space": "Second", "server_addresses": NODES}]},
            "'octopus_registrations[1].server_addresses' says other addresses than 'tentacle_server_addresses' does",
        ),
        (
            {"octopus_registrations": [{"server_addresses": ["http://x"]}]},
            "octopus_registrations[0]: 'server_addresses' must be addresses of Octopus Server",
        ),
        (
            {"octopus_registrations": [{"tentacle_server_addresses": NODES}]},
            "'octopus_registrations[0]' has no member 'tentacle_server_addresses'. Did you mean 'server_addresses'?",
        ),
        (
            {"tentacle_server_addresses": NODES, "octopus_registrations": [NORTHERN, {"url": ALIAS, "api_key": KEY, "space": "Second"}]},
            "'tentacle_server_addresses' is set, and none of the servers with which this machine is registered is that of 'octopus_url'",
        ),
    ],
)
def test_what_cannot_be_is_refused_and_foreseen(staged: Staged, said: dict[str, Any], words: str) -> None:
    stage = staged(**said)
    assert refused(bring(stage)).startswith(words)
    assert stage.hosts["web01"].done == []
    assert stage.task("preflight", "web01", strict=False)["hosts"]["web01"]["failure"].startswith(words)


def test_two_urls_of_one_server_may_not_differ_either(staged: Staged) -> None:
    alias = {"url": ALIAS, "api_key": KEY, "space": "Second", "server_addresses": NODES[:1]}
    stage = staged(octopus_registrations=[{"server_addresses": NODES}, alias])
    stage.add_server(ALIAS, space="Second").snapshot = replace(stage.elsewhere[HOME, "Second"].snapshot, url=ALIAS)
    assert refused(bring(stage)).startswith("'octopus_registrations[1].server_addresses' says other addresses than")


def test_what_has_no_effect_is_said_by_its_name(staged: Staged) -> None:
    stage = staged(tentacle_communication_style="listening", octopus_registrations=entries(north=NODES))
    assert bring(stage)["warnings"] == ["'octopus_registrations[1].server_addresses' has no effect on a listening Tentacle."]
    north = stage.elsewhere[NORTH, "Ops"]
    north.things["proxies"] = [{"Id": "Proxies-1", "Name": "DMZ"}]
    north.snapshot = replace(north.snapshot, granted=Granted(unknown=True))
    way = {**NORTHERN, "public_port": 443, "proxy": "dmz"}
    said: dict[str, Any] = {"tentacle_communication_style": "polling", "octopus_public_hostname": "x", "octopus_registrations": [{}, way]}
    told = bring(stage, **said)["warnings"]
    names = ["octopus_public_hostname", "octopus_registrations[1].public_port", "octopus_registrations[1].proxy"]
    assert told == [f"'{name}' has no effect on a polling Tentacle." for name in names]
