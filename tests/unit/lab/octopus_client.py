"""A caller of the Octopus Server emulator, for its tests."""

from __future__ import annotations

from typing import Any

import requests

from tests.lab.octopus import OctopusServer


class Client:
    """Calls one server, and hands back status and body."""

    def __init__(self, server: OctopusServer, key: str | None = None) -> None:
        self.url = server.url
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["X-Octopus-ApiKey"] = server.api_key if key is None else key

    def call(self, method: str, path: str, body: object = None, **options: Any) -> requests.Response:
        return self.session.request(method, self.url + path, json=body, timeout=10, **options)

    def get(self, path: str, **options: Any) -> Any:
        reply = self.call("GET", path, **options)
        assert reply.status_code == 200, reply.text
        return reply.json()
