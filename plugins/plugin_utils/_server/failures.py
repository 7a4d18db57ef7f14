# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.

"""Why no reply came, in plain words. Knows the exceptions of `requests` and what lies below them."""

from __future__ import annotations

import http.client
import os
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from .._core.errors import InvalidConnection, NotOctopus, OctopusError, ReplyLost, TlsFailed, Unreachable
from .._core.octopus.connection import Connection
from .._core.text import shown
from .port import Method

# What Python's and OpenSSL's words begin with differs by version; these parts of them have lasted.
_TLS_REMEDIES = (
    (("wrong version number", "record layer failure", "http request"), "what answers does not speak TLS. Is it the right port?"),
    (("hostname mismatch", "ip address mismatch"), "its certificate is for another host name. Use that name in 'octopus_url'."),
    (("certificate has expired",), "its certificate has expired. It must be renewed on the server."),
    (("self-signed", "self signed"), "its certificate is self-signed and not known here. Name its file with octopus_ca_path."),
    (("unable to get",), "its certificate's authority is not known here. Name its file with octopus_ca_path."),
    (("no certificate or crl", "no start line", "bad base64"), "the file that names the authorities to trust holds no certificate."),
)  # fmt: skip
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_PROXIES = "HTTPS_PROXY, HTTP_PROXY, ALL_PROXY"


def explain(error: Exception, connection: Connection, method: Method, path: str) -> OctopusError:
    """Return the OctopusError for a request that brought no reply. None of requests' own words is repeated but those about TLS."""
    import requests
    import urllib3

    url, asked, causes = connection.url, f"{method} {path}", list(_causes(error))
    if unsent := _never_sent(error, url):
        return unsent
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
        return Unreachable(f"{url} cannot be reached: there is no network route to it ({asked}).", cause="network")
    if any(isinstance(cause, http.client.BadStatusLine) and not isinstance(cause, ConnectionError) for cause in causes):
        return NotOctopus(f"What answers at {url} is not Octopus Server: it does not speak HTTP ({asked}).")
    late = any(isinstance(cause, (requests.exceptions.Timeout, urllib3.exceptions.ReadTimeoutError, TimeoutError)) for cause in causes)
    return no_reply(connection, method, path, late=late)


def no_reply(connection: Connection, method: Method, path: str, *, late: bool) -> Unreachable:
    """Return the error for a request that was sent. `late`: the time for its reply is over."""
    why = f"none came within {connection.timeout:g} s" if late else "the connection broke"
    if method == "GET":
        return Unreachable(f"{connection.url} gave no reply to {method} {path}: {why}.", cause="timeout" if late else "lost")
    return ReplyLost(f"{connection.url} gave no reply to {method} {path}: {why}. The request may have been carried out.")


def _never_sent(error: Exception, url: str) -> OctopusError | None:
    """Return the error for settings of the controller's environment with which no request can be made."""
    import requests

    named = next((name for name in _BUNDLES if os.environ.get(name)), None)
    if "TLS CA certificate bundle" in str(error):
        return InvalidConnection(
            f"{named or 'The package certifi'} names a file of certificates that does not exist on the controller, so {url} was not asked: "
            "correct or unset it, or name a file with 'octopus_ca_path'."
        )
    if "SOCKS" in str(error) and isinstance(error, requests.exceptions.InvalidSchema):
        return InvalidConnection(
            f"A SOCKS proxy is set on the controller ({_PROXIES}), and Python's package for it is missing: pip install requests[socks]."
        )
    if isinstance(error, requests.exceptions.InvalidURL):  # the server's own URL was checked (`Connection.normalise`)
        return InvalidConnection(f"The proxy that is set on the controller ({_PROXIES}) is not the URL of a proxy: correct or unset it.")
    return None


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
    return f"No TLS connection to {connection.url}: {remedy or f'{shown(connection.scrub(text), 300)}.'}"
