"""Proxies of Tentacle's own, as options and as variables: what is wrong is told by the name that was used, before a host is touched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .stage import Octopus, build

PASSWORD = "S3cr3t of the proxy"


@pytest.mark.parametrize(
    ("said", "option", "words"),
    [
        ({"proxy": "none", "proxy_host": "p"}, "proxy_host", "has no meaning where 'tentacle_proxy' is 'none': leave it out."),
        (
            {"polling_proxy_port": 1},
            "polling_proxy_port",
            "has no meaning without 'tentacle_polling_proxy: custom' and its host: leave it out.",
        ),
        ({"proxy": "custom"}, "proxy_host", "is missing: name the host of the proxy."),
        ({"proxy": "on"}, "proxy", "must be 'custom' or 'system' or 'none', and is 'on'."),
        ({"proxy_host": "http://p:3128"}, "proxy_host", "must be a host name or an IP address, without a scheme, port or path"),
        ({"polling_proxy_port": "0", "polling_proxy_host": "p"}, "polling_proxy_port", "must be between 1 and 65535, and is 0."),
        ({"polling_proxy_password": PASSWORD}, "polling_proxy_password", "cannot be set: Tentacle takes it from its command line alone"),
    ],
)
@pytest.mark.parametrize("by_variable", [False, True])
def test_what_is_wrong_is_told_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: dict[str, Any], option: str, words: str, by_variable: bool
) -> None:
    variables = {f"tentacle_{name}": value for name, value in said.items()} if by_variable else {}
    stage = build(tmp_path, monkeypatch, Octopus(), {"web01": variables})
    told = stage.task("tentacle", "web01", **({} if by_variable else said))
    assert told["failed"]
    unsaid = option not in said  # what nobody said is known by its variable
    assert told["msg"].startswith(f"'{'tentacle_' if by_variable or unsaid else ''}{option}' {words}"), told["msg"]
    assert PASSWORD not in str(told)
    assert not [done for host in stage.hosts.values() for done in host.done]


def test_one_that_a_task_gives_the_instance_is_not_the_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = build(tmp_path, monkeypatch, Octopus(), {"web01": {}})
    told = stage.task("tentacle", "web01", for_registration=True, proxy="custom", proxy_host="p", check=True)
    assert ("failed" in told, [change["after"] for change in told["changes"] if change["path"] == "proxy"]) == (False, ["p:80"])


def test_what_does_not_go_together_is_foreseen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = build(
        tmp_path, monkeypatch, Octopus(), {"web01": {}, "web02": {"tentacle_polling_proxy": "none", "tentacle_polling_proxy_port": 1}}
    )
    found = stage.task("preflight", "web01", strict=False)["hosts"]
    assert (found["web01"]["failure"], found["web02"]["failure"]) == (
        None,
        "'tentacle_polling_proxy_port' has no meaning where 'tentacle_polling_proxy' is 'none': leave it out.",
    )
