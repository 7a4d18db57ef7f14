"""The proxies that Tentacle itself uses: set, kept, changed and foreseen; a password of theirs never comes from us."""

from __future__ import annotations

import base64
from typing import Any

from .host_variables import assert_refused, play_with
from .playing import Field

Variables = dict[str, dict[str, Any]]
CONFIGURATION = "C:\\Octopus\\Tentacle.config"
PROXIES = {"tentacle_proxy_host": "Proxy.example.com", "tentacle_proxy_port": 3128, "tentacle_proxy_user": "EXAMPLE\\bob"}


def settings(lab: Field, host: str) -> list[str]:
    """Return what the configuration of a host says of proxies."""
    text = base64.b64decode(lab.hosts.files(host)[CONFIGURATION]["content"]).decode("utf-8-sig")
    return [line.strip() for line in text.splitlines() if ".Proxy." in line]


def changed(run: Any, host: str) -> list[tuple[str, Any, Any]]:
    """Return the changes to proxies."""
    changes = [(change["path"], change["before"], change["after"]) for change in run.hosts[host]["changes"]]
    return [change for change in changes if "proxy" in change[0]]


def test_they_are_set_kept_and_changed_as_it_is_said(lab: Field) -> None:
    said: Variables = {"win01": {**PROXIES, "tentacle_polling_proxy": "none"}, "win02": {"tentacle_proxy_password": "S3cr3t of the proxy"}}
    run = play_with(lab, said, "-l", "win01,win02")
    assert_refused(lab, run, "win02", "'tentacle_proxy_password' cannot be set: Tentacle takes it from its command line alone")
    assert "S3cr3t of the proxy" not in run.output
    assert run.result("win01") == "created", run.output
    assert settings(lab, "win01") == [
        '<set key="Octopus.Proxy.ProxyHost">proxy.example.com</set>',
        '<set key="Octopus.Proxy.ProxyPort">3128</set>',
        '<set key="Octopus.Proxy.ProxyUsername">EXAMPLE\\bob</set>',
        '<set key="Octopus.Proxy.UseDefaultProxy">false</set>',
        '<set key="Octopus.Server.Proxy.ProxyHost" />',
        '<set key="Octopus.Server.Proxy.UseDefaultProxy">false</set>',
    ]
    visits = lab.hosts.host("win01")["visits"]
    assert play_with(lab, said, "-l", "win01").result("win01") == "unchanged"
    assert lab.hosts.host("win01")["visits"] == visits + 1
    assert play_with(lab, said, "--check", "-l", "win01").result("win01") == "unchanged"
    other: Variables = {"win01": {"tentacle_proxy": "system", "tentacle_polling_proxy_host": "10.0.0.9"}}
    expected = [
        ("proxy", "proxy.example.com:3128 as EXAMPLE\\bob", "system as EXAMPLE\\bob"),
        ("polling_proxy", "none", "10.0.0.9:80"),
    ]
    before = settings(lab, "win01")
    foreseen = play_with(lab, other, "--check", "-l", "win01")
    assert (changed(foreseen, "win01"), settings(lab, "win01")) == (expected, before)
    run = play_with(lab, other, "-l", "win01")
    assert (run.result("win01"), changed(run, "win01")) == ("updated", expected), run.output
    assert '<set key="Octopus.Server.Proxy.ProxyHost">10.0.0.9</set>' in settings(lab, "win01")
    assert lab.play("-l", "win01").result("win01") == "unchanged"  # what is not said stays
