"""Steer a server that runs, in this process or another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import requests


class ServerControl:
    """The client of the control API. Every method raises requests.HTTPError when the server refuses the wish.

    `method` and `path` (a part of it) say which requests a fault is meant for; empty ones mean any. Of those, `after`
    pass unharmed and `count` suffer.
    """

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False

    def requests(self) -> list[dict[str, Any]]:
        """Return the requests answered so far: method, path (with its query), status (None: the reply was dropped)."""
        found: list[dict[str, Any]] = self._call("GET", "requests")
        return found

    def clear_requests(self) -> None:
        """Forget the requests answered so far."""
        self._call("DELETE", "requests")

    def machines(self) -> list[dict[str, Any]]:
        """Return all deployment targets of all spaces, in the order of their creation."""
        found: list[dict[str, Any]] = self._call("GET", "machines")
        return found

    def add_machine(
        self,
        name: str,
        thumbprint: str,
        uri: str,
        *,
        environments: Sequence[str] = ("Development",),
        roles: Sequence[str] = ("seeded",),
        space: str = "Spaces-1",
    ) -> dict[str, Any]:
        """Make a deployment target, unchecked; environments and space by id or name. Return it. It polls when its uri is a subscription."""
        body = {"name": name, "thumbprint": thumbprint, "uri": uri, "space": space}
        machine: dict[str, Any] = self._call("POST", "machines", {**body, "environments": list(environments), "roles": list(roles)})
        return machine

    def add_key(
        self,
        *,
        permissions: Sequence[str] | None = None,
        spaces: Sequence[str] | None = None,
        environments: Sequence[str] | None = None,
        everywhere: Sequence[str] = (),
        expired: bool = False,
    ) -> str:
        """Make a user with these permissions (None: all) in these spaces and environments (ids or names). Return the API key.

        `everywhere` are permissions that the user has in all environments.
        """
        body = {"permissions": permissions, "spaces": spaces, "environments": environments, "expired": expired}
        body["everywhere"] = list(everywhere)
        key: str = self._call("POST", "keys", body)["api_key"]
        return key

    def set_resolver(self, addresses: Mapping[str, str]) -> None:
        """Say where host names lead, in the place of all said before."""
        self._call("PUT", "resolver", dict(addresses))

    def polling(self) -> list[dict[str, Any]]:
        """Return the connections of polling Tentacles: the number of the node, subscription, thumbprint."""
        found: list[dict[str, Any]] = self._call("GET", "polling")
        return found

    def close_polling(self, node: int = 1) -> None:
        """Close the polling port of a node, and all connections to it, until `clear_faults`."""
        self.fault("polling_down", node=node)

    def change_polling_certificate(self, node: int = 1) -> None:
        """Let the polling port of a node present the certificate of another server, until `clear_faults`."""
        self.fault("polling_certificate", node=node)

    def drop_reply(self, method: str = "", path: str = "", *, count: int = 1, after: int = 0) -> None:
        """Carry out requests, but close the connection without a reply."""
        self.fault("drop_reply", method=method, path=path, count=count, after=after)

    def refuse(self, code: int, method: str = "", path: str = "", *, count: int = 1, after: int = 0, retry_after: str = "") -> None:
        """Answer requests with a status, without carrying them out."""
        self.fault("status", code=code, method=method, path=path, count=count, after=after, retry_after=retry_after)

    def answer(self, body: object, method: str = "", path: str = "", *, count: int = 1, after: int = 0, code: int = 200) -> None:
        """Answer requests with JSON of the test's own, without carrying them out."""
        self.fault("status", code=code, body=body, method=method, path=path, count=count, after=after)

    def slow(self, seconds: float, method: str = "", path: str = "", *, count: int = 1) -> None:
        """Wait before requests are carried out."""
        self.fault("slow", seconds=seconds, method=method, path=path, count=count)

    def delete_machine(self, machine: str = "", *, on_method: str, on_path: str = "") -> None:
        """Delete a machine (id or name; empty: the one that the path names) just before such a request is carried out."""
        self.fault("delete_machine", machine=machine, method=on_method, path=on_path)

    def edit_machine(self, machine: str, members: Mapping[str, object], *, on_method: str, on_path: str = "") -> None:
        """Change members of a machine (id or name) by hand, just before such a request is carried out."""
        self.fault("edit_machine", machine=machine, body=dict(members), method=on_method, path=on_path)

    def expire_key(self, method: str = "", path: str = "", *, after: int = 0) -> None:
        """Let the key of such a request expire before it is carried out."""
        self.fault("expire_key", method=method, path=path, after=after)

    def set_health(self, machine: str, status: str, message: str = "") -> None:
        """Say what health checks find at the machine of that name, without connecting to it."""
        self.fault("health", machine=machine, status=status, message=message)

    def set_task_cap(self, value: int) -> None:
        """Say how many tasks run at once."""
        self.fault("task_cap", value=value)

    def switch(self, **settings: object) -> None:
        """Change settings of the server (`settings.Settings`)."""
        self.fault("switches", **settings)

    def clear_faults(self) -> None:
        """Take back all faults and all changes of settings."""
        self._call("DELETE", "faults")

    def fault(self, name: str, **options: object) -> None:
        """Add a fault of any name (`faults`), or change what `State.add_fault` names."""
        self._call("POST", "faults", {"name": name, **options})

    def _call(self, method: str, path: str, body: object = None) -> Any:
        reply = self._session.request(method, f"{self._url}/{path}", json=body, timeout=30)
        if not reply.ok:
            raise requests.HTTPError(f"{method} /{path}: {reply.status_code} {reply.text}", response=reply)
        return reply.json()
