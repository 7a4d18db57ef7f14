"""What a search asks of a server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.connection import Connection
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.resources import TARGET
from ansible_collections.octoboot.octopus.plugins.plugin_utils._server.tasks import OctopusServer as Client
from ansible_collections.octoboot.octopus.plugins.plugin_utils._server.transport import RequestsTransport
from ansible_collections.octoboot.octopus.plugins.plugin_utils._work.search import search

from tests.lab.octopus import OctopusServer
from tests.lab.octopus.control import ServerControl

A = "AB" * 20


@pytest.fixture
def server() -> Iterator[OctopusServer]:
    with OctopusServer() as running:
        yield running


def test_a_server_is_asked_for_what_is_meant_and_no_more(server: OctopusServer) -> None:
    control = ServerControl(server.control_url)
    for name, environment in (("web01", "Staging"), ("web02", "Production")):
        control.add_machine(name, A, "https://192.0.2.1:10933/", environments=[environment])
    connection = Connection.normalise(server.url, server.api_key, space="Spaces-1")
    control.clear_requests()
    client = Client(RequestsTransport(connection), connection)
    said = {"environments": ["staging"], "disabled": False, "health": ["Unknown"], "thumbprints": [A]}
    assert [each["name"] for each in search(TARGET, said, client)] == ["web01"]
    (asked,) = (each["path"] for each in control.requests() if "/machines?" in each["path"])
    for parameter in ("environmentIds=Environments-", "isDisabled=false", "healthStatuses=Unknown", f"thumbprint={A}"):
        assert parameter in asked
