# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.

"""The one way out: an HTTP request, and its reply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Method = Literal["GET", "POST", "PUT", "DELETE"]


@dataclass(frozen=True)
class Response:
    """A reply. `headers` are looked up without regard to case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpPort(Protocol):
    """Sends requests to one server, with its credential."""

    def request(self, method: Method, path: str, *, params: Mapping[str, str] | None = None, json: Any = None) -> Response:
        """Send a request to a path that begins with `/api`, and return the reply whatever its status.

        Raises Unreachable when no reply to a GET came or nothing was sent, ReplyLost when a write was sent and no reply came,
        TlsFailed, RedirectRefused, and NotOctopus for a reply that is not HTTP.
        """
