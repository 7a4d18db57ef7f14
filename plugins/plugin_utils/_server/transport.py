# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.

"""The HTTP port on `requests`. It takes the credential nowhere but to its own server."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from .._core.errors import InvalidConnection, NotOctopus, OctopusError, RedirectRefused
from .._core.octopus.connection import Connection
from .._core.text import shown
from .._core.version import VERSION
from .deadline import within
from .failures import explain, no_reply
from .port import Method, Response
from .retry import pause_before_repeat

_CONNECT_SECONDS = 10.0
# The timeouts of `requests` fire first where they can: they know more of what went wrong.
_GRACE_SECONDS = 0.5
_PORTS = {"https": 443, "http": 80}
_CHUNK = 1 << 16
_LARGEST_BODY = 64 << 20
_REDIRECTS = 2
_NO_PROXY = {"http": "", "https": "", "all": ""}
"""To `requests`, what is empty is said: the environment does not fill it."""


class RequestsTransport:
    """One session with one server; `sleep` takes seconds. Raises InvalidConnection when `requests` or the CA file is missing."""

    def __init__(self, connection: Connection, *, sleep: Callable[[float], None] = time.sleep) -> None:
        try:
            import requests  # only here: an unchanged host makes no request, and need not pay for the import
        except ImportError:
            raise InvalidConnection("The Python package 'requests' is missing on the controller: pip install requests.") from None
        if connection.ca_path and not Path(connection.ca_path).exists():
            raise InvalidConnection(f"names {connection.ca_path}, which does not exist on the controller.", option="ca_path")
        self._connection = connection
        self._sleep = sleep
        self._new_session = requests.Session
        self._session: Any = None

    def request(self, method: Method, path: str, *, params: Mapping[str, str] | None = None, json: Any = None) -> Response:
        """Send a request, again where that is safe (see retry.py), and return the reply."""
        attempt = 0
        while True:
            attempt += 1
            try:
                outcome: Response | OctopusError = self._send(method, path, params, json)
            except OctopusError as error:
                outcome = error
            pause = pause_before_repeat(method, outcome, attempt, time.time())
            if pause is not None:
                self._sleep(pause)
            elif isinstance(outcome, OctopusError):
                raise outcome
            else:
                return outcome

    def _send(self, method: Method, path: str, params: Mapping[str, str] | None, json: Any) -> Response:
        url = self._connection.url + path
        for _hop in range(_REDIRECTS + 1):
            response = self._exchange(method, url, path, params, json)
            location = response.headers.get("Location")
            if not 300 <= response.status < 400 or not location:
                return response
            url = self._redirected(method, url, path, location)
            params = None
        raise RedirectRefused(f"{self._connection.url} redirects {method} {path} again and again: check 'octopus_url'.")

    def _exchange(self, method: Method, url: str, path: str, params: Mapping[str, str] | None, json: Any) -> Response:
        """Send one request. `timeout` bounds it as a whole, which the timeouts of `requests` do not: theirs start again at every byte."""
        settings = self._connection
        outcome = within(settings.timeout + _GRACE_SECONDS, lambda: self._ask(method, url, params, json))
        if outcome is None:
            self._session = None  # its connection is still in use
            raise no_reply(settings, method, path, late=True)
        if isinstance(outcome, Response):
            return outcome
        if isinstance(outcome, _TooLong):
            raise NotOctopus(f"{settings.url} answers {method} {path} with more than {_LARGEST_BODY >> 20} MiB, which Octopus never does.")
        if not isinstance(outcome, (OSError, ValueError)):  # those of requests, and what it lets through of those below it
            raise outcome
        # Not chained, as the words of `requests` may hold too much.
        raise explain(outcome, settings, method, path) from None

    def _ask(self, method: Method, url: str, params: Mapping[str, str] | None, json: Any) -> Response:
        settings = self._connection
        if self._session is None:
            self._session = self._prepared(self._new_session())
        with warnings.catch_warnings():
            if not settings.validate_certs:  # asked for by name; a warning at each request tells nothing new
                warnings.simplefilter("ignore")
            reply = self._session.request(
                method,
                url,
                params=params,
                json=json,
                timeout=(min(_CONNECT_SECONDS, settings.timeout), settings.timeout),
                # Here and not on the session, where REQUESTS_CA_BUNDLE would overrule it.
                verify=settings.validate_certs and (settings.ca_path or True),
                # Plain http to this machine needs no consent, so it must not leave it: a proxy of the environment would see the key.
                proxies=_NO_PROXY if settings.is_local else None,
                allow_redirects=False,
                stream=True,
            )
        with reply:
            return Response(reply.status_code, reply.headers, _bounded(reply.iter_content(_CHUNK)))

    def _prepared(self, session: Any) -> Any:
        # Set as an auth function: without one, requests puts what ~/.netrc holds in the place of our header.
        session.auth = _Credential(self._connection)
        session.headers.update(
            {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": f"octoboot.octopus/{VERSION} (ansible)"}
        )
        return session

    def _redirected(self, method: Method, url: str, path: str, location: str) -> str:
        """Return where a redirect leads, if the credential may go there."""
        try:
            target = urljoin(url, location)
        except ValueError:
            target = ""
        away = _origin(target)
        if away != _origin(url):
            raise RedirectRefused(
                f"{self._connection.url} redirects {method} {path} to {away}, and the credential was not given for that: "
                "set 'octopus_url' to it if it is your server."
            )
        if method != "GET":
            raise RedirectRefused(f"{self._connection.url} redirects {method} {path}: set 'octopus_url' to where the server really is.")
        return target


class _TooLong(Exception):
    """A body that is longer than any that we want."""


def _bounded(chunks: Iterable[bytes]) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > _LARGEST_BODY:
            raise _TooLong
    return bytes(body)


class _Credential:
    """Puts the credential on a request."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __call__(self, request: Any) -> Any:
        key, token = self._connection.api_key, self._connection.access_token
        if key:
            request.headers["X-Octopus-ApiKey"] = key.reveal()
        elif token:
            request.headers["Authorization"] = f"Bearer {token.reveal()}"
        return request


def _origin(url: str) -> str:
    """Return scheme, host and port of a URL, in words where it has none that can be read."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return "a place that is not a URL"
    host = shown(parts.hostname or "", 100)
    return f"{shown(parts.scheme, 20)}://{host}{'' if port == _PORTS.get(parts.scheme) else f':{port}'}"
