# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.

"""Where Octopus Server is, and who we are to it."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from ..errors import InvalidConnection

_API_KEY = re.compile(r"API-[A-Z0-9]+")
_TOKEN = re.compile(r"[\x21-\x7e]+")
_PORTS = {"https": 443, "http": 80}
_EXAMPLE = "give it as 'https://octopus.example.com'"


@dataclass(frozen=True)
class Connection:
    """Settings of a connection to one server. `timeout` is in seconds; the API key wins where both credentials are given."""

    url: str
    api_key: str | None = field(default=None, repr=False)
    access_token: str | None = field(default=None, repr=False)
    space: str | None = None
    validate_certs: bool = True
    ca_path: str | None = None
    timeout: float = 30.0
    allow_http: bool = False

    @classmethod
    def normalise(
        cls,
        url: str,
        api_key: str | None = None,
        access_token: str | None = None,
        *,
        space: str | None = None,
        validate_certs: bool = True,
        ca_path: str | None = None,
        timeout: float = 30.0,
        allow_http: bool = False,
    ) -> Connection:
        """Return a connection whose settings can be used: one spelling for one server, blanks read as unset.

        Raises InvalidConnection, which names the variable at fault and never a credential.
        """
        parts = _split(url or "")
        _require_tls(parts, allow_http)
        key, token = _stripped(api_key), _stripped(access_token)
        if key is None and token is None:
            raise InvalidConnection("No credential for Octopus Server: set octopus_api_key (or OCTOPUS_API_KEY), or octopus_access_token.")
        if key is not None and not _API_KEY.fullmatch(key):
            raise InvalidConnection("octopus_api_key is not an API key: one is 'API-' followed by capital letters and digits.")
        if key is None and token is not None and not _TOKEN.fullmatch(token):
            raise InvalidConnection("octopus_access_token is not an access token: it holds blanks or characters outside ASCII.")
        return cls(
            url=_base(parts),
            api_key=key,
            access_token=None if key else token,
            space=_stripped(space),
            validate_certs=validate_certs,
            ca_path=_stripped(ca_path),
            timeout=timeout,
            allow_http=allow_http,
        )

    def cache_key(self) -> str:
        """Return a short name for (URL, space, credential) that tells none of them."""
        seen = "\0".join((self.url, (self.space or "").casefold(), self.api_key or self.access_token or ""))
        return hashlib.sha256(seen.encode()).hexdigest()[:16]

    def scrub(self, text: str) -> str:
        """Mask the credential in a text that came from elsewhere."""
        for secret in (self.api_key, self.access_token):
            if secret:
                text = text.replace(secret, "********")
        return text


def _stripped(value: str | None) -> str | None:
    return (value or "").strip() or None


def _split(url: str) -> SplitResult:
    """Take the URL apart. No message repeats a value that may hold a secret: a key pasted into the wrong variable is not rare."""
    text = url.strip()
    if not text:
        raise InvalidConnection(f"octopus_url is not set: {_EXAMPLE}.")
    shown = f"'{text}'" if not re.search(r"API-|[@?]", text) else "its value"
    try:
        parts = urlsplit(text)
        usable = parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise InvalidConnection(f"octopus_url is not the URL of a server, {shown} has no https:// with a host name: {_EXAMPLE}.")
    if parts.username is not None or parts.password is not None:
        raise InvalidConnection("octopus_url holds a user name or password: remove it and set octopus_api_key.")
    return parts


def _require_tls(parts: SplitResult, allow_http: bool) -> None:
    if parts.scheme == "http" and not allow_http and not _is_loopback(parts.hostname or ""):
        raise InvalidConnection(
            f"octopus_url is http://{parts.hostname}, where the credential would travel unencrypted: use https://, "
            "or consent with allow_http (octopus_allow_http: true)."
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _base(parts: SplitResult) -> str:
    """Cut the URL where the portal or the API begins; a virtual directory before it (octopus-api.md 1.2) stays."""
    host = parts.hostname or ""
    port = "" if parts.port in (None, _PORTS[parts.scheme]) else f":{parts.port}"
    path = re.sub(r"/(api|app)(/.*)?$", "", parts.path.rstrip("/"), flags=re.IGNORECASE).rstrip("/")
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}{path}"
