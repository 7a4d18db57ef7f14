# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.

"""Where Octopus Server is, and who we are to it."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from ..errors import InputError, InvalidConnection
from ..secret import Secret
from ..text import shown
from .endpoint import check_address

_API_KEY = re.compile(r"API-[A-Z0-9]+")
_TOKEN = re.compile(r"[\x21-\x7e]+")
_PORTS = {"https": 443, "http": 80}
_EXAMPLE = "give it as 'https://octopus.example.com'"


@dataclass(frozen=True)
class Connection:
    """Settings of a connection to one server. `timeout` is in seconds; the API key wins where both credentials are given."""

    url: str
    api_key: Secret | None = None
    access_token: Secret | None = None
    space: str | None = None
    validate_certs: bool = True
    ca_path: str | None = None
    timeout: float = 30.0
    allow_http: bool = False

    @classmethod
    def normalise(
        cls,
        url: str,
        api_key: str | Secret | None = None,
        access_token: str | Secret | None = None,
        *,
        space: str | None = None,
        validate_certs: bool = True,
        ca_path: str | None = None,
        timeout: float = 30.0,
        allow_http: bool = False,
    ) -> Connection:
        """Return a connection whose settings can be used: one spelling for one server, blanks read as unset.

        Raises InvalidConnection, which says which option is at fault and never a credential.
        """
        parts = _split(url or "")
        _require_tls(parts, allow_http)
        key, token = _secret(api_key), _secret(access_token)
        if key is None and token is None:
            raise InvalidConnection("is not set, and neither is 'octopus_access_token': set one of them.", option="api_key")
        if key is not None and not _API_KEY.fullmatch(key.reveal()):
            raise InvalidConnection("is not an API key: one is 'API-' followed by capital letters and digits.", option="api_key")
        if key is None and token is not None and not _TOKEN.fullmatch(token.reveal()):
            raise InvalidConnection("is not an access token: it holds blanks or characters outside ASCII.", option="access_token")
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

    @property
    def is_local(self) -> bool:
        """Whether the server is this very machine, which no proxy can reach for us."""
        return _is_loopback(urlsplit(self.url).hostname or "")

    def cache_key(self) -> str:
        """Return a short name for (URL, space, credential) that tells none of them."""
        secret = self.api_key or self.access_token
        seen = "\0".join((self.url, (self.space or "").casefold(), secret.reveal() if secret else ""))
        return hashlib.sha256(seen.encode()).hexdigest()[:16]

    def scrub(self, text: str) -> str:
        """Mask the credential in a text that came from elsewhere."""
        for secret in (self.api_key, self.access_token):
            if secret:
                text = text.replace(secret.reveal(), str(secret))
        return text


def base_url(url: str) -> str:
    """Return the one spelling of a server's URL. Raises InvalidConnection."""
    return _base(_split(url))


def _stripped(value: str | None) -> str | None:
    return (value or "").strip() or None


def _secret(value: str | Secret | None) -> Secret | None:
    text = _stripped(value.reveal() if isinstance(value, Secret) else value)
    return Secret(text) if text else None


def _split(url: str) -> SplitResult:
    """Take the URL apart. No message repeats a value that may hold a secret: a key pasted into the wrong variable is not rare."""
    text = url.strip()
    if not text:
        raise InvalidConnection(f"is not set: {_EXAMPLE}.", option="url")
    try:
        parts = urlsplit(text)
        check_address(parts.hostname or "")
        usable = parts.scheme in _PORTS and parts.port != 0
    except (ValueError, InputError):
        usable = False
    if not usable:
        value = f", and is '{shown(text, 100)}'" if not re.search(r"API-|[@?]", text) else ""
        raise InvalidConnection(f"must be the URL of a server{value}: {_EXAMPLE}.", option="url")
    if parts.username is not None or parts.password is not None:
        raise InvalidConnection("holds a user name or password: remove it, and set 'octopus_api_key'.", option="url")
    return parts


def _require_tls(parts: SplitResult, allow_http: bool) -> None:
    if parts.scheme == "http" and not allow_http and not _is_loopback(parts.hostname or ""):
        raise InvalidConnection(
            f"is http://{shown(parts.hostname or '', 100)}, where the credential would travel unencrypted: use https://, "
            "or consent with 'octopus_allow_http: true'.",
            option="url",
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _base(parts: SplitResult) -> str:
    """Cut the URL where the portal or the API begins; a virtual directory before it (octopus-api.md 1.2) stays."""
    host = check_address(parts.hostname or "")
    port = "" if parts.port in (None, _PORTS[parts.scheme]) else f":{parts.port}"
    path = re.sub(r"/(api|app)(/.*)?$", "", parts.path.rstrip("/"), flags=re.IGNORECASE).rstrip("/")
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}{path}"
