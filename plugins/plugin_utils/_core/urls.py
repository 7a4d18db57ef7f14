# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Credentials inside URLs: a user name and password before the host, a signature or token among the parameters."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote, unquote_plus, urlsplit

MASK = "********"

_TEXT = r"[^\s\"'<>]"
_URL = re.compile(rf"[a-z][a-z0-9+.-]*://{_TEXT}+", re.IGNORECASE)
# All before the last @ of the authority; or of the whole URL, where a password holds what it should not hold unencoded.
_USER = re.compile(rf"(://)([^\s/?#\"'<>]*|[^\s/?#\"'<>@:]+:(?!\d*(?:[/?#]|$)){_TEXT}*)@")
_WORDS = "sig|signature|token|secret|passw(?:or)?d|pwd|pass|key|keyid|auth|authorization|credentials?|jwt|code|sas"
_NAMED = re.compile(rf"([?&;#](?:[\w.~-]|%[0-9a-f]{{2}})*?(?:{_WORDS})=)([^&#\s\"'<>]*)", re.IGNORECASE)
# What is as long as a key and has no word or number of a version in it, whatever it is called.
_LONG = re.compile(r"([?&;#][^=&#\s\"'<>]*=)([A-Za-z0-9+/_=%-]{20,})(?=[&#\s\"'<>]|$)")
_PARAMETERS = (_NAMED, _LONG)


def mask_urls(text: str) -> str:
    """Return the text with the credentials of every URL in it masked; also of one that is cut off before its host."""
    if "://" in text:
        text = _URL.sub(lambda url: _LONG.sub(rf"\1{MASK}", _USER.sub(rf"\1{MASK}@", url[0])), text)
    return _NAMED.sub(rf"\1{MASK}", text) if "=" in text else text


def mask_all(value: Any, secrets: Iterable[str] = ()) -> Any:
    """Return the value with every text in it masked so, and with these secrets masked; a number may be one as well."""
    # A secret may hold another: the longer one first, or its rest would show.
    return _masked(value, sorted(filter(None, secrets), key=len, reverse=True))


def _masked(value: Any, secrets: Sequence[str]) -> Any:
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, MASK)
        return mask_urls(value)
    if isinstance(value, Mapping):
        return {key: _masked(item, secrets) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_masked(item, secrets) for item in value]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return MASK if str(value) in secrets else value
    return value


def holds_credentials(value: Any) -> bool:
    """Tell whether a URL with credentials stands anywhere in a value."""
    if isinstance(value, str):
        return any(url_secrets(url[0]) for url in _URL.finditer(value)) if "://" in value else False
    if isinstance(value, Mapping):
        return any(holds_credentials(item) for item in value.values())
    return any(map(holds_credentials, value)) if isinstance(value, (list, tuple)) else False


def split_login(url: str) -> tuple[str, tuple[str, str] | None]:
    """Return a URL without the user and password before its host, and these two as they are meant; None where there are none."""
    parts = urlsplit(url)
    if parts.username is None:
        return url, None
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl(), (unquote(parts.username), unquote(parts.password or ""))


def url_secrets(url: str) -> set[str]:
    """Return the credentials of a URL in all spellings in which a program may repeat them without it.

    A user name with a password is none: it may be any word. Without a password it is a token.
    """
    return {spelled for secret in _secrets(url.strip()) for spelled in (secret, unquote(secret), unquote_plus(secret)) if spelled}


def _secrets(url: str) -> Iterator[str]:
    if "://" not in url:
        return
    user = _USER.search(url)
    if user:
        name, colon, password = user[2].partition(":")
        yield password or name
        if colon:
            plain = f"{unquote(name)}:{unquote(password)}"
            yield base64.b64encode(plain.encode("utf-8", "surrogatepass")).decode("ascii")
    for pattern in _PARAMETERS:
        yield from (match[2] for match in pattern.finditer(url))
