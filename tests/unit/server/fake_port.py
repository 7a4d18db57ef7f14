"""An HTTP port that knows which requests are to come, and refuses any other."""

from __future__ import annotations

import json as json_module
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.octopus.connection import Connection
from ansible_collections.octoboot.octopus.plugins.plugin_utils._server.client import Client
from ansible_collections.octoboot.octopus.plugins.plugin_utils._server.port import Method, Response

KEY = "API-SECRETSECRETSECRET"


@dataclass(frozen=True)
class Exchange:
    """A request that is expected, and what it brings: JSON with a status, bytes as they are, or an error."""

    request: str
    reply: Any = None
    status: int = 200
    sent: Any = None


class FakePort:
    """Use as a context manager: it fails when requests are left over."""

    def __init__(self, *exchanges: Exchange) -> None:
        self._exchanges = list(exchanges)

    def __enter__(self) -> FakePort:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is None:
            assert not self._exchanges, f"not requested: {[exchange.request for exchange in self._exchanges]}"

    def request(self, method: Method, path: str, *, params: Mapping[str, str] | None = None, json: Any = None) -> Response:
        """Answer the next request as expected."""
        asked = f"{method} {path}" + (f"?{urlencode(params, safe=',')}" if params else "")
        assert self._exchanges, f"one request too many: {asked}"
        expected = self._exchanges.pop(0)
        assert (asked, json) == (expected.request, expected.sent)
        if isinstance(expected.reply, Exception):
            raise expected.reply
        body = expected.reply if isinstance(expected.reply, bytes) else json_module.dumps(expected.reply).encode()
        return Response(expected.status, {}, body)


def page(*items: Any, total: int | None = None) -> dict[str, Any]:
    """Return the envelope of a list (octopus-api.md 3.1)."""
    return {"Items": list(items), "TotalResults": len(items) if total is None else total, "ItemsPerPage": 1000}


def connection(space: str | None = None) -> Connection:
    """Return a connection that leads nowhere."""
    return Connection.normalise("https://octopus.example.com", KEY, space=space)


def client_of(port: FakePort, *, space: str | None = "Spaces-1") -> Client:
    """Return a client before a port."""
    return Client(port, connection(space), space_id=space if space == "Spaces-1" else None)
