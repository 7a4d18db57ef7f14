# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.

"""The HTTP port on `requests`. It takes the credential nowhere but to its own server."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from .._core.errors import InvalidConnection, OctopusError, RedirectRefused
from .._core.octopus.connection import Connection
from .._core.version import VERSION
from .failures import explain
from .port import Method, Response
from .retry import pause_before_repeat

_CONNECT_SECONDS = 10.0
_REDIRECTS = 2


class RequestsTransport:
    """One session with one server; `sleep` takes seconds. Raises InvalidConnection when `requests` or the CA file is missing."""

    def __init__(self, connection: Connection, *, sleep: Callable[[float], None] = time.sleep) -> None:
        try:
            import requests  # only here: an unchanged host makes no request, and need not pay for the import
        except ImportError:
            raise InvalidConnection("The Python package 'requests' is missing on the controller: pip install requests.") from None
        if connection.ca_path and not Path(connection.ca_path).exists():
            raise InvalidConnection(f"octopus_ca_path names {connection.ca_path}, which does not exist on the controller.")
        self._connection = connection
        self._sleep = sleep
        self._session = requests.Session()
        # Set as an auth function: without one, requests puts what ~/.netrc holds in the place of our header.
        self._session.auth = _Credential(connection)
        self._session.headers.update(
            {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": f"octoboot.octopus/{VERSION} (ansible)"}
        )

    def request(self, method: Method, path: str, *, params: Mapping[str, str] | None = None, json: Any = None) -> Response:
        """Send a request, again where that is safe (see retry.py), and return the reply."""
        attempt = 0
        while True:
            attempt += 1
            try:
                outcome: Response | OctopusError = self._send(method, path, params, json)
            except OctopusError as error:
                outcome = error
            pause = pause_before_repeat(method, outcome, attempt, datetime.now(UTC))
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
            url = self._redirected(method, url, path, urljoin(url, location))
            params = None
        raise RedirectRefused(f"{self._connection.url} redirects {method} {path} again and again: check octopus_url.")

    def _exchange(self, method: Method, url: str, path: str, params: Mapping[str, str] | None, json: Any) -> Response:
        settings = self._connection
        try:
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
                    allow_redirects=False,
                )
        except OSError as error:  # requests' own exceptions are OSErrors; not chained, as their words may hold too much
            raise explain(error, settings, method, path) from None
        return Response(reply.status_code, reply.headers, reply.content)

    def _redirected(self, method: Method, url: str, path: str, target: str) -> str:
        """Return where a redirect leads, if the credential may go there."""
        home, away = _origin(url), _origin(target)
        if home != away:
            raise RedirectRefused(
                f"{self._connection.url} redirects {method} {path} to {away}, and the credential was not given for that: "
                "set octopus_url to it if it is your server."
            )
        if method != "GET":
            raise RedirectRefused(f"{self._connection.url} redirects {method} {path}: set octopus_url to where the server really is.")
        return target


class _Credential:
    """Puts the credential on a request."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __call__(self, request: Any) -> Any:
        if self._connection.api_key:
            request.headers["X-Octopus-ApiKey"] = self._connection.api_key
        else:
            request.headers["Authorization"] = f"Bearer {self._connection.access_token}"
        return request


def _origin(url: str) -> str:
    parts = urlsplit(url)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    shown = "" if port == {"https": 443, "http": 80}.get(parts.scheme) else f":{port}"
    return f"{parts.scheme}://{parts.hostname}{shown}"
