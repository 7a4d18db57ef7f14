# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""Taking secrets out of what is written down. Results carry none; this is the second fence."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from .._core.text import each_text
from .._core.urls import MASK, mask_urls
from .collate import Report

_PATTERNS = (
    re.compile(r"API-[A-Z0-9]{8,}"),
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
)
_SHORTEST = 6


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return the text with known secrets, API keys, private keys and the credentials of URLs masked."""
    for secret in sorted((secret for secret in secrets if len(secret) >= _SHORTEST), key=len, reverse=True):
        text = text.replace(secret, MASK)
    for pattern in _PATTERNS:
        text = pattern.sub(MASK, text)
    return mask_urls(text)


def redacted(report: Report, secrets: Iterable[str] = ()) -> Report:
    """Return a copy of a report, redacted. Before it takes a form that writes a secret in other letters."""
    known = tuple(secrets)
    hosts = {
        name: replace(
            entry,
            host=redact(entry.host, known),
            instance=entry.instance and redact(entry.instance, known),
            reason=entry.reason and redact(entry.reason, known),
        )
        for name, entry in report.hosts.items()
    }
    return replace(report, hosts=hosts)


def redact_all(value: Any, secrets: Iterable[str] = ()) -> Any:
    """Return the value with every string in it redacted. Before it becomes JSON, which writes a secret in other letters."""
    known = tuple(secrets)
    return each_text(value, lambda text: redact(text, known))
