"""Callers of the module's own `server`."""

from __future__ import annotations

import pytest

from tests.lab.octopus import OctopusServer
from tests.lab.octopus.control import ServerControl
from tests.unit.lab.octopus_client import Client


@pytest.fixture
def client(server: OctopusServer) -> Client:
    return Client(server)


@pytest.fixture
def control(server: OctopusServer) -> ServerControl:
    return ServerControl(server.control_url)
