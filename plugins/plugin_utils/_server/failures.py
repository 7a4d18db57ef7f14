# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.

"""Why no reply came, in plain words. Knows the exceptions of `requests` and what lies below them."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from .._core.errors import NotOctopus, OctopusError, ReplyLost, TlsFailed, Unreachable
from .._core.octopus.connection import Connection
from .port import Method

# What Python's and OpenSSL's words begin with differs by version; these parts of them have lasted.
_TLS_REMEDIES = (
    (("wrong version number", "record layer failure", "http request"), "what answers does not speak TLS. Is it the right port?"),
    (("hostname mismatch", "ip address mismatch"), "its certificate is for another host name. Use that name in octopus_url."),
    (("certificate has expired",), "its certificate has expired. It must be renewed on the server."),
    (("self-signed", "self signed"), "its certificate is self-signed and not known here. Name its file with octopus_ca_path."),
    (("unable to get",), "its certificate's authority is not known here. Name its file with octopus_ca_path."),
)  # fmt: skip


def explain(error: Exception, connection: Connection, method: Method, path: str) -> OctopusError:
    """Return the OctopusError for a request that brought no reply. None of requests' own words is repeated but those about TLS."""
    import requests
    import urllib3

    url, asked, causes = connection.url, f"{method} {path}", list(_causes(error))
    if isinstance(error, requests.exceptions.SSLError) or any(isinstance(cause, ssl.SSLError) for cause in causes):
        return TlsFailed(_tls(str(error), connection))
    if isinstance(error, requests.exceptions.ProxyError):
        return Unreachable(f"The proxy before {url} does not let {asked} through: check HTTPS_PROXY and NO_PROXY.", cause="proxy")
    if any(isinstance(cause, (socket.gaierror, urllib3.exceptions.NameResolutionError)) for cause in causes):
        return Unreachable(f"{url} cannot be reached: the host name '{urlsplit(url).hostname}' does not resolve ({asked}).", cause="dns")
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return Unreachable(f"{url} cannot be reached: the connection was refused, nothing listens there ({asked}).", cause="refused")
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return Unreachable(f"{url} cannot be reached: no connection within the time allowed ({asked}).", cause="timeout")
    if any(isinstance(cause, urllib3.exceptions.NewConnectionError) for cause in causes):
        return Unreachable(f"{url} cannot be reached: there is no way to it on the network ({asked}).", cause="network")
    if any(isinstance(cause, http.client.BadStatusLine) and not isinstance(cause, ConnectionError) for cause in causes):
        return NotOctopus(f"What answers at {url} is not Octopus Server: it does not speak HTTP ({asked}).")
    late = any(isinstance(cause, (requests.exceptions.Timeout, urllib3.exceptions.ReadTimeoutError, TimeoutError)) for cause in causes)
    why = f"none came within {connection.timeout:g} s" if late else "the connection broke"
    if method == "GET":
        return Unreachable(f"{url} gave no reply to {asked}: {why}.", cause="timeout" if late else "lost")
    return ReplyLost(f"{url} gave no reply to {asked}: {why}. The request may have been carried out.")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and all that it wraps: requests and urllib3 keep the cause in `args`, in `reason`, or as the context."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        each = waiting.pop()
        if isinstance(each, BaseException) and id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [*each.args, getattr(each, "reason", None), each.__cause__, each.__context__]


def _tls(text: str, connection: Connection) -> str:
    words = text.lower()
    remedy = next((remedy for signs, remedy in _TLS_REMEDIES if any(sign in words for sign in signs)), None)
    return f"No TLS connection to {connection.url}: {remedy or connection.scrub(text)[:300]}"
