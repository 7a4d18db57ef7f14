"""Bad luck on demand: what a test tells the server to do wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

RequestFaultName = Literal["drop_reply", "status", "slow", "delete_machine", "edit_machine", "expire_key"]
REQUEST_FAULTS: tuple[str, ...] = get_args(RequestFaultName)
POLLING_FAULTS = ("polling_down", "polling_certificate")


@dataclass
class RequestFault:
    """A fault of the next `count` requests whose method and path match, once `after` of them have passed unharmed.

    - `drop_reply`: the request is carried out, and the connection closed without a reply.
    - `status`: the request is not carried out; the reply is `code`, with `retry_after` as its Retry-After header and `body` as its JSON
      (None: an error with `message`).
    - `slow`: the request waits `seconds` before it is carried out.
    - `delete_machine`: `machine` (id or name; default: the one that the path names) vanishes before the request is carried out.
    - `edit_machine`: somebody changes `body`, members of `machine`, before the request is carried out.
    - `expire_key`: the key of the request expires before the request is carried out.

    `method` and `path` also go by the names `on_method` and `on_path`; `path` is a part of the path without its query.
    """

    name: RequestFaultName
    method: str = ""
    path: str = ""
    count: int = 1
    after: int = 0
    code: int = 500
    retry_after: str | int = ""
    message: str = ""
    body: Any = None
    seconds: float = 0.0
    machine: str = ""

    def matches(self, method: str, path: str) -> bool:
        """Say whether the fault is meant for this request."""
        return self.method.upper() in ("", method) and self.path.lower() in path.lower()

    def strike(self) -> bool:
        """Count a request that matches; say whether it is one that suffers."""
        if self.after > 0:
            self.after -= 1
            return False
        self.count -= 1
        return True


@dataclass(frozen=True)
class HealthOverride:
    """What the health check of one machine finds, whatever its Tentacle says."""

    status: str
    message: str = ""


@dataclass
class Faults:
    """All faults that wait for their turn."""

    of_requests: list[RequestFault] = field(default_factory=list)
    health: dict[str, HealthOverride] = field(default_factory=dict)

    def add(self, options: Mapping[str, Any]) -> None:
        """Add a fault as the control API receives it. Raises ValueError or TypeError when it makes no sense."""
        name = options.get("name")
        if name == "health":
            self.health[options["machine"].casefold()] = HealthOverride(options["status"], options.get("message", ""))
        elif name in REQUEST_FAULTS:
            self.of_requests.append(RequestFault(**{key.removeprefix("on_"): value for key, value in options.items()}))
        else:
            known = (*REQUEST_FAULTS, *POLLING_FAULTS, "health", "task_cap", "switches")
            raise ValueError(f"Unknown fault {name!r}; there are {', '.join(known)}.")

    def for_request(self, method: str, path: str) -> list[RequestFault]:
        """Return the faults that this request suffers, and count them."""
        struck = [fault for fault in self.of_requests if fault.matches(method, path) and fault.strike()]
        self.of_requests = [fault for fault in self.of_requests if fault.count > 0]
        return struck

    def clear(self) -> None:
        """Forget all faults."""
        self.of_requests.clear()
        self.health.clear()
