"""From an address to a handler.

Literals of a path are found whatever their case, ids are not (octopus-api.md 1.5). What belongs to a space is reached in three
ways (2.1): `/api/Spaces-1/…`, `/api/spaces/<id or slug>/…` and, in the default space, `/api/…`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from tests.lab.octopus import errors, texts
from tests.lab.octopus.query import Query
from tests.lab.octopus.state import State
from tests.lab.octopus.store import Document
from tests.lab.octopus.users import User


class Scope(Enum):
    """What a route belongs to."""

    SYSTEM = "the server: never below a space"
    SPACE = "a space: the named one or the default"
    MIXED = "both: a space is not needed"


@dataclass(frozen=True)
class Reply:
    """What a handler answers. A body of None is an empty one."""

    body: Any = None
    status: int = 200
    media_type: str = "application/json; charset=utf-8"

    def content(self) -> bytes:
        """Return the bytes of the body."""
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        return self.body.encode() if isinstance(self.body, str) and "json" not in self.media_type else json.dumps(self.body).encode()


@dataclass
class Call:
    """One request, as handlers see it: who asks what of which space."""

    state: State
    method: str
    path: str
    query: Query
    body: bytes = field(repr=False)
    user: User | None
    space: Document | None
    parameters: dict[str, str]

    @property
    def caller(self) -> User:
        """Return the caller. Raises ApiError 401 for nobody."""
        if self.user is None:
            raise errors.unauthenticated()
        return self.user

    @property
    def space_id(self) -> str | None:
        """Return the id of the space, None for a call to the server itself."""
        return self.space["Id"] if self.space else None

    def json(self) -> dict[str, Any]:
        """Return the body as an object, whatever its declared type (octopus-api.md 1.5). Raises ApiError 400."""
        if not self.body.strip():
            raise errors.ApiError(400, texts.NO_BODY)
        try:
            value = json.loads(self.body)
        except ValueError:
            raise errors.invalid(texts.NOT_JSON) from None
        if not isinstance(value, dict):
            raise errors.invalid(texts.NOT_JSON)
        return value

    def allows(self, permission: str, environment_ids: Iterable[str] | None = None) -> bool:
        """Say whether the caller may do this here; no permission named: anyone may."""
        return not permission or self.caller.allows(permission, self.space_id, environment_ids)

    def require(self, permission: str, environment_ids: Iterable[str] | None = None) -> None:
        """Refuse a caller who may not do this here. Raises ApiError 403."""
        if not self.allows(permission, environment_ids):
            raise errors.forbidden(permission)


Handler = Callable[[Call], Reply]


@dataclass(frozen=True)
class Route:
    """A verb and a path below `/api`; `{name}` takes any one segment. A blocking handler runs in a thread, without the lock."""

    method: str
    path: str
    handler: Handler
    scope: Scope = Scope.SPACE
    anonymous: bool = False
    blocking: bool = False

    @property
    def segments(self) -> tuple[str, ...]:
        """Return the parts of the path, literals in lower case."""
        return tuple(part if part.startswith("{") else part.lower() for part in self.path.split("/") if part)

    def match(self, segments: tuple[str, ...]) -> dict[str, str] | None:
        """Return the parameters when the path fits, None otherwise."""
        parameters = {}
        for pattern, segment in zip(self.segments, segments, strict=True):
            if pattern.startswith("{"):
                parameters[pattern.strip("{}")] = segment
            elif pattern != segment.lower():
                return None
        return parameters


@dataclass(frozen=True)
class Address:
    """A path taken apart: the space it names, and the segments after it."""

    space: str | None
    segments: tuple[str, ...]


def parse_address(path: str) -> Address | None:
    """Take apart a path, already percent-decoded; None when it is not below `/api`."""
    segments = tuple(part for part in path.split("/") if part)
    if not segments or segments[0].lower() != "api":
        return None
    segments = segments[1:]
    if segments and re.fullmatch(r"Spaces-\d+", segments[0]):
        return Address(segments[0], segments[1:])
    if len(segments) > 2 and segments[0].lower() == "spaces":
        return Address(segments[1], segments[2:])
    return Address(None, segments)


class Router:
    """All routes, found by their length; of several that fit, the most literal wins."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._by_length: dict[int, list[Route]] = {}
        for route in sorted(routes, key=lambda route: sum(part.startswith("{") for part in route.segments)):
            self._by_length.setdefault(len(route.segments), []).append(route)

    def find(self, method: str, path: str) -> tuple[Route, Address, dict[str, str]]:
        """Return the route for a request. Raises ApiError 404, or 405 for a verb that the path does not take."""
        address = parse_address(path)
        verb_is_wrong = False
        for route in self._by_length.get(len(address.segments), []) if address else []:
            if address is None or (address.space is not None and route.scope is Scope.SYSTEM):
                continue
            parameters = route.match(address.segments)
            if parameters is None:
                continue
            if route.method == method:
                return route, address, parameters
            verb_is_wrong = True
        if verb_is_wrong:
            raise errors.ApiError(405, texts.WRONG_VERB.format(method=method))
        raise errors.not_found()
