# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.

"""Replies: JSON out of the good ones, errors in plain words out of the others (octopus-api.md 1.4, 5.1, 5.2)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from .._core.errors import (
    NotAuthenticated,
    NotFound,
    NotOctopus,
    OctopusError,
    PermissionDenied,
    RateLimited,
    Rejected,
    ReplyLost,
    ServerError,
    Unavailable,
)
from .._core.octopus.connection import Connection
from .._core.text import sentence, shown
from .port import Method, Response

_PERMISSION = re.compile(r"Missing permission: *\w+")
_NOT_JSON = object()
_LONGEST = 2000
_DEEPEST = 5


def read_reply(response: Response, method: Method, path: str, connection: Connection) -> Any:
    """Return the JSON of a good reply, None for an empty one. Raises the OctopusError that fits any other."""
    body = _json(response.body)
    if 200 <= response.status < 300 and body is not _NOT_JSON:
        return body
    raise _error(response.status, _Words.of(body, connection), method, path, connection)


@dataclass(frozen=True)
class _Words:
    """What an error body says; `genuine` when it is one of Octopus."""

    genuine: bool
    message: str = ""
    problems: tuple[str, ...] = ()
    help_text: str = ""

    @classmethod
    def of(cls, body: Any, connection: Connection) -> _Words:
        if not isinstance(body, dict):
            return cls(genuine=False)
        problems = [*_texts(body.get("Errors")), *_texts(body.get("Details"))]
        return cls(
            genuine=isinstance(body.get("ErrorMessage"), str),
            message=shown(connection.scrub(" ".join(_texts(body.get("ErrorMessage"))))),
            problems=tuple(shown(connection.scrub(problem)) for problem in problems),
            help_text=shown(connection.scrub(" ".join(_texts(body.get("HelpText"))))),
        )

    @property
    def told(self) -> str:
        """The words that tell most: the general sentence before a list of problems does not."""
        return sentence(" ".join(self.problems) or self.message or "the server gives no reason", _LONGEST)


def _error(status: int, words: _Words, method: Method, path: str, connection: Connection) -> OctopusError:
    server, asked = f"Octopus Server at {connection.url}", f"{method} {path}"
    # Old servers refuse a permission by 401 too (octopus-api.md 1.4).
    permission = _PERMISSION.search(words.message)
    if status == 403 or (status == 401 and permission):
        helped = f" {sentence(words.help_text)}" if words.help_text else ""
        return PermissionDenied(f"{server} refuses {asked}: {words.told}{helped}")
    if status == 401:
        credential = "API key" if connection.api_key else "access token"
        return NotAuthenticated(f"{server} does not accept the {credential}: {words.told}")
    if status == 429:
        return RateLimited(
            f"{server} still limits the rate of requests after several waits ({asked}): lower Ansible's forks, or try later."
        )
    if status in (502, 504) and method != "GET":
        return ReplyLost(f"A gateway before {server} got no reply to {asked} (HTTP {status}). The request may have been carried out.")
    if status in (502, 503, 504):
        return Unavailable(
            f"{server} is not available (HTTP {status}): it is starting, in maintenance, or out of its gateway's reach. Try again later."
        )
    if status >= 500:
        return ServerError(f"{server} failed at {asked} (HTTP {status}): {words.told}")
    if not words.genuine:
        return NotOctopus(f"What answers at {connection.url} is not Octopus Server: {asked} brought HTTP {status} and no reply of its API.")
    if status == 404:
        return NotFound(f"{server} has no {path}: {words.told}")
    return Rejected(f"{server} refuses {asked}: {words.told}")


def _json(body: bytes) -> Any:
    if not body.strip():
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return _NOT_JSON


def _texts(value: Any, depth: int = 0) -> list[str]:
    """Return the texts of a member whose shape is not documented."""
    if isinstance(value, str):
        return [value.strip()] if value.strip() else []
    if isinstance(value, dict):
        value = list(value.values())
    return [text for item in value for text in _texts(item, depth + 1)] if isinstance(value, list) and depth < _DEEPEST else []
