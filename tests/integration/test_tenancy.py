"""Tenants, their tags, and proxies of the server's: end to end, with a proxy that really forwards and one that refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab.proxy import ForwardingProxy

from .host_variables import assert_refused, play_with
from .playing import Field

SPACE = "/api/Spaces-1"
NAMED = ("tenants", "tagsets", "proxies")


@pytest.fixture
def proxies() -> Iterator[tuple[ForwardingProxy, ForwardingProxy]]:
    """Return a proxy that asks for a login and forwards, and one that refuses everybody."""
    with ForwardingProxy("octopus", "for the proxy") as good, ForwardingProxy(refuses=True) as bad:
        yield good, bad


def test_tenants_tags_and_proxies_reach_the_record_and_health_goes_through_the_proxy(
    lab: Field, proxies: tuple[ForwardingProxy, ForwardingProxy]
) -> None:
    good, bad = proxies
    lab.call("POST", f"{SPACE}/tagsets", {"Name": "Ring", "Type": "SingleSelect", "Tags": [{"Name": "Alpha"}, {"Name": "Beta"}]})
    tenants = [lab.call("POST", f"{SPACE}/tenants", {"Name": name})["Id"] for name in ("Contoso", "Fabrikam")]
    login = {"Username": good.username, "Password": {"HasValue": True, "NewValue": good.password}}
    known = {"Host": "127.0.0.1", "ProxyType": "HTTP"}
    proxy = lab.call("POST", f"{SPACE}/proxies", {**known, "Name": "DMZ", "Port": good.address.port, **login})
    lab.call("POST", f"{SPACE}/proxies", {**known, "Name": "Closed", "Port": bad.address.port})
    variables: dict[str, dict[str, Any]] = {
        "win01": {
            "octopus_tenants__one": ["contoso"],
            "octopus_tenants__two": ["Fabrikam"],
            "octopus_tenant_tags": ["ring/beta"],
            "octopus_proxy": "dmz",
        },
        "win02": {"octopus_proxy": "Closed"},
        "win03": {"octopus_proxy": "DMS", "octopus_tenants": ["Contoso"]},
    }
    foreseen = play_with(lab, variables, "--check", "--diff", "-l", "win01")
    assert foreseen.result("win01") == "created", foreseen.output
    assert '-    "tenanted_participation": "untenanted",' in foreseen.output, foreseen.output
    assert '+    "tenanted_participation": "tenanted",' in foreseen.output
    run = play_with(lab, variables)
    assert_refused(lab, run, "win03", "There is no machine proxy named 'DMS' in space 'Default'. Did you mean 'DMZ'?")
    record = lab.records()["win01"]
    assert (record["TenantIds"], record["TenantTags"], record["TenantedDeploymentParticipation"]) == (tenants, ["Ring/Beta"], "Tenanted")
    assert (record["Endpoint"]["ProxyId"], record["HealthStatus"]) == (proxy["Id"], "HasWarnings")
    assert good.forwarded == [record["Uri"].removeprefix("https://").rstrip("/")]
    assert run.result("win02") == "failed"
    assert f"Proxy destination 127.0.0.1 on port {bad.address.port} responded with a 403 code - Forbidden" in run.reason("win02")
    assert (lab.records()["win02"]["HealthStatus"], bool(bad.asked)) == ("Unavailable", True)
    lab.server.clear_requests()
    again = play_with(lab, variables, "-l", "win01")
    assert again.result("win01") == "unchanged", again.output
    asked = [request["path"].partition("?")[0].removeprefix(f"{SPACE}/") for request in lab.server.requests()]
    assert {request["method"] for request in lab.server.requests()} == {"GET"}
    assert [asked.count(path) for path in NAMED] == [1, 1, 1]
    assert play_with(lab, variables, "--check", "--diff", "-l", "win01").result("win01") == "unchanged"
    lab.server.clear_requests()
    without = lab.play("-l", "win01")
    assert without.result("win01") == "unchanged", without.output
    assert not [request for request in lab.server.requests() if any(path in request["path"] for path in NAMED)]
    assert lab.records()["win01"]["TenantIds"] == tenants
    lab.unregister()
    for path in NAMED:
        for thing in lab.call("GET", f"{SPACE}/{path}/all"):
            lab.call("DELETE", f"{SPACE}/{path}/{thing['Id']}")
