# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""URIs and host names: one place may be written in many ways."""

from __future__ import annotations

import ipaddress
import unicodedata
from urllib.parse import urlsplit

_PORTS = {"https": 443, "http": 80}
_SCOPE = "%"
_LONGEST_LABEL = 63


def listening_uri(hostname: str, port: int) -> str:
    """Return the URI of a listening Tentacle as Octopus's own clients write it (octopus-api.md 4.3)."""
    host = canonical_host(hostname)
    return f"https://{f'[{host}]' if ':' in host else host}:{port}/"


def port_of(uri: str | None) -> int | None:
    """Return the port that a URI names, None when it has none that can be read."""
    key = _uri_key(uri)
    return key[2] if key else None


def host_of(uri: str | None) -> str | None:
    """Return the host that a URI names, as hosts are compared; None when it has none that can be read."""
    key = _uri_key(uri)
    return key[1] if key else None


def same_uri(before: str | None, after: str | None) -> bool:
    """Tell whether two URIs name one place, however they are written. One that cannot be read is the same as no other."""
    if before == after:
        return True
    key = _uri_key(before)
    return key is not None and key == _uri_key(after)


def canonical_host(host: str) -> str:
    """Return a host name or an IP address in the one spelling by which they are compared."""
    return short_ip(host) or ascii_host(host)


def short_ip(text: str) -> str | None:
    """Return an IP address in its short form. One with a scope (`fe80::1%eth0`) means something on one machine only, and does not count."""
    try:
        return None if _SCOPE in text else ipaddress.ip_address(text).compressed
    except ValueError:
        return None


def ascii_host(host: str) -> str:
    """Return a host name as DNS knows it: small letters, umlauts as punycode, no last dot.

    Not by Python's own codec "idna": that is of 2003, and turns ß into ss, which has become another name.
    """
    return ".".join(_ascii_label(label) for label in _folded(host.strip()).removesuffix(".").split("."))


def _ascii_label(label: str) -> str:
    if len(label) > _LONGEST_LABEL:  # no name of a host, and slow to turn into one
        return label
    plain = from_punycode(label)
    try:
        return plain if plain.isascii() else f"xn--{plain.encode('punycode').decode('ascii')}"
    except UnicodeError:  # half a character
        return plain


def from_punycode(label: str) -> str:
    """Return what a label in punycode stands for; one that is no proper punycode stands for itself."""
    try:
        plain = label[4:].encode("ascii").decode("punycode") if label.startswith("xn--") else label
    except (UnicodeError, OverflowError):
        return label
    return plain if plain == _folded(plain) else label


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def _uri_key(uri: str | None) -> tuple[str, str, int | None, str] | None:
    try:
        parts = urlsplit(uri or "")
        port = _PORTS.get(parts.scheme) if parts.port is None else parts.port
    except ValueError:
        return None
    host = parts.hostname
    return (parts.scheme, canonical_host(host), port, parts.path.rstrip("/")) if host else None
